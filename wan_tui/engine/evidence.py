"""Counts unsuccessful lookups, as the basis for giving up."""

from __future__ import annotations

from wan_tui.api.client import ApiClient
from wan_tui.domain.job import Job
from wan_tui.domain.search import MAX_GAP, Search
from wan_tui.engine.clock import Clock
from wan_tui.engine.schedule import Schedule

LOOKING = "Looking it up in the service's log"
"""Next step of an order in doubt."""


class Evidence:
    """Adds lookups to a job's ``Search``, timed by the monotonic clock within a run and the service's across runs."""

    def __init__(self, api: ApiClient, schedule: Schedule, clock: Clock) -> None:
        self._api = api
        self._schedule = schedule
        self._clock = clock
        self._last: dict[str, float] = {}

    def looked(self, job: Job) -> Search:
        """The search after another answered lookup of ``job`` or its generation that found nothing."""
        now, last = self._clock.monotonic(), self._last.get(job.id)
        self._last[job.id] = now
        offset = self._api.clock_offset
        at = None if offset is None else self._clock.service_now(offset)
        since = None if last is None else now - last
        return (job.search or Search()).looked(at, since, longest=self._schedule.scaled(MAX_GAP))
