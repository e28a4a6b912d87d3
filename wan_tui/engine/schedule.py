"""The rhythm of polls, lookups and retries, as pure functions of age and count.

In seconds at the default poll interval of 10 s; ``Schedule`` scales them to the configured one.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass

USUAL_INTERVAL = 10.0
MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0

_POLL_RHYTHM = (
    (0.0, 15.0),
    (10 * MINUTE, 30.0),
    (30 * MINUTE, MINUTE),
    (2 * HOUR, 5 * MINUTE),
    (6 * HOUR, HOUR),
)
"""(age of the job, seconds between polls): frequent while most films finish, rare later."""

_RECOVERY_LOOKS = (5.0, 15.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0, HOUR)
"""Seconds between lookups of an order in doubt: the service's log lags by some minutes."""

RECOVERY_SPAN = DAY
"""How long an order in doubt, or a generation unknown to the service, is looked up before giving up."""

NORMAL_LAG = 10 * MINUTE
"""How long a 404 for a new generation means nothing."""

SUBMIT_RETRIES = (1.0, 2.0, 4.0)
"""Delays before an order that was provably not sent is retried."""

RATE_LIMIT_WAITS = (5.0, 10.0, 20.0, 40.0, 60.0)
"""Delays after a 429 without Retry-After."""
MAX_RATE_LIMIT_WAIT = 60.0
"""Maximum delay before an order is retried, whatever Retry-After says."""

FRESH_ORDER = 15 * MINUTE
"""How long an unsent order is retried automatically; after that the user has to confirm."""

POLLS_PER_SECOND = 4.0
POLLS_OPEN = 4
_CROWDED = MINUTE
"""If polling all jobs once takes longer, the user is told."""
LINK_WAIT, LINK_WAITS, LINK_SLOW_WAIT = 10.0, 12, MINUTE
"""For a completed generation without a link: seconds between polls, how many, and seconds between later ones."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Delays scaled to ``interval``. ``uniform`` draws the jitter."""

    interval: float = USUAL_INTERVAL
    uniform: Callable[[float, float], float] = random.uniform

    @property
    def scale(self) -> float:
        return self.interval / USUAL_INTERVAL

    def scaled(self, seconds: float) -> float:
        return seconds * self.scale

    def first_poll(self) -> float:
        """Seconds from acceptance to the first poll."""
        return self._jitter(USUAL_INTERVAL) * self.scale

    def next_poll(self, age: float) -> float:
        """Seconds to the next poll of a job accepted ``age`` seconds ago."""
        ages = [start for start, _ in _POLL_RHYTHM]
        wait = _POLL_RHYTHM[max(0, bisect_right(ages, max(0.0, age) / self.scale) - 1)][1]
        return self._jitter(wait) * self.scale

    def resume(self, jobs: int) -> float:
        """Seconds until the first poll of a job of an earlier run, spread out over all ``jobs``."""
        return self.uniform(0.0, jobs / POLLS_PER_SECOND) * self.scale

    def crowded_round(self, jobs: int) -> float | None:
        """Seconds between two polls of one job if there are too many for the normal interval, else None."""
        seconds = jobs / POLLS_PER_SECOND
        return seconds * self.scale if seconds > _CROWDED else None

    def link_wait(self, asked: int) -> float:
        """Seconds until a completed generation is polled for its link again, after ``asked`` polls without one."""
        return (LINK_WAIT if asked < LINK_WAITS else LINK_SLOW_WAIT) * self.scale

    def look(self, looks: int) -> float:
        """Seconds until the next lookup of an order in doubt, after ``looks`` lookups."""
        return _RECOVERY_LOOKS[min(looks, len(_RECOVERY_LOOKS) - 1)] * self.scale

    def backoff(self, failures: int, *, base: float = 1.0, cap: float = 60.0) -> float:
        """Seconds to wait after ``failures`` (≥ 1) failures in a row: exponential, capped, with jitter."""
        full = min(cap, base * 2.0 ** min(failures - 1, 30))
        return self.uniform(0.5, 1.0) * full * self.scale

    def _jitter(self, seconds: float) -> float:
        return seconds * self.uniform(0.9, 1.1)
