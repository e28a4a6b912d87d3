"""The engine's clock, which tests can replace."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """``now`` is wall time in UTC, for records; ``monotonic`` is seconds, for delays; ``sleep`` waits."""

    now: Callable[[], datetime] = utc_now
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def wait(self, wake: asyncio.Event, seconds: float | None) -> None:
        """Wait until ``wake`` is set, at most ``seconds``; None: no limit.

        Without a custom ``sleep`` it creates no tasks, since thousands of jobs wait at the same time.
        """
        if seconds is not None and seconds <= 0:
            return
        if seconds is None or self.sleep is asyncio.sleep:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await wake.wait()
            return
        both = {asyncio.ensure_future(self.sleep(seconds)), asyncio.ensure_future(wake.wait())}
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in both:
                one.cancel()

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Callable[[], object]:
        """Call ``callback`` on the event loop after ``seconds``; returns a function that cancels it."""
        if self.sleep is asyncio.sleep:
            return asyncio.get_running_loop().call_later(seconds, callback).cancel
        sleeping = asyncio.ensure_future(self.sleep(seconds))
        cancelled = asyncio.Event()
        sleeping.add_done_callback(
            lambda slept: None if slept.cancelled() or cancelled.is_set() else callback()
        )

        def cancel() -> None:
            cancelled.set()
            sleeping.cancel()

        return cancel

    def service_now(self, offset: float | None) -> datetime:
        """Now by the service's clock, ``offset`` seconds ahead of ours (None: unknown): ours may be wrong."""
        return self.now() + timedelta(seconds=offset or 0.0)

    def earlier_now(self, offset: float | None) -> datetime:
        """The earlier of our time and the service's, for actions that must not happen too soon."""
        return min(self.now(), self.service_now(offset))
