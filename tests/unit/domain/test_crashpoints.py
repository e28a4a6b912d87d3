"""The points at which tests pull the plug."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from tests.patience import PATIENCE
from tests.program import python

SCRIPT = """
from wan_tui.domain.crashpoints import crash_point
for number in range(3):
    crash_point("other")
    crash_point("here")
    print(number, flush=True)
"""


@pytest.mark.parametrize(("wish", "passed"), [("here", 0), ("here:3", 2)])
def test_the_process_dies_at_the_named_passing(wish: str, passed: int) -> None:
    """At once and without clean-up, as by a power cut."""
    done = python(SCRIPT, WAN_TUI_CRASH_AT=wish)
    assert done.returncode == -signal.SIGKILL
    assert done.stdout.split() == [str(number) for number in range(passed)]


@pytest.mark.parametrize("wish", ["", "elsewhere", "here:4"])
def test_otherwise_nothing_happens(wish: str) -> None:
    """Without the variable, at other points, or not as often as asked for."""
    assert python(SCRIPT, WAN_TUI_CRASH_AT=wish).returncode == 0


def test_a_process_stands_still_where_that_is_asked_for() -> None:
    """And goes on as if nothing had been when it is told to."""
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, "WAN_TUI_STOP_AT": "here:2"},
        stdout=subprocess.PIPE,
    )
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    process.send_signal(signal.SIGCONT)
    out, _ = process.communicate(timeout=PATIENCE)
    assert out.split() == [b"0", b"1", b"2"]
    assert process.returncode == 0
