"""One reading of the service's log for all who ask at about the same time: the service allows few in a minute.

A library that came back from a backup may hold dozens of orders that are each to be looked for before they are sent.
Were each to read the log for itself, the service would soon refuse them all, at every start anew.
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
"""Seconds that the first who asks waits for others."""


class SharedLog:
    """Readings follow one another: whoever asks during one is served by the next, which shows all up to then."""

    def __init__(self, records: ServiceRecords, schedule: Schedule, clock: Clock) -> None:
        self._records = records
        self._schedule = schedule
        self._clock = clock
        self._gathering: dict[str, Job] | None = None
        self._next: asyncio.Task[Logged] | None = None
        self._turn = asyncio.Lock()
        self._readings: set[asyncio.Task[Logged]] = set()

    async def logged(self, job: Job) -> Logged:
        """Every log row since the first attempt of ``job``, others among them. Raises ServiceError kinds."""
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
        # One of the others may be older than the log.
        return await self._records.logged([job])

    async def stop(self) -> None:
        """End the readings that are under way."""
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
        # Whoever asked may have gone meanwhile: then nobody else takes notice of what went wrong.
        with suppress(WanTuiError, asyncio.CancelledError):
            reading.result()
