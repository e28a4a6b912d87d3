"""Named points at which a test may kill the process, to see what is left on disk.

``WAN_TUI_CRASH_AT=journal.written`` kills at the first passing of that point, ``journal.written:3`` at the third.
"""

from __future__ import annotations

import os
import signal

_name, _, _count = os.environ.get("WAN_TUI_CRASH_AT", "").partition(":")
_left = int(_count) if _count.isdigit() else 1


def crash_point(name: str) -> None:
    """Kill this process, as pulling the plug would, when the environment asks for it; else do nothing."""
    global _left
    if name != _name:
        return
    _left -= 1
    if _left == 0:
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
