"""Named points where a test can kill or stop the process, to check what is on disk and what other processes do.

``WAN_TUI_CRASH_AT=journal.written`` sends SIGKILL the first time that point is passed, ``journal.written:3`` the third
time. ``WAN_TUI_STOP_AT`` sends SIGSTOP instead.
"""

from __future__ import annotations

import os
import signal

_SIGNALS = {"WAN_TUI_CRASH_AT": "SIGKILL", "WAN_TUI_STOP_AT": "SIGSTOP"}


def _requested() -> dict[str, list[int]]:
    """Map each requested point to its signal number and the remaining number of passes."""
    asked: dict[str, list[int]] = {}
    for variable, name in _SIGNALS.items():
        point, _, nth = os.environ.get(variable, "").partition(":")
        if point:
            number = getattr(signal, name, signal.SIGTERM)
            asked[point] = [number, int(nth) if nth.isdigit() else 1]
    return asked


_asked = _requested()


def crash_point(name: str) -> None:
    """Kill or stop this process if the environment requests it; simulates a power cut or a suspended machine."""
    if name not in _asked:
        return
    asked = _asked[name]
    asked[1] -= 1
    if asked[1] == 0:
        os.kill(os.getpid(), asked[0])
