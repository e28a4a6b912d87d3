"""What the service's own records say of our orders: its log of requests, and its ledger of money."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from wan_tui.api.client import ApiClient
from wan_tui.api.wire.records import LogRow
from wan_tui.domain.errors import ServiceError
from wan_tui.domain.job import Job
from wan_tui.domain.progress import generation
from wan_tui.engine.clock import Clock
from wan_tui.engine.schedule import Schedule

_MARGIN = timedelta(minutes=10)
"""Around the window asked for: clocks differ."""
_PAGE = 100
_MOST_PAGES = 200
_LONGEST_WINDOW = timedelta(days=92)
_PAGE_GAP = 1.0
"""Seconds between two pages: the log allows 200 requests a minute, for everybody."""
_MOST_WINDOWS = 2


@dataclass(frozen=True, slots=True)
class Logged:
    """Rows of the log, newest first. ``complete``: all of the window was read, so absence means something."""

    rows: Sequence[LogRow]
    complete: bool

    def of(self, job: Job) -> list[LogRow]:
        """The rows that are this job's, once each: the id must be the very same, not one like it."""
        ours = {attempt.client_id for attempt in job.attempts}
        # What came to nothing has no generation: an attempt then stands for itself.
        found = {
            row.generation_id or row.client_request_id: row
            for row in self.rows
            if row.client_request_id in ours
        }
        return list(found.values())


class ServiceRecords:
    """Reads log and ledger around the attempts of jobs, page by page."""

    def __init__(self, api: ApiClient, schedule: Schedule, clock: Clock) -> None:
        self._api = api
        self._schedule = schedule
        self._clock = clock

    async def logged(self, jobs: Sequence[Job]) -> Logged:
        """Every log row since the oldest attempt of ``jobs``. Raises ServiceError kinds.

        The window is laid out by the service's clock as known so far. Where the answers show that clock to be
        another, the window was a wrong one: it is laid out once more.
        """
        rows: list[LogRow] = []
        for _ in range(_MOST_WINDOWS):
            offset = self._api.clock_offset or 0.0
            found = await self._window_rows(jobs)
            rows += found.rows
            moved = abs((self._api.clock_offset or 0.0) - offset)
            if moved < _MARGIN.total_seconds():
                return Logged(rows, found.complete)
        return Logged(rows, complete=False)

    async def charged_near(self, job: Job, known: Collection[str]) -> bool | None:
        """Whether the ledger has a charge near the attempts, for none of the generations ``known``.

        A model's name rules out only what is known to be another one. None: it cannot be read.
        """
        first, last = self._attempted([job])
        start, end = first - _MARGIN, last + 6 * _MARGIN
        cursor: str | None = None
        try:
            for _ in range(_MOST_PAGES):
                page = await self._api.transactions(start, cursor=cursor)
                for row in page.rows:
                    near = row.created_at is None or start <= row.created_at <= end
                    ours = self._api.may_be_same_model(row.model, job.model)
                    ours = ours and generation(row.reference_id or "") not in known
                    if row.charged and near and ours:
                        return True
                cursor = page.next_cursor
                if cursor is None:
                    return False
                await self._clock.sleep(self._schedule.scaled(_PAGE_GAP))
        except ServiceError:
            return None
        return None

    async def _window_rows(self, jobs: Sequence[Job]) -> Logged:
        """The window stands still, so rows that arrive while paging only push known ones onto the next page:
        seen twice, never missed.
        """
        until = self._clock.service_now(self._api.clock_offset) + _MARGIN
        since = max(self._attempted(jobs)[0] - _MARGIN, until - _LONGEST_WINDOW)
        rows: list[LogRow] = []
        for page_number in range(_MOST_PAGES):
            page = await self._api.logs(since, until, limit=_PAGE, offset=page_number * _PAGE)
            rows += page.rows
            if not page.has_more or _older_than(page.rows, since):
                return Logged(rows, complete=True)
            await self._clock.sleep(self._schedule.scaled(_PAGE_GAP))
        return Logged(rows, complete=False)

    def _attempted(self, jobs: Sequence[Job]) -> tuple[datetime, datetime]:
        """Between which times, by the service's clock, the attempts of ``jobs`` were made.

        They were noted by ours. Whether it was off by as much then as it is now nobody knows, so both are covered.
        """
        noted = [attempt.at for job in jobs for attempt in job.attempts]
        off = timedelta(seconds=self._api.clock_offset or 0.0)
        return min(noted) + min(off, timedelta()), max(noted) + max(off, timedelta())


def _older_than(rows: Sequence[LogRow], moment: datetime) -> bool:
    return bool(rows) and rows[-1].created_at is not None and rows[-1].created_at < moment
