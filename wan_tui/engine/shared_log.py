"""Shares one reading of the service's log between jobs that need it at about the same time.

A library restored from a backup may hold dozens of orders that must be looked up before they are sent. If each read
the log itself, the service's rate limit would block them all.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from wan_tui.domain.errors import WanTuiError
from wan_tui.domain.job import Job
from wan_tui.engine.clock import Clock
from wan_tui.engine.schedule import Schedule
from wan_tui.engine.service_records import Logged, ServiceRecords

_GATHER = 0.5
"""Seconds that the first request waits for others."""


class SharedLog:
    """Runs readings one after another: a request during a reading waits for the next, so its rows are current."""

    def __init__(self, records: ServiceRecords, schedule: Schedule, clock: Clock) -> None:
        self._records = records
        self._schedule = schedule
        self._clock = clock
        self._gathering: dict[str, Job] | None = None
        self._next: asyncio.Task[Logged] | None = None
        self._turn = asyncio.Lock()
        self._readings: set[asyncio.Task[Logged]] = set()

    async def logged(self, job: Job) -> Logged:
        """All log rows since the first attempt of ``job``, including those of other jobs. Raises ServiceError."""
        if self._gathering is None or self._next is None:
            self._gathering = {}
            self._next = asyncio.create_task(self._read(self._gathering), name="read the log")
            self._readings.add(self._next)
            self._next.add_done_callback(self._over)
        jobs, reading = self._gathering, self._next
        jobs[job.id] = job
        logged = await asyncio.shield(reading)
        if logged.complete or len(jobs) == 1:
            return logged
        # Another job may be older than the log; read it for this one alone.
        return await self._records.logged([job])

    async def stop(self) -> None:
        """Cancel running readings."""
        for reading in self._readings:
            reading.cancel()
        await asyncio.gather(*self._readings, return_exceptions=True)

    async def _read(self, jobs: dict[str, Job]) -> Logged:
        async with self._turn:
            await self._clock.sleep(self._schedule.scaled(_GATHER))
            if self._gathering is jobs:
                self._gathering = None
            return await self._records.logged(list(jobs.values()))

    def _over(self, reading: asyncio.Task[Logged]) -> None:
        self._readings.discard(reading)
        # If all waiters were cancelled, retrieve the error, or asyncio logs it.
        with suppress(WanTuiError, asyncio.CancelledError):
            reading.result()
