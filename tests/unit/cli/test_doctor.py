"""What ``wan-tui doctor`` finds in the config and about the terminal."""

from __future__ import annotations

import fcntl
import json
import os
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.patience import PATIENCE
from tests.program import REPOSITORY
from tests.unit.terminal.fake_terminal import SIXEL, FakeTerminal
from wan_tui.cli.main import cli
from wan_tui.settings import load
from wan_tui.terminal.capabilities import complaints

CONFIG = """
[keys]
"job.open" = "ctrl+"
"job.opne" = "v"
"job.copy" = "c"
"""


def test_impossible_keys_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the studio would tell them, without opening it."""
    monkeypatch.setenv("WAN_TUI_HOME", str(tmp_path))
    monkeypatch.setenv("AIMLAPI_BASE_URL", "http://127.0.0.1:9")
    write_config(tmp_path, CONFIG)
    answer = CliRunner().invoke(cli, ["doctor"])
    assert "“ctrl+” for job.open is not a key" in answer.stdout
    assert "unknown action “job.opne”; did you mean job.open?" in answer.stdout
    assert "job.copy" not in answer.stdout


def write_config(home: Path, text: str) -> None:
    (home / "config").mkdir(mode=0o700)
    (home / "config" / "config.toml").write_text(text)


def on_a_terminal(home: Path, columns: int = 500, **variables: str) -> str:
    """What it tells on a terminal with sixel, wide enough for every line."""
    fixed = {
        "WAN_TUI_HOME": str(home),
        "AIMLAPI_BASE_URL": "http://127.0.0.1:9",
        "SSH_TTY": "/dev/pts/9",
        "COLUMNS": "33",
    }
    with FakeTerminal(SIXEL) as terminal:
        # What the environment says of the width is not believed where there is a terminal to ask.
        size = struct.pack("HHHH", 40, columns, 0, 0)
        fcntl.ioctl(terminal.fd, termios.TIOCSWINSZ, size)
        subprocess.run(
            [sys.executable, "-m", "wan_tui", "doctor"],
            cwd=REPOSITORY,
            env={**os.environ, **fixed, **variables},
            stdin=terminal.fd,
            stdout=terminal.fd,
            stderr=terminal.fd,
            timeout=PATIENCE,
        )
    return terminal.seen.decode()


def test_what_the_terminal_can_do_is_told(tmp_path: Path) -> None:
    """Asked anew."""
    told = on_a_terminal(tmp_path)
    assert "set in config.toml" not in told
    assert "foot(1.16.2), over SSH, answers in" in told
    assert "24-bit colours, pictures by sixel, cells of 10x20 pixels, no synchronized output" in told
    assert "clipboard (OSC 52) not announced, desktop notices sent by OSC 777, links sent by OSC 8" in told
    assert "tmux" not in told
    assert "films play in the terminal, with PyAV" in told


def test_what_is_set_of_the_terminal_is_told_apart(tmp_path: Path) -> None:
    """Beside what the terminal said; each wish that cannot be is a note, and the others hold."""
    write_config(tmp_path, "[terminal]\ngraphics = 'cells'\nosc52 = true\ncell_pixels = 3\nblah = 1\n")
    told = on_a_terminal(tmp_path)
    assert "config.toml: terminal.cell_pixels must be width and height" in told
    assert "config.toml: unknown setting “terminal.blah”; known are graphics," in told
    assert "pictures by cells (set in config.toml), cells of 10x20 pixels, no synchronized output\r" in told
    assert "clipboard (OSC 52) announced (set in config.toml), desktop" in told


def test_lines_are_folded_between_words(tmp_path: Path) -> None:
    """Below each other, as wide as the terminal; only a path may be wider, and is left whole to be copied."""
    home = tmp_path / ("long-name-" * 8)
    home.mkdir()
    narrow, wide = (
        on_a_terminal(home, columns, TMUX="/tmp/tmux,1,0").partition("✗ key")[2] for columns in (80, 500)
    )
    lines = [line for line in narrow.splitlines() if str(home) not in line]
    assert max(map(len, lines)) <= 80
    assert sum(line.startswith(" " * 13) for line in lines) > 4
    assert without_numbers(narrow) == without_numbers(wide)


def without_numbers(text: str) -> list[str]:
    """Its words; free space and answering times differ from one run to the next."""
    return re.sub(r"\d", "", text).split()


def test_wishes_are_checked_without_a_terminal_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They stand in the file whatever reads it."""
    monkeypatch.setenv("WAN_TUI_HOME", str(tmp_path))
    monkeypatch.setenv("AIMLAPI_BASE_URL", "http://127.0.0.1:9")
    write_config(tmp_path, "[terminal]\ncolours = 3\nosc52 = 1\n")
    told = CliRunner().invoke(cli, ["doctor"]).stdout
    assert "unknown setting “terminal.colours”" in told
    assert "terminal.osc52 must be true or false" in told


def test_the_settings_in_the_readme_can_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every key and value of its example."""
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```toml\n(.*?)```", readme, re.DOTALL)
    write_config(tmp_path, example)
    monkeypatch.setenv("WAN_TUI_HOME", str(tmp_path))
    settings = load()
    assert settings.warnings == ()
    assert set(settings.probe) == {"graphics", "cell_pixels", "synchronized", "osc52"}
    assert complaints(settings.probe) == []


def test_in_tmux_the_cure_for_copies_is_told(tmp_path: Path) -> None:
    """By default it lets none through, and nobody would know why."""
    write_config(tmp_path, "[notices]\ndesktop = false\n")
    told = on_a_terminal(tmp_path, TMUX="/tmp/tmux,1,0")
    assert "inside tmux" in told
    assert "desktop notices off" in told
    assert "for copies: set -s set-clipboard on" in told


@pytest.mark.parametrize(
    ("player", "code", "told"),
    [
        (f"{sys.executable} -I", "ok", f"films open in {sys.executable} -I"),
        ("nosuchplayer", "bad", "The player “nosuchplayer” is not installed."),
    ],
)
def test_the_player_that_is_set_is_told(
    player: str, code: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it is there; what is made here all the same is told apart."""
    monkeypatch.setenv("WAN_TUI_HOME", str(tmp_path))
    monkeypatch.setenv("AIMLAPI_BASE_URL", "http://127.0.0.1:9")
    write_config(tmp_path, f"player = '{player}'\n")
    findings = list(map(json.loads, CliRunner().invoke(cli, ["doctor", "--json"]).stdout.splitlines()))
    assert [(f["grade"], f["detail"]) for f in findings if f["name"] == "player"] == [(code, told)]
    assert any(f["name"] == "stills" and "PyAV" in f["detail"] for f in findings)
