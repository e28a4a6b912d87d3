"""A wall clock that can be set while processes run by it. Waits keep to the monotonic clock, which stays true.

Needs Linux and a C compiler, for the few lines that are put before the system's own; see ``wall_clock.c``.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path

_SOURCE = Path(__file__).with_name("wall_clock.c")
_COMPILER = shutil.which("cc") if sys.platform == "linux" else None


def clocks_can_be_set() -> bool:
    return _COMPILER is not None


class WallClock:
    """One machine's clock, for every process started in its ``environment``. Its setting is kept in ``file``."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._file.write_bytes(bytes(8))

    def set(self, ahead: timedelta) -> None:
        """Let the clock be ``ahead`` of the true one from this moment on, also for who runs already."""
        with self._file.open("r+b") as file:
            file.write(struct.pack("q", round(ahead.total_seconds())))

    @property
    def environment(self) -> Mapping[str, str]:
        return {"LD_PRELOAD": str(_library()), "WALL_CLOCK_FILE": str(self._file)}


@cache
def _library() -> Path:
    """Compiled once for a run; removed with the other temporary files of the machine."""
    built = Path(tempfile.mkdtemp(prefix="wan-tui-clock-")) / "wall_clock.so"
    subprocess.run([str(_COMPILER), "-shared", "-fPIC", "-O2", "-o", str(built), str(_SOURCE)], check=True)
    return built
