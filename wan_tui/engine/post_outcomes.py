"""What became of a POST: taken, refused, not sent or in doubt; and when to try again where that is safe."""

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
from wan_tui.engine.schedule import LONGEST_RATE_LIMIT_WAIT, RATE_LIMIT_WAITS, SUBMIT_RETRIES
from wan_tui.engine.send_guard import LOG_LAG, SendGuard

_ASK_AFTER_REFUSAL = (15.0, 120.0)
"""Seconds after which an id that came with a refusal is asked about once more: a fresh one may not be known at once."""

_OVERTAKEN = Failure(
    "not_sent",
    "The order was changed by another wan-tui before it was sent from here",
    Money.FREE,
    "It is sent by itself, unless it was sent from there",
)


class PostOutcomes:
    """Records what each POST came to."""

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
        """Seconds until an order may be sent; None: not before the user, or a new key, says so."""

    def begin_anew(self, job_id: str) -> None:
        """Forget earlier tries: it may be sent now."""
        self.waits.pop(job_id, None)
        self._tries.pop(job_id, None)

    def stop(self) -> None:
        """Ask no more about ids that came with a refusal."""
        for asking in self._asking:
            asking.cancel()

    async def taken(self, job: Job, submission: Submission) -> None:
        """The service has the order: its ids are on disk before anybody is told."""
        crash_point("before-id")
        for generation_id in submission.generation_ids:
            await self._recorder.record(job.id, IdSeen(generation_id))
        await self._recorder.record(job.id, Accepted(submission.report, submission.reply))
        crash_point("after-id")
        self._connection.works()
        if not submission.echoed:
            self._announce(
                Trouble(
                    "The service did not repeat our request id: a lost answer could not be found again",
                    "The order itself was accepted",
                )
            )

    async def failed(self, job: Job, client_id: str, error: ServiceError) -> None:
        """Record what a failed POST means. An id on a refusal is asked about: it may be a film's after all."""
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

    async def overtaken(self, job: Job, client_id: str) -> None:
        """Another process changed the order, or the history was replaced, before it left: nothing was sent from here.

        Where this is still the last attempt, all the others have to go by is this proof. The job may be gone as well.
        """
        with contextlib.suppress(KeyError):
            await self._recorder.record_all([(job.id, NothingSent(client_id, _OVERTAKEN))])

    async def not_sent(self, job: Job, client_id: str, error: Exception) -> None:
        """A fault on this side kept the order from leaving: the user says when it is tried again."""
        self._guard.not_sent(job.id)
        self.waits[job.id] = None
        await self._recorder.record(job.id, NothingSent(client_id, _before_sending(error)))

    async def _known(self, job: Job, ids: Sequence[str]) -> StatusReport | None:
        """What the service says of the first of ``ids`` that is a film's, made or being made."""
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
        """What a failed POST means for the job, and when to try again where that is safe."""
        tries = self._tries[job.id] = self._tries.get(job.id, 0) + 1
        ids = error.generation_ids
        match error:
            case Unreachable() if tries <= len(SUBMIT_RETRIES):
                self._connection.fails(error)
                self.waits[job.id] = self._schedule.scaled(SUBMIT_RETRIES[tries - 1])
                return NothingSent(client_id, error.failure(), ids)
            case NotSent():
                self._connection.fails(error)
                self.waits[job.id] = None
                return NothingSent(client_id, _users_turn(error), ids)
            case RateLimited() if tries <= len(RATE_LIMIT_WAITS):
                own = self._schedule.scaled(RATE_LIMIT_WAITS[tries - 1])
                wait = own if error.retry_after is None else min(error.retry_after, LONGEST_RATE_LIMIT_WAIT)
                # With an id it may have been taken all the same: neither the id nor the log shows that at once.
                self.waits[job.id] = max(wait, self._schedule.scaled(LOG_LAG)) if ids else wait
                return NothingSent(client_id, error.failure(), ids)
            case RateLimited():
                self.waits[job.id] = None
                return NothingSent(client_id, _users_turn(error), ids)
            case Refused():
                return TurnedDown(error.failure(), ids)
        return InDoubt(
            (error if isinstance(error, OutcomeUnknown) else OutcomeUnknown(error.message)).failure()
        )


def _users_turn(error: ServiceError) -> Failure:
    """It was tried often enough: nothing happens by itself any more."""
    failure = error.failure()
    if not isinstance(error, Unreachable | RateLimited):
        return failure
    return replace(failure, next_step="In the studio f sends it, x withdraws it; wan-tui sync sends it, too")


def _before_sending(error: Exception) -> Failure:
    """Something on this side failed before the order could leave."""
    if isinstance(error, WanTuiError):
        return Failure(
            error.code, error.message, Money.FREE, error.next_step or "In the studio f tries again"
        )
    return Failure(
        "not_sent",
        f"The order could not be sent because of a fault of this program ({type(error).__name__})",
        Money.FREE,
        "In the studio f tries again",
    )
