"""Looks up orders whose answer was lost, in the service's request log, by client id.

All orders in doubt share one lookup. Not finding an order proves nothing until ``Search`` says to give up, after a day
of lookups; then the ledger shows whether money was charged. This module never orders again.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from math import inf

from wan_tui.api.wire.records import LogRow
from wan_tui.domain.errors import (
    Failure,
    Forbidden,
    Money,
    NotFound,
    ServiceError,
    Unauthorized,
    Unavailable,
)
from wan_tui.domain.events import Trouble
from wan_tui.domain.ids import new_job_id
from wan_tui.domain.job import Job, JobState
from wan_tui.domain.observations import (
    Accepted,
    Blocked,
    FoundInLog,
    GaveUp,
    Looked,
    Phase,
    TurnedDown,
)
from wan_tui.domain.progress import advance, duplicate, generation, lost
from wan_tui.domain.text import clean_line
from wan_tui.engine.context import EngineContext
from wan_tui.engine.evidence import LOOKING, Evidence
from wan_tui.engine.fingerprints import OTHER_KEY
from wan_tui.engine.schedule import RECOVERY_SPAN
from wan_tui.engine.service_records import Charges, Logged, ServiceRecords
from wan_tui.engine.shared_log import SharedLog

_SHARED = 4.0
"""Seconds within which jobs share a lookup; less than the interval of lookups for one job."""
CHECK_ACCOUNT = "Check your account on the service's website before you order again with r"
_LOG_CLOSED = Failure(
    "log_closed",
    "The answer to the order was lost, and this key may not read the service's log",
    Money.UNKNOWN,
    CHECK_ACCOUNT,
)
_LOOKING = Failure(
    "unconfirmed",
    "The answer to the order was lost",
    Money.UNKNOWN,
    LOOKING,
)
_NAMELESS = Failure(
    "no_generation_id",
    "The service accepted the order, but its log does not name the film",
    Money.CHARGED,
    "wan-tui keeps reading the log; if that does not help, ask the service's support",
)
_LOG_FAILED = Failure(
    "failed_at_service",
    "The service received the order and failed",
    Money.FREE,
    "Order again with r",
)


_LOG_INCOMPLETE = "The service's log could not be read completely"


class Recovery:
    """Moves jobs from *unconfirmed* to *queued* or *failed*."""

    def __init__(
        self,
        context: EngineContext,
    ) -> None:
        self._api = context.api
        self._records = ServiceRecords(context.api, context.schedule, context.clock)
        self._shared_log = SharedLog(self._records, context.schedule, context.clock)
        self._recorder = context.recorder
        self._leases = context.leases
        self._connection = context.connection
        self._schedule = context.schedule
        self._clock = context.clock
        self._announce = context.announce
        self._fingerprints = context.fingerprints
        self._instance = context.instance
        self._evidence = Evidence(context.api, context.schedule, context.clock)
        self._looks: dict[str, int] = {}
        self._looked_at: dict[str, float] = {}
        self._look: asyncio.Task[None] | None = None

    def delay(self, job: Job) -> float:
        """Seconds until the next lookup of this job; 0 if another run sent the order."""
        looks = self._looks.get(job.id)
        if looks is None and [one.instance for one in job.attempts[-1:]] != [self._instance]:
            return 0.0
        return self._schedule.look(looks or 0)

    async def step(self, job: Job) -> None:
        """Look up once, shared with the other jobs; a recent lookup counts."""
        await self._connection.key_ready()
        if self._look is None or self._look.done():
            if self._clock.monotonic() < self._looked_at.get(job.id, -inf) + self._schedule.scaled(_SHARED):
                return
            self._look = asyncio.create_task(self._look_for_all(), name="look for lost orders")
        await asyncio.shield(self._look)

    async def stop(self) -> None:
        """Cancel a running lookup."""
        await self._shared_log.stop()
        if self._look is not None:
            self._look.cancel()
            await asyncio.gather(self._look, return_exceptions=True)

    async def find_order(self, job: Job) -> bool:
        """Look up one job once, in the log and by every id from a refusal; return whether the service has it.

        Raises ServiceError if it cannot be determined.
        """
        for generation_id in job.refused_ids:
            with contextlib.suppress(NotFound):
                report = await self._api.fetch(generation_id, job.endpoint)
                if report.phase not in (Phase.GONE, Phase.FAILED):
                    await self._recorder.record(job.id, Accepted(report))
                    return True
        logged = await self._connection.with_key_retry(lambda: self._shared_log.logged(job))
        succeeded = [row for row in logged.of(job) if row.succeeded]
        named = [row for row in succeeded if row.generation_id]
        if named:
            await self._found(job, named)
        elif succeeded:
            raise Unavailable(_NAMELESS.message, next_step=_NAMELESS.next_step)
        elif not logged.complete:
            raise Unavailable(_LOG_INCOMPLETE)
        return bool(named)

    async def look_again(self, job: Job) -> bool:
        """Look up an order that was given up: in the log, then by its charge in the ledger if there is only one.

        Returns whether it was found. Raises ServiceError if it cannot be determined.
        """
        if await self.find_order(job):
            return True
        if not self._fingerprints.same_key(job):
            raise Unavailable(OTHER_KEY.message, next_step=OTHER_KEY.next_step)
        try:
            charges = await self.charges(job)
        except Forbidden:  # this key may read the log only
            return False
        sole = len(charges.rows) == 1 and charges.complete
        if sole and (generation_id := charges.rows[0].reference_id):
            await self._recorder.record(job.id, FoundInLog(generation_id))
            return True
        return False

    async def charges(self, job: Job) -> Charges:
        """Charges since ``job`` was sent, for films that are not in the history. Raises ServiceError, LibraryError."""
        found = await self._records.charges_since(job, await self._generations_since(job))
        if not found.rows:
            return found
        # Another order may have been accepted since: here while the ledger was read, elsewhere a little earlier.
        await self._recorder.latest(job.id)
        known = await self._generations_since(job)
        return replace(
            found, rows=[row for row in found.rows if generation(row.reference_id or "") not in known]
        )

    def others_on_their_way(self) -> bool:
        """Whether orders were sent whose generation is not known yet, so that an unexplained charge may be theirs."""
        at_work = self._recorder.history.index.at_work()
        return bool(at_work[JobState.SUBMITTING] + at_work[JobState.UNCONFIRMED])

    async def look_up(self, job: Job) -> bool:
        """Look up a job in the log when the service knows none of its ids; return whether the log names another id or
        says that the request failed, so that the id was only that of the failed request. Raises ServiceError.
        """
        logged = await self._shared_log.logged(job)
        rows = logged.of(job)
        if rows and not any(row.succeeded for row in rows) and _last_failed(job, rows):
            await self._recorder.record(job.id, GaveUp(_LOG_FAILED))
            return True
        named = [row for row in rows if row.succeeded and row.generation_id]
        known = set(map(generation, job.generation_ids))
        new = [row for row in named if generation(row.generation_id or "") not in known]
        for row in new:
            await self._recorder.record(job.id, FoundInLog(row.generation_id or "", row.cost))
        if not logged.complete:
            raise Unavailable(_LOG_INCOMPLETE)
        return bool(new)

    async def _look_for_all(self) -> None:
        # Jobs leased by another process are looked up there: both would create jobs for the same duplicates.
        held = await self._recorder.run(lambda: self._leases.held)
        jobs = [
            job
            for job_id in self._recorder.history.index.pending()
            if job_id in held
            and (job := self._recorder.history.get(job_id))
            and job.state is JobState.UNCONFIRMED
            and job.attempts
        ]
        for job in jobs:
            self._looks[job.id] = self._looks.get(job.id, 0) + 1
            self._looked_at[job.id] = self._clock.monotonic()
        if jobs and (logged := await self._read_log(jobs)):
            for job in jobs:
                await self._settle(job, logged)

    async def _read_log(self, jobs: Sequence[Job]) -> Logged | None:
        """The log since the attempts of ``jobs``; None if unreadable, which is recorded if the key may not read it."""
        try:
            logged = await self._connection.with_key_retry(lambda: self._records.logged(jobs))
        except Unauthorized as error:
            self._connection.key_refused(error)
            return None
        except ServiceError as error:
            self._connection.report_failure(error)
            if isinstance(error, Forbidden):
                for job in jobs:
                    await self._recorder.record(job.id, Blocked(_LOG_CLOSED))
            return None
        self._connection.report_success()
        return logged

    async def _settle(self, job: Job, logged: Logged) -> None:
        rows = logged.of(job)
        succeeded = [row for row in rows if row.succeeded]
        named = [row for row in succeeded if row.generation_id]
        if named:
            await self._found(job, named)
        elif succeeded:
            await self._recorder.record(job.id, Blocked(_NAMELESS))
        elif _last_failed(job, rows):
            await self._recorder.record(job.id, TurnedDown(_LOG_FAILED))
        elif not self._fingerprints.same_key(job):
            await self._recorder.record(job.id, Blocked(OTHER_KEY))
        elif logged.complete:
            await self._record_miss(job)

    async def _record_miss(self, job: Job) -> None:
        """Record an unsuccessful lookup; give up if there were enough."""
        search = self._evidence.looked(job)
        await self._recorder.record(job.id, Looked(search))
        if search.exhausted(self._schedule.scaled(RECOVERY_SPAN)):
            await self._recorder.record(job.id, GaveUp(await self._verdict(job)))
        elif job.problem in (OTHER_KEY, _LOG_CLOSED):
            await self._recorder.record(job.id, Blocked(_LOOKING))

    async def _found(self, job: Job, rows: Sequence[LogRow]) -> None:
        """Record the first row for the job; for any other, a duplicate film that was charged, add a new job.

        Those are added first, since a found job is not looked up again. Raises LibraryError.
        """
        sightings = [FoundInLog(row.generation_id or "", row.cost) for row in rows]
        now, known, traced = self._clock.now(), await self._generations_since(job), job
        for seen in sightings:
            before, traced = traced, advance(traced, seen, now)
            more = before.generation_ids and len(traced.generation_ids) > len(before.generation_ids)
            if more and generation(seen.generation_id) not in known:
                await self._recorder.add(
                    duplicate(before, seen, new_job_id(now, random.getrandbits(80)), now)
                )
        for seen in sightings:
            job = await self._recorder.record(job.id, seen)
        if len(job.generation_ids) > 1:
            self._announce(
                Trouble(
                    f"The service made one order {len(job.generation_ids)} times and charged for each",
                    f"All films will be fetched; ask its support about {', '.join(job.generation_ids)}",
                )
            )

    async def _verdict(self, job: Job) -> Failure:
        """The failure of an order that was not found within a day."""
        try:
            charges = await self.charges(job)
        except ServiceError:
            charges = Charges((), complete=False)
        message = "The order was not found in the service's log for a day"
        if charges.complete and not charges.rows:
            message += ", and its ledger shows no charge"
            return lost(message, Money.FREE, "Order again with r", "not_found")
        next_step = CHECK_ACCOUNT
        if charges.rows:
            ids = clean_line(", ".join(row.reference_id or "without an id" for row in charges.rows[:3]), 200)
            message += f"; its ledger has a charge that may be for it ({ids})"
            next_step = "f fetches its film if it is the only such charge; otherwise check your account"
        return lost(message, Money.UNKNOWN, next_step, "not_found")

    async def _generations_since(self, job: Job) -> set[str]:
        """Ids of all generations in the history since shortly before ``job``."""
        history, since = self._recorder.history, job.created_at - timedelta(days=2)
        return set(map(generation, await self._recorder.run(lambda: history.generation_ids(since))))


def _last_failed(job: Job, rows: Sequence[LogRow]) -> bool:
    """Whether the log says that the last attempt of ``job`` failed."""
    last = job.attempts[-1].client_id
    return any(row.client_request_id == last and not row.succeeded for row in rows)
