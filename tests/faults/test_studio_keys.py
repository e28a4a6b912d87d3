"""The keyboard of the studio in a terminal: what orders and what does not, and what is no typing at all."""

from __future__ import annotations

import time

import pytest

from tests.faults.program import Program
from tests.patience import PATIENCE
from tests.ui.pty_screen import PtyScreen

ANSWERS = (
    "\x1b[?64;1;2;6;22c",
    "\x1b_Gi=31;OK\x1b\\",
    "\x1bP>|kitty(0.26.5)\x1b\\",
    "\x1b]11;rgb:0000/0000/0000\x1b\\",
    "\x1b[?2026;2$y",
    "\x1b[6;20;9t",
)


def _ready(studio: PtyScreen) -> None:
    studio.until(lambda: "● online" in studio.text())


def _write(studio: PtyScreen, text: str) -> None:
    _ready(studio)
    studio.press(text)
    studio.until(lambda: text in studio.text())


def _quit(studio: PtyScreen) -> None:
    studio.press("\x11")
    assert studio.exit_code() == 0


def _orders(program: Program, number: int) -> int:
    """The orders in the till, once there are ``number``, and a moment has passed in which more might come.

    That many were meant.
    """
    program.confirmed = number
    end = time.monotonic() + PATIENCE
    while len(program.till()) < number and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(0.4)
    return len(program.till())


@pytest.mark.parametrize("marks_pastes", [True, False])
def test_presses_that_are_meant_order_one_each(program: Program, marks_pastes: bool) -> None:
    """Five times ctrl+j, 0.4 s apart: five films."""
    with program.studio(marks_pastes=marks_pastes) as studio:
        _write(studio, "a paper boat")
        for _ in range(5):
            time.sleep(0.4)
            studio.press("\n")
        assert _orders(program, 5) == 5
        _quit(studio)


@pytest.mark.parametrize("marks_pastes", [True, False])
def test_a_key_held_down_orders_one(program: Program, marks_pastes: bool) -> None:
    """ctrl+j for 1.5 s, repeated as keyboards do."""
    with program.studio(marks_pastes=marks_pastes) as studio:
        _write(studio, "a paper boat")
        time.sleep(0.1)
        studio.press("\n")
        time.sleep(0.5)
        pressed = time.monotonic()
        for _ in range(30):
            studio.press("\n")
            time.sleep(0.033)
            if time.monotonic() - pressed > 0.15:
                program.confirmed = 30  # each might have been one
                pytest.skip("this machine is too busy to hold a key down")
            pressed = time.monotonic()
        assert _orders(program, 1) == 1
        _quit(studio)


def test_a_key_held_down_by_the_kitty_protocol_orders_one(program: Program) -> None:
    """Told as repetitions, at any rate; released, and pressed again, it orders again."""
    with program.studio() as studio:
        _write(studio, "a paper boat")
        assert b"\x1b[>31u" in studio.raw
        studio.press("\x1b[106;5u")
        for _ in range(5):
            time.sleep(0.2)
            studio.press("\x1b[106;5:2u")
        studio.press("\x1b[106;5:3u")
        assert _orders(program, 1) == 1
        studio.press("\x1b[1086::106;5u\x1b[1086::106;5:3u")  # on a Russian keyboard
        assert _orders(program, 2) == 2
        studio.press("\x1b[1081::113;5u")
        assert studio.exit_code() == 0


def test_typing_fast_and_ordering_at_once(program: Program) -> None:
    """The whole prompt and ctrl+j in one piece: one film, with all of it."""
    with program.studio() as studio:
        _ready(studio)
        studio.press("a paper boat in the rain\n")
        assert _orders(program, 1) == 1
        _quit(studio)
    assert [job.prompt for job in program.jobs()] == ["a paper boat in the rain"]


@pytest.mark.parametrize(
    ("marks_pastes", "pieces"),
    [
        (True, ["\x1b[200~a boat\n\n\x1b[201~"]),
        (True, ["\x1b[200~a boat\x1b[201~\nin the rain\n\x1b[106;5u\x1b[201~"]),
        (True, ["\x1b[200~a boat\x1b[201~\nin\x1b[201~\n\x1b[13;5u\n"]),
        (False, ["a boat\nin the rain\n"]),
        (False, ["a boat", "\n", "in the rain\n", "\n"]),
    ],
)
def test_pasting_orders_nothing(program: Program, marks_pastes: bool, pieces: list[str]) -> None:
    """With marks, with the mark of its end within it, cut, and in a terminal that marks nothing."""
    with program.studio(marks_pastes=marks_pastes) as studio:
        _ready(studio)
        for piece in pieces:
            studio.press(piece)
        studio.until(lambda: "a boat" in studio.text())
        assert _orders(program, 0) == 0
        _quit(studio)
    assert program.till() == []


@pytest.mark.parametrize("pause", [0.0, 0.15])
def test_late_answers_are_not_typed(program: Program, pause: float) -> None:
    """Whole and cut, between letters; the prompt is what was typed, and that is ordered."""
    with program.studio() as studio:
        _ready(studio)
        for number, answer in enumerate(ANSWERS):
            cut = 2 + number % (len(answer) - 2)
            studio.press(answer[:cut])
            time.sleep(pause)
            studio.press(answer[cut:] + "fox"[number % 3])
        studio.until(lambda: "foxfox" in studio.text())
        time.sleep(0.1)
        studio.press("\n")
        assert _orders(program, 1) == 1
        _quit(studio)
    assert [job.prompt for job in program.jobs()] == ["foxfox"]


def test_exported_size_is_not_believed(program: Program) -> None:
    """COLUMNS and LINES of some other terminal: the studio has the size of its own, and follows it."""
    with program.studio(COLUMNS="40", LINES="8") as studio:
        _ready(studio)
        assert "too small" not in studio.text()
        studio.resize(160, 50)
        studio.until(lambda: studio.text().rstrip().count("\n") > 45)
        _quit(studio)


def test_bytes_that_are_no_text_do_not_end_the_studio(program: Program) -> None:
    """Mouse reports of old terminals, answers with controls of one byte, Latin-1."""
    with program.studio() as studio:
        _ready(studio)
        studio.press_bytes(b"\x1b[M \xf0\xe9\x9b?62;22c\xe9t\xe9!")
        studio.until(lambda: "été!" in studio.text())
        _quit(studio)
