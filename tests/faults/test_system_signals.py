"""Signals and a terminal that goes: the program ends in order and in time, and nothing that was paid for is lost."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

import pytest

from tests.faults.checks import check_key_answered, check_terminal_restored
from tests.faults.program import Program
from tests.faults.test_processes import downloads, play
from tests.patience import wait_until
from tests.ui.pty_screen import PtyScreen
from wan_tui.domain.job import JobState

_BLINKS = 500
"""Bytes that a blinking cursor takes in a second, at most."""
_NORMAL_SCREEN = b"\x1b[?1049l"
Moment = Literal["idle", "in POST", "in download"]


def bring_to(program: Program, studio: PtyScreen, moment: Moment) -> None:
    """Bring the studio to a moment at which it is to be hit."""
    studio.until(lambda: "● online" in studio.text())
    if moment == "idle":
        return
    if moment == "in POST":
        play(program, route="POST /v2/*", delay=1.5)
    else:
        play(program, route="GET /generations/*", stall_after=5000, stall=600.0)
    program.order_in(studio, "hit in the middle")
    if moment == "in POST":
        wait_until(lambda: bool(program.till()))
    else:
        wait_until(lambda: bool(downloads(program)))


def ended(studio: PtyScreen) -> int | None:
    began = time.monotonic()
    code = studio.exit_code()
    print(f"ended after {time.monotonic() - began:.1f} s")
    return code


def settled(program: Program, moment: Moment) -> None:
    """The order, where there was one, ends saved at the next start; nothing is ordered again."""
    program.settle()
    assert [job.state for job in program.jobs()] == ([] if moment == "idle" else [JobState.SAVED])
    assert len(program.till()) == (0 if moment == "idle" else 1)


@pytest.mark.parametrize(
    ("number", "moment"),
    [
        (signal.SIGHUP, "idle"),
        (signal.SIGHUP, "in POST"),
        (signal.SIGHUP, "in download"),
        (signal.SIGTERM, "in POST"),
        (signal.SIGINT, "in download"),
    ],
)
def test_a_signal_ends_the_studio_in_order(program: Program, number: signal.Signals, moment: Moment) -> None:
    """Rows: SIGHUP idle / in POST / in download → ends ≤ 15 s, nothing lost; SIGTERM, SIGINT → terminal restored."""
    with program.studio() as studio:
        bring_to(program, studio, moment)
        studio.process.send_signal(number)
        assert ended(studio) == 128 + number
        assert studio.modes() == studio.modes_before
        check_terminal_restored(bytes(studio.raw))
    assert all(job.state is not JobState.SUBMITTING for job in program.jobs()), (
        "the answer was not waited for"
    )
    settled(program, moment)


@pytest.mark.parametrize(
    ("moment", "ignored"),
    [("idle", True), ("in POST", False), ("in POST", True), ("in download", False)],
)
def test_a_terminal_that_goes_ends_the_studio(program: Program, moment: Moment, ignored: bool) -> None:
    """Terminal gone → ends ≤ 15 s, also where the signal that tells of it does not come through (nohup)."""
    nohup = ["/bin/sh", "-c", 'trap "" HUP; exec "$@"', "sh"]
    with program.studio(before=nohup if ignored else []) as studio:
        bring_to(program, studio, moment)
        studio.hang_up()
        assert ended(studio) is not None
    assert all(job.state is not JobState.SUBMITTING for job in program.jobs()), (
        "the answer was not waited for"
    )
    settled(program, moment)


@pytest.mark.parametrize("how", ["hang up", "SIGTERM"])
def test_a_terminal_that_takes_nothing(program: Program, how: str) -> None:
    """A stuck line holds up all that is written, and with it the program; it can still be ended."""
    with program.studio() as studio:
        studio.until(lambda: "● online" in studio.text())
        studio.stall()
        for width in range(100, 160):
            studio.resize(width, 50)
            time.sleep(0.03)
        if how == "hang up":
            studio.hang_up()
        else:
            studio.process.send_signal(signal.SIGTERM)
        assert ended(studio) in (128 + signal.SIGHUP, 128 + signal.SIGTERM)


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_in_the_middle_of_an_order(program: Program, times: int) -> None:
    """SIGINT, SIGINT twice → exit 130; the order's answer is on disk, or it is known to be in doubt."""
    play(program, route="POST /v2/*", delay=1.5)
    process = program.start("generate", "hit", "--wait")
    wait_until(lambda: bool(program.till()))
    for _ in range(times):
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)
    code, _, err = program.collect(process)
    assert code == 130
    assert "Waiting for the answer to an order" in err
    assert "Traceback" not in err
    settled(program, "in POST")


def test_stop_and_continue(program: Program) -> None:
    """SIGTSTP/CONT → terminal restored; work goes on after CONT."""
    with program.studio() as studio:
        studio.until(lambda: "● online" in studio.text())
        program.order_in(studio, "slept on it")
        wait_until(lambda: bool(program.till()))
        _stop(studio.process)
        studio.until(lambda: _NORMAL_SCREEN in studio.raw)
        assert studio.modes() == studio.modes_before
        check_terminal_restored(bytes(studio.raw))
        studio.process.send_signal(signal.SIGCONT)
        studio.until(lambda: "✓ saved" in studio.text())
        check_key_answered(answer_time(studio, "ahoy", lambda: "ahoy" in studio.text()))
        studio.press("\x11")
        assert studio.exit_code() == 0
        check_terminal_restored(bytes(studio.raw))


def test_stopped_while_it_paints(program: Program) -> None:
    """ctrl+z and fg again and again while keys keep the screen busy: each stop is acted on, and it still answers.

    A stop that lands where Textual has locked its queue of output must not wait for that lock for ever.
    """
    with program.studio() as studio:
        studio.until(lambda: "● online" in studio.text())
        with _typing(studio):
            for _ in range(60):
                time.sleep(random.uniform(0.02, 0.12))
                _stop(studio.process)
                studio.process.send_signal(signal.SIGCONT)
        _until_quiet(studio)
        check_key_answered(answer_time(studio, "ahoy", lambda: "ahoy" in studio.text()))
        studio.press("\x11")
        assert ended(studio) == 0
        check_terminal_restored(bytes(studio.raw))


def _until_quiet(studio: PtyScreen) -> None:
    """Wait until no more than the cursor is painted, which blinks."""
    before = -_BLINKS
    while studio.received - before >= _BLINKS:
        before = studio.received
        time.sleep(1.0)


@contextmanager
def _typing(studio: PtyScreen) -> Iterator[None]:
    """Keys all the time, each of which is painted: no more than that, or they would have to be waited for later."""
    done = threading.Event()

    def type_on() -> None:
        while not done.is_set():
            received = studio.received
            studio.press("x\x7f")
            while studio.received == received and not done.wait(0.02):
                pass

    typist = threading.Thread(target=type_on)
    typist.start()
    try:
        yield
    finally:
        done.set()
        typist.join()


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Stop as ctrl+z does and wait until it has; pytest's time limit is for one that never does."""
    process.send_signal(signal.SIGTSTP)
    os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)


def answer_time(studio: PtyScreen, keys: str, seen: Callable[[], bool]) -> float:
    """Seconds from a key to what it brings onto the screen."""
    began = time.monotonic()
    studio.press(keys)
    studio.until(seen)
    return time.monotonic() - began
