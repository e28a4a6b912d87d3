"""One shared brake for all polls: so many a second, so many open, and later for all when the service asks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from wan_tui.engine.clock import Clock

_SLOWEST = 20.0


class RateLimiter:
    """At most ``rate`` passages a second and ``open`` at once."""

    def __init__(self, clock: Clock, *, rate: float, open: int) -> None:  # noqa: A002 - what it is
        self._clock = clock
        self._gap = 1.0 / rate
        self._open = asyncio.Semaphore(open)
        self._next = 0.0
        self.slowness = 1.0
        """By how much all poll intervals are stretched, 1 to 20."""

    @asynccontextmanager
    async def passage(self) -> AsyncIterator[None]:
        """Wait for a turn; the block it guards counts as open."""
        async with self._open:
            now = self._clock.monotonic()
            turn = max(now, self._next)
            self._next = turn + self._gap
            if turn > now:
                await self._clock.sleep(turn - now)
            yield

    def slow_down(self, retry_after: float | None) -> None:
        """The service said "too many": everybody waits, and asks less often from now on."""
        self.slowness = min(self.slowness * 2.0, _SLOWEST)
        if retry_after is not None:
            self._next = max(self._next, self._clock.monotonic() + retry_after)

    def went_well(self) -> None:
        self.slowness = max(1.0, self.slowness * 0.9)
