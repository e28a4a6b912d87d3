"""A deadline for one call that excludes waiting on our side."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Deadline:
    """A deadline ``seconds`` from now. Create it within a running loop."""

    def __init__(self, seconds: float) -> None:
        self._clock = asyncio.get_running_loop().time
        self._at = self._clock() + seconds
        self._running: asyncio.Timeout | None = None

    @asynccontextmanager
    async def enforced(self) -> AsyncIterator[None]:
        """Raises TimeoutError if the block runs past the deadline."""
        try:
            async with asyncio.timeout_at(self._at) as self._running:
                yield
        finally:
            self._running = None

    @asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        """Extend the deadline by the duration of the block, e.g. a slow disk or lock on our side."""
        started = self._clock()
        if self._running is not None:
            self._running.reschedule(None)
        try:
            yield
        finally:
            self._at += self._clock() - started
            if self._running is not None:
                self._running.reschedule(self._at)
