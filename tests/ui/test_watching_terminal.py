"""The real program on a real terminal: from the order to the film that plays, and back."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.program import REPOSITORY, run
from tests.ui.pty_screen import PYTHON, PtyScreen
from wan_tui.simulator import SimulatorSettings, running_simulator

ENTER_ORDERS, LEAVE = "\x0a", "\x11"


@pytest.fixture(scope="module")
def service(drawn: Path) -> Iterator[str]:
    with running_simulator(SimulatorSettings(pace=0.2, film_seconds=1, films_folder=drawn)) as simulator:
        yield simulator.base_url


def environment(service: str, **more: str) -> dict[str, str]:
    variables = {
        "AIMLAPI_BASE_URL": service,
        "AIMLAPI_API_KEY": "k-0123456789-watch",
        "WAN_TUI_POLL_INTERVAL": "0.2",
        "PYTHONPATH": str(REPOSITORY),
    }
    return {**os.environ, **variables, **more}


@contextmanager
def studio(environ: dict[str, str], *arguments: str) -> Iterator[PtyScreen]:
    with PtyScreen([PYTHON, "-m", "wan_tui", *arguments], 120, 36, environ) as screen:
        yield screen


def coloured(screen: PtyScreen) -> int:
    """Cells of a picture, on the right where the details are or all over in the player."""
    return sum(char in "▀▄▌▐▖▗▘▝▚▞▙▛▜▟" for row in screen.cells(60, 2, 58, 30) for char, _, _ in row)


def test_from_the_order_to_the_film_and_back(service: str) -> None:
    """Ordered by keyboard, saved by itself, its poster beside it; p plays it, q leads back; the end is orderly."""
    with studio(environment(service)) as screen:
        screen.until(lambda: "online" in screen.text())
        screen.press("a red fox")
        screen.until(lambda: "9/800" in screen.text())
        screen.press(ENTER_ORDERS)
        screen.until(lambda: "✓ saved" in screen.text())
        screen.press("\x1b")
        screen.until(lambda: "p Play" in screen.text())
        screen.until(lambda: coloured(screen) > 60)
        screen.press("p")
        screen.until(lambda: "playing" in screen.text() and coloured(screen) > 800)
        screen.press("q")
        screen.until(lambda: "›   ✓ saved" in screen.text() and "playing" not in screen.text())
        screen.press(LEAVE)
        assert screen.exit_code() == 0


def test_letters_typed_while_the_terminal_is_asked_are_in_the_form(service: str) -> None:
    """The probe reads the keyboard's line as well; an enter among them orders nothing."""
    with studio(environment(service)) as screen:
        screen.press("too early\r")
        screen.until(lambda: "10/800" in screen.text())
        assert "too early" in screen.text()
        screen.until(lambda: "online" in screen.text())
        assert "No films yet" in screen.text()
        screen.press(LEAVE)
        assert screen.exit_code() == 0


def test_a_film_opens_with_its_recipe_in_the_form(service: str, home: Path) -> None:
    """On another machine, whose library knows nothing of it."""
    made = run(
        *("generate", "a heron in fog", "--aspect-ratio", "3:4", "--seed", "77", "--wait"),
        **environment(service),
    )
    assert made.returncode == 0, made.stderr
    [film] = (home / "wan-tui" / "films").glob("*.mp4")
    elsewhere = environment(service, WAN_TUI_HOME=str(home / "elsewhere"))
    with studio(elsewhere, "open", str(film)) as screen:
        screen.until(lambda: "a heron in fog" in screen.text())
        screen.until(lambda: "▐3:4▌" in screen.text() and " 77 " in screen.text())
        screen.press(LEAVE)
        assert screen.exit_code() == 0


def test_tiles_are_pictures_that_give_way_to_what_comes_over_them(service: str, home: Path) -> None:
    """kitty: drawn once the gallery is at rest, removed for a dialog, drawn again, and gone with the gallery."""
    config = home / "wan-tui" / "config" / "config.toml"
    config.parent.mkdir(parents=True, mode=0o700)
    config.write_text('[terminal]\ngraphics = "kitty"\n')
    made = run("generate", "a heron in fog", "--wait", **environment(service))
    assert made.returncode == 0, made.stderr
    with studio(environment(service)) as screen:

        def drawn() -> int:
            """Pictures on the screen: one that is sent again replaces that of the same number."""
            there = set()
            for shown, removed in re.findall(rb"\x1b_Ga=(?:T,i=(\d+)|d,d=I,i=(\d+))", bytes(screen.raw)):
                there |= {shown} - {b""}
                there -= {removed}
            return len(there)

        def rows() -> list[int]:
            """Of the screen, at which pictures have been drawn."""
            return [int(row[1]) for row in re.finditer(rb"\x1b\[(\d+);\d+H\x1b_Ga=T", bytes(screen.raw))]

        screen.until(lambda: "✓ saved" in screen.text())
        screen.press("\x1b")
        screen.until(lambda: "p Play" in screen.text())
        # The poster of the details and that below the form.
        screen.until(lambda: drawn() == 2)
        screen.press("v")
        screen.until(lambda: "v List" in screen.text() and drawn() == 3)
        screen.press("?")
        screen.until(lambda: "esc closes" in screen.text() and drawn() == 0)
        screen.press("\x1b")
        screen.until(lambda: "esc closes" not in screen.text() and drawn() == 3)
        # The filter pushes the tiles down: the picture is drawn where they are now.
        top = min(rows())
        screen.press("/")
        screen.until(lambda: rows()[-1] == top + 1 and drawn() == 3)
        screen.press("\x1b")
        screen.until(lambda: "words, state:failed" not in screen.text() and drawn() == 3)
        screen.press("v")
        screen.until(lambda: "v Gallery" in screen.text() and drawn() == 2)
        screen.press(LEAVE)
        assert screen.exit_code() == 0


def test_without_pyav_everything_else_works_and_it_is_said(service: str, tmp_path: Path) -> None:
    """Ordered, saved and listed; the player is one sentence that says what is missing; doctor tells as well."""
    (tmp_path / "av.py").write_text("raise ImportError('no PyAV here')\n")
    environ = environment(service, PYTHONPATH=f"{tmp_path}{os.pathsep}{REPOSITORY}")
    told = run("doctor", **environ)
    assert "Films cannot be played here: the Python package av" in told.stdout
    with studio(environ) as screen:
        screen.until(lambda: "online" in screen.text())
        screen.press("a blind fox")
        screen.until(lambda: "11/800" in screen.text())
        screen.press(ENTER_ORDERS)
        screen.until(lambda: "✓ saved" in screen.text())
        screen.press("\x1b")
        screen.until(lambda: "p Play" in screen.text())
        screen.press("p")
        screen.until(lambda: "Films cannot be played here" in screen.text())
        screen.press("q")
        screen.until(lambda: "›   ✓ saved" in screen.text())
        screen.press(LEAVE)
        assert screen.exit_code() == 0


def test_another_player_gets_the_terminal_and_gives_it_back(service: str, home: Path, tmp_path: Path) -> None:
    """A ctrl+c in it is its own; the studio goes on where it was."""
    program = tmp_path / "other-player"
    program.write_text(
        '#!/bin/sh\ntrap "exit 0" INT\necho "other player has $1 ${AIMLAPI_API_KEY:-no key}"\nread x\n'
    )
    program.chmod(0o755)
    config = home / "wan-tui" / "config"
    config.mkdir(parents=True)
    (config / "config.toml").write_text(f'player = "{program}"\n')
    assert run("generate", "a lent fox", "--wait", **environment(service)).returncode == 0
    with studio(environment(service)) as screen:
        screen.until(lambda: "✓ saved" in screen.text())
        screen.press("\x1b")
        screen.until(lambda: "p Play" in screen.text())
        screen.press("p")
        screen.until(lambda: "no key" in screen.text().replace("\n", ""))
        assert "a-lent-fox" in screen.text().replace("\n", "")
        screen.press("\x03")
        # The second time that the studio takes the terminal.
        screen.until(lambda: screen.raw.count(b"\x1b[?1049h") == 2 and "›   ✓ saved" in screen.text())
        screen.press(LEAVE)
        assert screen.exit_code() == 0
