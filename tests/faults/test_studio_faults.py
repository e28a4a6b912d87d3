"""The studio in a terminal: bouncing keys, pasted texts, and hostile words on their way to the screen."""

from __future__ import annotations

import os
import random
import re
import shutil
import time

from tests.faults.checks import check_key_answered, check_terminal_restored
from tests.faults.program import Program
from tests.ui.pty_screen import PtyScreen
from tests.unit.library.jobs import make_job
from wan_tui.domain.errors import Failure, Money
from wan_tui.domain.job import JobState
from wan_tui.library.history import History

HOSTILE_JOBS = int(os.environ.get("FUZZ_EXAMPLES", "300"))
"""Jobs in the list of hostile texts; each has four of them."""

_MARK = "zzq"
_BEFORE_MARK = (
    *(chr(code) for code in range(32) if chr(code) not in "\n\r\t"),
    *(chr(code) for code in range(0x7F, 0xA0)),
    "\x1b[",
    "\x1b]",
    "\x1bP",
    "\x1b_",
    "\x1b(",
    "\x1b]52;c;",
    "\x1b]0;",
    "\x9b",
    "\x9d52;c;",
    "\u202e",
    "\u2066",
    "\u200b",
    "\u2028",
    "\ufeff",
    "\U000e0041",
)
_PASSED_THROUGH = re.compile(
    "(?:[\x00-\x09\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b\u2028\u2029\ufeff\U000e0041]"
    r"|\x1b[\[\]P_(]?(?:52;c;|0;)?)zzq"
)


def _quit(program: Program, studio: PtyScreen) -> None:
    studio.press("\x11")
    assert studio.exit_code() == 0
    check_terminal_restored(bytes(studio.raw))


def test_a_bouncing_key_orders_once(program: Program) -> None:
    """Enter twice at once: 1 in the till. Not some time apart: a busy machine makes two presses of that."""
    with program.studio() as studio:
        program.order_in(studio, "a paper boat", keys="\n\n")
        studio.until(lambda: "saved" in studio.text())
        _quit(program, studio)
    assert len(program.till()) == 1


def test_pasting_never_orders(program: Program) -> None:
    """A pasted text with line breaks, control keys and the end of a paste within it: nothing is ordered."""
    with program.studio() as studio:
        studio.until(lambda: "● online" in studio.text())
        studio.press("\x1b[200~a boat\n\nin the rain\r\n\x0a\x1b[201~")
        studio.until(lambda: "in the rain" in studio.text())
        time.sleep(0.3)
        _quit(program, studio)
    assert program.till() == []
    assert program.jobs() == []


def test_pasted_escapes_are_no_keys(program: Program) -> None:
    """A pasted text with an escape sequence, bell, tab and line breaks stands in the prompt; no key acts, and the
    keyboard is alive after it.
    """
    with program.studio() as studio:
        studio.until(lambda: "● online" in studio.text())
        studio.press("\x1b[200~osc \x1b]52;c;aGVsbG8=\x07 one\n\x1b[13;5u\x1b\n\n line2\tta")
        time.sleep(0.3)
        studio.press("b\n\n\x1b")
        time.sleep(0.3)
        studio.press("[201~!")
        studio.until(lambda: re.search(r"line2 +tab", studio.text()) is not None)
        studio.until(lambda: "!" in studio.text())
        studio.until(lambda: "random:" in studio.text())
        time.sleep(0.2)  # what comes along with a paste is part of it
        _quit(program, studio)
    assert program.till() == []
    assert program.jobs() == []


def test_hostile_words_reach_the_screen_as_text(program: Program) -> None:
    """Control, bidi and zero-width characters in prompts, errors and status words: none of them leaves the program."""
    history = History.open(program.home / "data")
    chance = random.Random(1)

    def hostile() -> str:
        return "".join(f"a{chance.choice(_BEFORE_MARK)}{_MARK}[/b][@click=app.quit]" for _ in range(3))

    history.add_many(
        [
            make_job(
                number,
                state=JobState.FAILED,
                parameters={"prompt": hostile(), "negative_prompt": hostile(), "seed": number},
                error=Failure("generation_error", hostile(), Money.FREE, hostile()),
                status_word=hostile(),
                request_id=hostile(),
            )
            for number in range(HOSTILE_JOBS)
        ]
    )
    history.close()
    with program.studio(rows=45) as studio:
        studio.until(lambda: _MARK in studio.text())
        studio.press("\x1b")
        time.sleep(0.3)  # or it would be the beginning of a sequence
        for _ in range(HOSTILE_JOBS // 22):
            before, pressed = len(studio.raw), time.monotonic()
            studio.press("\x1b[6~")
            studio.until(lambda before=before: len(studio.raw) > before)  # type: ignore[misc]
            check_key_answered(time.monotonic() - pressed)
        _quit(program, studio)
    stream = bytes(studio.raw).decode("utf-8", "surrogateescape")
    assert stream.count(_MARK) > HOSTILE_JOBS
    assert not _PASSED_THROUGH.search(stream)
    shutil.rmtree(program.home / "data")  # what was put there by hand is not the program's to answer for
