"""Named points at which a test may kill or stop the process, to see what is left on disk and what others do then.

``WAN_TUI_CRASH_AT=journal.written`` kills at the first passing of that point, ``journal.written:3`` at the third.
``WAN_TUI_STOP_AT`` stops there instead, until the process is told to go on.
"""

from __future__ import annotations

import os
import signal

_SIGNALS = {"WAN_TUI_CRASH_AT": "SIGKILL", "WAN_TUI_STOP_AT": "SIGSTOP"}


def _asked_for() -> dict[str, list[int]]:
    """By point, for each signal asked for there: its number, and how many passings are left."""
    asked: dict[str, list[int]] = {}
    for variable, name in _SIGNALS.items():
        point, _, nth = os.environ.get(variable, "").partition(":")
        if point:
            number = getattr(signal, name, signal.SIGTERM)
            asked[point] = [number, int(nth) if nth.isdigit() else 1]
    return asked


_asked = _asked_for()


def crash_point(name: str) -> None:
    """Kill or stop this process, as pulling the plug or a sleep would, when the environment asks; else do nothing."""
    if name not in _asked:
        return
    asked = _asked[name]
    asked[1] -= 1
    if asked[1] == 0:
        os.kill(os.getpid(), asked[0])
