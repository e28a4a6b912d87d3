"""The time that one call may take in all, of which our own side's waiting is no part."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Deadline:
    """Some seconds from now on, to be made within a running loop."""

    def __init__(self, seconds: float) -> None:
        self._clock = asyncio.get_running_loop().time
        self._at = self._clock() + seconds
        self._running: asyncio.Timeout | None = None

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Raises TimeoutError where what is done within lasts beyond the deadline."""
        try:
            async with asyncio.timeout_at(self._at) as self._running:
                yield
        finally:
            self._running = None

    @asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        """A disk or a lock of ours that is slow is no slowdown of the service: the deadline moves on meanwhile."""
        started = self._clock()
        if self._running is not None:
            self._running.reschedule(None)
        try:
            yield
        finally:
            self._at += self._clock() - started
            if self._running is not None:
                self._running.reschedule(self._at)
