"""The player in a real pty: whatever came in between, the picture on the terminal is the film's."""

from __future__ import annotations

import base64
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

from tests.ui.pty_screen import PYTHON, PtyScreen
from tests.unit.media.films import write_film
from wan_tui.media.cells import paint
from wan_tui.media.colours import Colours
from wan_tui.media.decode import FilmReader
from wan_tui.media.framing import frame_cells
from wan_tui.media.pacing import ASK, PATIENCE

ROOT = Path(__file__).parents[2]


def played(*arguments: Path | str, answers: bool = True) -> PtyScreen:
    """The player's host in a terminal, with these ``arguments``: where stills go, flags, films."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [PYTHON, "-m", "tests.ui.player_host", *map(str, arguments)]
    return PtyScreen(command, 60, 20, environ, answers)


@pytest.fixture
def terminal(film: Path, tmp_path: Path) -> Iterator[PtyScreen]:
    with played(tmp_path, film, film) as screen:
        screen.until(lambda: "playing" in screen.text())
        yield screen


def truth(film: Path, columns: int, rows: int) -> tuple[int, int, list[list[tuple[str, str, str]]]]:
    """Where the first frame stands on a screen of this size, and its cells as the emulator has them."""
    reader = FilmReader(film)
    reader.read()
    space = (columns, rows - 3)
    framing = frame_cells(space, reader.facts.size)
    frame = paint(reader.scaled(*framing.pixels), Colours.FULL)
    reader.close()

    def name(value: int) -> str:
        return (value & 0xFFFFFF).to_bytes(3, "little").hex()

    cells = [
        [
            (" ", "", name(low)) if high == low else ("▀", name(high), name(low))
            for high, low in zip(frame.rows[2 * y], frame.rows[2 * y + 1], strict=True)
        ]
        for y in range(frame.lines)
    ]
    left = (space[0] - framing.columns) // 2
    return left, 1 + (space[1] - framing.rows) // 2, cells


def shows_first_frame(screen: PtyScreen, film: Path) -> bool:
    left, top, expected = truth(film, screen.screen.columns, screen.screen.lines)
    found = screen.cells(left, top, len(expected[0]), len(expected))
    # The fore colour of a blank does not show.
    plain = [[(char, "" if char == " " else fore, back) for char, fore, back in row] for row in found]
    return plain == expected


def margins_are_clean(screen: PtyScreen, film: Path) -> bool:
    columns, rows = screen.screen.columns, screen.screen.lines
    left, top, picture = truth(film, columns, rows)
    across, down = range(left, left + len(picture[0])), range(top, top + len(picture))
    stage = enumerate(screen.cells(0, 1, columns, rows - 3), start=1)
    around = {cell for y, row in stage for x, cell in enumerate(row) if x not in across or y not in down}
    return len({back for _, _, back in around}) == 1 and {char for char, _, _ in around} == {" "}


def stop_at_start(screen: PtyScreen) -> None:
    """Pause and go to the first frame, whose cells are known, in all colours."""
    screen.press(" ")
    screen.until(lambda: "paused" in screen.text())
    screen.press("0")
    screen.until(lambda: "0:00.0 /" in screen.text())
    # A busy machine may have been taken for a slow line.
    for label in ("15-bit", "256 colours"):
        if label in screen.text():
            screen.press("c")
            screen.until(lambda: label not in screen.text())  # noqa: B023


def test_what_was_written_in_pieces_is_the_picture(terminal: PtyScreen, film: Path) -> None:
    """After a second of differences, the paused picture is right in every cell."""
    before = terminal.received
    terminal.until(lambda: terminal.received > before + 40_000)
    stop_at_start(terminal)
    terminal.until(lambda: shows_first_frame(terminal, film))


def test_only_what_changes_is_sent(tmp_path: Path) -> None:
    """Of a film that mostly stands still, most pictures take a part of a whole one, and nothing else is painted."""
    still = write_film(tmp_path / "still.mp4", "testsrc=s=160x90:r=30", frames=45)
    with played(tmp_path, still) as screen:
        screen.until(lambda: screen.raw.count(ASK.encode()) > 40)
        sizes = [len(picture) for picture in screen.raw.split(ASK.encode())[:40]]
    assert median(sizes) < max(sizes) / 2


def test_a_toast_goes_over_the_picture_and_leaves_it_clean(terminal: PtyScreen, film: Path) -> None:
    """While it is there it is whole; afterwards nothing of it is left."""
    terminal.press("x")
    terminal.until(lambda: "A toast over the picture" in terminal.text())
    terminal.until(lambda: "A toast over the picture" not in terminal.text())
    stop_at_start(terminal)
    terminal.until(lambda: shows_first_frame(terminal, film))


def test_a_resize_while_playing_leaves_a_clean_picture(terminal: PtyScreen, film: Path) -> None:
    """Smaller, larger, and back."""
    for columns, rows in ((50, 16), (90, 30), (60, 20)):
        terminal.resize(columns, rows)
        before = terminal.received
        terminal.until(lambda start=before: terminal.received > start + 10_000)  # type: ignore[misc]
    stop_at_start(terminal)
    terminal.until(lambda: shows_first_frame(terminal, film))


def test_a_dialog_covers_the_film_and_gives_it_back(terminal: PtyScreen, film: Path) -> None:
    """The film waits under it, nothing is painted over it, and the wait does not count as a slow line."""
    terminal.press("d")
    terminal.until(lambda: "A dialog" in terminal.text())
    pictures = terminal.raw.count(ASK.encode())
    time.sleep(PATIENCE + 1.0)
    assert "A dialog" in terminal.text()
    assert terminal.raw.count(ASK.encode()) <= pictures + 1
    terminal.press("d")
    terminal.until(lambda: "A dialog" not in terminal.text())
    stop_at_start(terminal)
    terminal.until(lambda: shows_first_frame(terminal, film))


def test_another_program_on_the_terminal_leaves_a_clean_picture(terminal: PtyScreen, film: Path) -> None:
    """Handing the terminal over and taking it back repaints everything."""
    terminal.press("s")
    # What is typed while the other program has the terminal is dropped, so wait for pictures after it.
    terminal.until(lambda: b"another program" in terminal.raw)
    terminal.until(lambda: terminal.raw.rpartition(b"another program")[2].count(ASK.encode()) >= 3)
    stop_at_start(terminal)
    terminal.until(lambda: shows_first_frame(terminal, film))


def test_nothing_of_the_film_before_stays(film: Path, tall: Path, tmp_path: Path) -> None:
    """A film of another shape begins: what the one before covered is background again."""
    with played(tmp_path, film, tall) as screen:
        screen.until(lambda: "playing" in screen.text())
        for key, number, shown in (("n", 2, tall), ("N", 1, film), ("n", 2, tall)):
            screen.press(key)
            screen.until(lambda number=number: f"{number}/2" in screen.text())  # type: ignore[misc]
            stop_at_start(screen)
            screen.until(lambda shown=shown: shows_first_frame(screen, shown))  # type: ignore[misc]
        screen.until(lambda: margins_are_clean(screen, tall))


def test_a_halted_process_goes_on_where_it_was(terminal: PtyScreen, film: Path) -> None:
    """After a stop of a second nothing is skipped in a rush and the picture is right."""
    terminal.stop_and_go(1.0)
    stop_at_start(terminal)
    terminal.until(lambda: shows_first_frame(terminal, film))


def test_leaving_gives_the_screen_below_back(terminal: PtyScreen) -> None:
    """Without a trace of the picture; the program then ends as ever."""
    terminal.press("q")
    terminal.until(lambda: "below" in terminal.text())
    terminal.until(lambda: "▀" not in terminal.text())
    terminal.press("\x11")
    assert terminal.exit_code() == 0


def test_a_terminal_that_never_answers_shows_the_film_too(film: Path, tmp_path: Path) -> None:
    """It is noticed after a few seconds; until then the film goes slowly."""
    with played(tmp_path, film, answers=False) as screen:
        screen.until(lambda: "playing" in screen.text())
        stop_at_start(screen)
        screen.until(lambda: shows_first_frame(screen, film))
        screen.press("\x11")
        assert screen.exit_code() == 0


def test_a_terminal_that_draws_pictures_gets_them_in_place(film: Path, tmp_path: Path) -> None:
    """kitty: each at the film's place and size, replacing the one before; removed on leaving."""
    with played(tmp_path, "--kitty", film) as screen:
        screen.until(lambda: screen.raw.count(b"\x1b_Ga=T,i=1,p=1") >= 5)
        shown = re.search(rb"\x1b\[(\d+);(\d+)H\x1b_Ga=T,i=1,p=1,[^;]*,c=(\d+),r=(\d+),", bytes(screen.raw))
        assert shown is not None
        assert tuple(map(int, shown.groups())) == (2, 1, 60, 17)
        assert b"\xe2\x96\x80" not in screen.raw
        screen.raw.clear()
        screen.press("q")
        screen.until(lambda: b"\x1b_Ga=d,d=I,i=1,q=2\x1b\\" in screen.raw)
        screen.press("\x11")
        assert screen.exit_code() == 0


def test_iterm2_gets_files_in_place(film: Path, tmp_path: Path) -> None:
    """JPEG files, the film's size in cells, at its place."""
    with played(tmp_path, "--iterm2", film) as screen:
        screen.until(lambda: screen.raw.count(b"\x1b]1337;File=inline=1") >= 5)
        shown = re.search(
            rb"\x1b\[2;1H\x1b\]1337;File=[^:]*width=60;height=17;[^:]*:([^\x07]*)\x07", bytes(screen.raw)
        )
        assert shown is not None
        assert base64.b64decode(shown[1]).startswith(b"\xff\xd8\xff")
        screen.press("\x11")
        assert screen.exit_code() == 0
