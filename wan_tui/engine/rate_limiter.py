"""Limits the rate and concurrency of all polls; slows all of them down when the service asks for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from wan_tui.engine.clock import Clock

_SLOWEST = 20.0


class RateLimiter:
    """At most ``rate`` slots per second and ``open`` at once."""

    def __init__(self, clock: Clock, *, rate: float, open: int) -> None:  # noqa: A002
        self._clock = clock
        self._gap = 1.0 / rate
        self._open = asyncio.Semaphore(open)
        self._next = 0.0
        self.slowdown = 1.0
        """Factor for all poll intervals, 1 to 20."""

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait for a slot and hold it for the block."""
        async with self._open:
            now = self._clock.monotonic()
            turn = max(now, self._next)
            self._next = turn + self._gap
            if turn > now:
                await self._clock.sleep(turn - now)
            yield

    def slow_down(self, retry_after: float | None) -> None:
        """Handle a 429: all polls wait ``retry_after`` seconds and are less frequent from now on."""
        self.slowdown = min(self.slowdown * 2.0, _SLOWEST)
        if retry_after is not None:
            self._next = max(self._next, self._clock.monotonic() + retry_after)

    def speed_up(self) -> None:
        self.slowdown = max(1.0, self.slowdown * 0.9)
