"""Counting the looks that showed nothing, in the one way that a verdict may rest on."""

from __future__ import annotations

from wan_tui.api.client import ApiClient
from wan_tui.domain.job import Job
from wan_tui.domain.search import MAX_GAP, Search
from wan_tui.engine.clock import Clock
from wan_tui.engine.schedule import Schedule


class Evidence:
    """Adds looks to what is known of a job: by the monotonic clock within this run, by the service's between runs."""

    def __init__(self, api: ApiClient, schedule: Schedule, clock: Clock) -> None:
        self._api = api
        self._schedule = schedule
        self._clock = clock
        self._last: dict[str, float] = {}

    def looked(self, job: Job) -> Search:
        """What is known after one more answered look for ``job``, or its generation, that showed nothing."""
        now, last = self._clock.monotonic(), self._last.get(job.id)
        self._last[job.id] = now
        offset = self._api.clock_offset
        at = None if offset is None else self._clock.service_now(offset)
        since = None if last is None else now - last
        return (job.search or Search()).looked(at, since, longest=self._schedule.scaled(MAX_GAP))
