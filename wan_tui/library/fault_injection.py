"""Makes disk calls fail, slow down or write short, for tests, by the environment variable ``WAN_TUI_FAULT_DISK``.

``write:3:ENOSPC`` the third write fails · ``write:3+:ENOSPC`` it and all after it · ``fsync:*:sleep=0.01`` each takes
10 ms longer · ``write:2:short`` the second writes only half of its data. Separate several with commas.
Calls: open, read, write, fsync, truncate, rename, link, unlink, mkdir, statvfs, lock.
"""

from __future__ import annotations

import errno
import os
import time
from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DiskFault:
    """One fault, for the ``first`` to the ``last`` call of its kind (None: no end)."""

    call: str
    first: int
    last: int | None
    what: str

    @classmethod
    def parse(cls, text: str) -> DiskFault:
        call, when, what = text.strip().split(":")
        if when == "*":
            return cls(call, 1, None, what)
        first = int(when.rstrip("+"))
        return cls(call, first, None if when.endswith("+") else first, what)


class Plan:
    """Counts the calls of each kind and makes the planned ones fail. An empty plan is nearly free."""

    def __init__(self, text: str = "") -> None:
        self._faults = [DiskFault.parse(part) for part in text.split(",") if part.strip()]
        self.counts: Counter[str] = Counter()
        self.fired = 0

    def pass_through(self, call: str, length: int = 0) -> int:
        """Raise, wait or pass; return how many of ``length`` bytes this call may write."""
        if not self._faults:
            return length
        self.counts[call] += 1
        for fault in self._faults:
            if fault.call == call and fault.first <= self.counts[call] <= (fault.last or self.counts[call]):
                self.fired += 1
                length = _play(fault.what, length)
        return length


def _play(what: str, length: int) -> int:
    if what.startswith("sleep="):
        time.sleep(float(what.removeprefix("sleep=")))
        return length
    if what == "short":
        return max(1, length // 2)
    number = getattr(errno, what)
    raise OSError(number, os.strerror(number))
