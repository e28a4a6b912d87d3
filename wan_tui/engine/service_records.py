"""Reads the service's records of our orders: its request log and its ledger of charges.

The log is read for a period up to the service's current time, so that our clock does not matter.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from wan_tui.api.client import ApiClient
from wan_tui.api.wire.records import LedgerRow, LogRow
from wan_tui.domain.errors import ServiceError, Unavailable
from wan_tui.domain.job import Attempt, Job
from wan_tui.domain.progress import generation
from wan_tui.engine.clock import Clock
from wan_tui.engine.schedule import Schedule

_MARGIN = timedelta(hours=1)
"""Tolerance for clock differences between the service's machines."""
_LEAST_PERIOD = timedelta(days=1)
_UNCERTAIN_PERIOD = timedelta(days=31)
"""Period for attempts without the service's time: our clock may have been off by days."""
_LONGEST_PERIOD = timedelta(days=92)
_PAGE = 100
_MOST_PAGES = 200
_PAGE_GAP = 1.0
"""Seconds between two pages: the log allows 200 requests a minute in total."""
_MOST_TRIES = 2


@dataclass(frozen=True, slots=True)
class Logged:
    """Log rows, newest first. ``complete``: the whole period was read, so a missing row is evidence."""

    rows: Sequence[LogRow]
    complete: bool

    def of(self, job: Job) -> list[LogRow]:
        """This job's rows without duplicates, whichever process sent the order."""
        # A failed request has no generation id, so its client id is the key.
        found = {
            row.generation_id or row.client_request_id: row
            for row in self.rows
            if job.sent_as(row.client_request_id)
        }
        return list(found.values())


@dataclass(frozen=True, slots=True)
class Charges:
    """Ledger rows. ``complete``: the whole period was read; False also if nothing could be read."""

    rows: Sequence[LedgerRow]
    complete: bool


class ServiceRecords:
    """Reads log and ledger since the attempts of jobs, page by page."""

    def __init__(self, api: ApiClient, schedule: Schedule, clock: Clock) -> None:
        self._api = api
        self._schedule = schedule
        self._clock = clock

    async def logged(self, jobs: Sequence[Job]) -> Logged:
        """All log rows since the oldest attempt of ``jobs``. Raises ServiceError.

        The period depends on the service's clock; if the answers change what is known of it, the log is read again.
        """
        rows: list[LogRow] = []
        for _ in range(_MOST_TRIES):
            period = self._period(jobs)
            found = await self._rows(jobs, min(period, _LONGEST_PERIOD))
            rows += found.rows
            if self._period(jobs) <= period + _MARGIN:
                return Logged(rows, found.complete and period <= _LONGEST_PERIOD)
        return Logged(rows, complete=False)

    async def charges_since(self, job: Job, known: Collection[str]) -> Charges:
        """Charges since the first attempt of ``job`` that may be for it: maybe its model, none of the generations
        ``known``. Reads up to now, since a film may be charged when it is finished, hours later.

        Raises ServiceError if the ledger cannot be read completely and no charge was found.
        """
        start = self._first_charge(job)
        matches: list[LedgerRow] = []
        cursor: str | None = None
        try:
            for _ in range(_MOST_PAGES):
                page = await self._api.transactions(start, cursor=cursor)
                for row in page.rows:
                    since = row.created_at is None or start <= row.created_at
                    ours = self._api.may_be_same_model(row.model, job.model)
                    if row.charged and since and ours and generation(row.reference_id or "") not in known:
                        matches.append(row)
                cursor = page.next_cursor
                if cursor is None:
                    return Charges(matches, complete=True)
                await self._clock.sleep(self._schedule.scaled(_PAGE_GAP))
        except ServiceError:
            if not matches:
                raise
        if not matches:
            raise Unavailable("The service's ledger could not be read completely")
        return Charges(matches, complete=False)

    async def _rows(self, jobs: Sequence[Job], period: timedelta) -> Logged:
        """Read pages. Rows that arrive meanwhile only shift known ones to the next page: duplicates, no gaps."""
        first = self._first(jobs)
        rows: list[LogRow] = []
        for page_number in range(_MOST_PAGES):
            page = await self._api.logs(period=period, limit=_PAGE, offset=page_number * _PAGE)
            rows += page.rows
            if not page.has_more or (first is not None and _older_than(page.rows, first - _MARGIN)):
                return Logged(rows, complete=True)
            await self._clock.sleep(self._schedule.scaled(_PAGE_GAP))
        return Logged(rows, complete=False)

    def _first(self, jobs: Sequence[Job]) -> datetime | None:
        """Time of the first attempt of ``jobs`` by the service's clock; None if uncertain: not recorded, or in the
        future, so that a clock was wrong.
        """
        noted = [attempt.service_at for job in jobs for attempt in job.attempts]
        certain = [at for at in noted if at is not None and not self._in_future(at)]
        return min(certain) if certain and len(certain) == len(noted) else None

    def _in_future(self, moment: datetime) -> bool:
        return moment > self._clock.service_now(self._api.clock_offset) + _MARGIN

    def _period(self, jobs: Sequence[Job]) -> timedelta:
        """The period that contains every attempt of ``jobs``."""
        ages = [self._age(attempt) for job in jobs for attempt in job.attempts]
        ages += [self._distance(job.created_at) for job in jobs if not job.attempts]
        return max([_LEAST_PERIOD, *ages]) + _MARGIN

    def _age(self, attempt: Attempt) -> timedelta:
        if attempt.service_at is None:
            return max(_UNCERTAIN_PERIOD, self._distance(attempt.at))
        return self._distance(attempt.service_at)

    def _distance(self, moment: datetime) -> timedelta:
        """Distance between ``moment`` and the service's now, in either direction: a clock may have been set back."""
        return abs(self._clock.service_now(self._api.clock_offset) - moment)

    def _first_charge(self, job: Job) -> datetime:
        """The earliest time, by the service's clock, of a possible charge for ``job``.

        Without the service's time of an attempt, both our time and our time corrected by the current offset count. A
        time in the future, or an unknown offset, adds ``_UNCERTAIN_PERIOD``. The order is at least as old as the
        search for it.
        """
        offset = self._api.clock_offset
        off, now = timedelta(seconds=offset or 0.0), self._clock.service_now(offset)
        noted = [at for one in job.attempts for at in _moments(one, off)]
        noted = noted or [job.created_at, job.created_at + off]
        unknown = offset is None and any(one.service_at is None for one in job.attempts)
        doubtful = unknown or any(map(self._in_future, noted))
        looked_for = timedelta(seconds=job.search.seconds if job.search else 0.0)
        first = min(*noted, now - looked_for) - _MARGIN
        return first - _UNCERTAIN_PERIOD if doubtful else first


def _moments(attempt: Attempt, off: timedelta) -> list[datetime]:
    return [attempt.service_at] if attempt.service_at else [attempt.at, attempt.at + off]


def _older_than(rows: Sequence[LogRow], moment: datetime) -> bool:
    return bool(rows) and rows[-1].created_at is not None and rows[-1].created_at < moment
