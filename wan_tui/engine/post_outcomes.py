"""Outcome of a POST: accepted, refused, not sent or in doubt; and when to retry if that is safe."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import replace

from wan_tui.api.client import Submission
from wan_tui.domain.crashpoints import crash_point
from wan_tui.domain.errors import (
    Failure,
    Money,
    NoCredits,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Refused,
    ServiceError,
    Unauthorized,
    Unreachable,
    WanTuiError,
)
from wan_tui.domain.events import Trouble
from wan_tui.domain.job import Job
from wan_tui.domain.observations import (
    Accepted,
    IdSeen,
    InDoubt,
    NothingSent,
    Observation,
    Phase,
    StatusReport,
    TurnedDown,
)
from wan_tui.engine.context import EngineContext
from wan_tui.engine.prices import Prices
from wan_tui.engine.schedule import MAX_RATE_LIMIT_WAIT, RATE_LIMIT_WAITS, SUBMIT_RETRIES
from wan_tui.engine.send_guard import LOG_LAG, SendGuard

_ASK_AFTER_REFUSAL = (15.0, 120.0)
"""Seconds until an id from a refusal is looked up again: a new id may not be known at once."""

_RETRY = "f in the studio retries"
_INTENT_CHANGED = Failure(
    "not_sent",
    "The order was changed by another wan-tui before it was sent from here",
    Money.FREE,
    "It will be sent automatically unless the other one sent it",
)


class PostOutcomes:
    """Records the outcome of each POST."""

    def __init__(self, context: EngineContext, prices: Prices, guard: SendGuard) -> None:
        self._api = context.api
        self._recorder = context.recorder
        self._connection = context.connection
        self._schedule = context.schedule
        self._clock = context.clock
        self._announce = context.announce
        self._prices = prices
        self._guard = guard
        self._asking: set[asyncio.Task[None]] = set()
        self._tries: dict[str, int] = {}
        self.waits: dict[str, float | None] = {}
        """Seconds until an order may be sent; None: only on the user's request or with a new key."""

    def reset(self, job_id: str) -> None:
        """Forget earlier attempts: the order may be sent now."""
        self.waits.pop(job_id, None)
        self._tries.pop(job_id, None)

    async def stop(self) -> None:
        """Cancel lookups of ids from refusals, and wait until they have ended: none may outlive the library."""
        asking = list(self._asking)
        for one in asking:
            one.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    async def accepted(self, job: Job, submission: Submission) -> None:
        """The service accepted the order: write its ids to disk before announcing it."""
        crash_point("before-id")
        for generation_id in submission.generation_ids:
            await self._recorder.record(job.id, IdSeen(generation_id))
        await self._recorder.record(job.id, Accepted(submission.report, submission.reply))
        crash_point("after-id")
        self._connection.report_success()
        if not submission.echoed:
            self._announce(
                Trouble(
                    "The service did not return our request id, so a lost answer could not be looked up",
                    "The order itself was accepted",
                )
            )

    async def failed(self, job: Job, client_id: str, error: ServiceError) -> None:
        """Record a failed POST. An id in a refusal is looked up: it may name a film after all."""
        ids = error.generation_ids if isinstance(error, Refused) else ()
        if (report := await self._known(job, ids)) is not None:
            await self._recorder.record(job.id, Accepted(report))
            return
        for generation_id in () if isinstance(error, Refused) else error.generation_ids:
            await self._recorder.record(job.id, IdSeen(generation_id))
        outcome = self._outcome(job, client_id, error)
        if isinstance(outcome, NothingSent) and not isinstance(error, RateLimited):
            self._guard.not_sent(job.id)
        await self._recorder.record(job.id, outcome)
        if isinstance(outcome, TurnedDown) and ids:
            asking = asyncio.create_task(self._ask_later(job, ids), name=f"ids of {job.id}")
            self._asking.add(asking)
            asking.add_done_callback(self._asking.discard)
        if isinstance(error, NoCredits | Unauthorized):
            await self._prices.refresh_balance()

    async def intent_changed(self, job: Job, client_id: str) -> None:
        """Another process changed the order, or the history was replaced, before sending: nothing was sent from here.

        If this is still the last attempt, other processes rely on this record. The job may no longer exist.
        """
        with contextlib.suppress(KeyError):
            await self._recorder.record_all([(job.id, NothingSent(client_id, _INTENT_CHANGED))])

    async def not_sent(self, job: Job, client_id: str, error: Exception) -> None:
        """A local error prevented sending: the user decides when to retry."""
        self._guard.not_sent(job.id)
        self.waits[job.id] = None
        await self._recorder.record(job.id, NothingSent(client_id, _local_failure(error)))

    async def _known(self, job: Job, ids: Sequence[str]) -> StatusReport | None:
        """The report for the first of ``ids`` that the service has a film for, made or being made."""
        for generation_id in ids:
            with contextlib.suppress(ServiceError):
                report = await self._api.fetch(generation_id, job.endpoint)
                if report.phase not in (Phase.GONE, Phase.FAILED):
                    return report
        return None

    async def _ask_later(self, job: Job, ids: Sequence[str]) -> None:
        for seconds in _ASK_AFTER_REFUSAL:
            await self._clock.sleep(self._schedule.scaled(seconds))
            if (report := await self._known(job, ids)) is not None:
                await self._recorder.record(job.id, Accepted(report))
                return

    def _outcome(self, job: Job, client_id: str, error: ServiceError) -> Observation:
        """The observation for a failed POST. Sets when to retry if that is safe."""
        tries = self._tries[job.id] = self._tries.get(job.id, 0) + 1
        ids = error.generation_ids
        match error:
            case Unreachable() if tries <= len(SUBMIT_RETRIES):
                self._connection.report_failure(error)
                self.waits[job.id] = self._schedule.scaled(SUBMIT_RETRIES[tries - 1])
                return NothingSent(client_id, error.failure(), ids)
            case NotSent():
                self._connection.report_failure(error)
                self.waits[job.id] = None
                return NothingSent(client_id, _needs_user(error), ids)
            case RateLimited() if tries <= len(RATE_LIMIT_WAITS):
                own = self._schedule.scaled(RATE_LIMIT_WAITS[tries - 1])
                wait = own if error.retry_after is None else min(error.retry_after, MAX_RATE_LIMIT_WAIT)
                # With an id it may have been accepted after all; id and log show that only after a delay.
                self.waits[job.id] = max(wait, self._schedule.scaled(LOG_LAG)) if ids else wait
                return NothingSent(client_id, error.failure(), ids)
            case RateLimited():
                self.waits[job.id] = None
                return NothingSent(client_id, _needs_user(error), ids)
            case Refused():
                return TurnedDown(error.failure(), ids)
        return InDoubt(
            (error if isinstance(error, OutcomeUnknown) else OutcomeUnknown(error.message)).failure()
        )


def _needs_user(error: ServiceError) -> Failure:
    """The failure after the last automatic retry."""
    failure = error.failure()
    if not isinstance(error, Unreachable | RateLimited):
        return failure
    return replace(failure, next_step="f in the studio or wan-tui sync sends it, x withdraws it")


def _local_failure(error: Exception) -> Failure:
    """The failure for a local error before the order was sent."""
    if isinstance(error, WanTuiError):
        return Failure(error.code, error.message, Money.FREE, error.next_step or _RETRY)
    return Failure(
        "not_sent",
        f"The order could not be sent because of a bug in wan-tui ({type(error).__name__})",
        Money.FREE,
        _RETRY,
    )
