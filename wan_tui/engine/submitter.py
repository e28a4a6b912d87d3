"""Sends orders: the intent is on disk before the socket opens, the id before "accepted" is announced.

An order is one POST. It is retried automatically only on proof that the previous attempt was not sent or was rejected;
in doubt it is looked up, never resent. ``SendGuard`` decides whether it may be sent, and right before the first byte
the history is read again under the lock: the intent must still be the one written here.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace

from wan_tui.domain.crashpoints import crash_point
from wan_tui.domain.errors import (
    NO_KEY,
    Failure,
    LibraryError,
    Money,
    ServiceError,
    SpendingOff,
)
from wan_tui.domain.events import Trouble
from wan_tui.domain.job import Job, JobState
from wan_tui.domain.observations import (
    Blocked,
    IdSeen,
    InDoubt,
    NothingSent,
    Sending,
)
from wan_tui.engine.context import EngineContext
from wan_tui.engine.evidence import LOOKING
from wan_tui.engine.order_checks import OrderChecks
from wan_tui.engine.post_outcomes import PostOutcomes
from wan_tui.engine.prices import Prices
from wan_tui.engine.schedule import FRESH_ORDER
from wan_tui.engine.send_guard import CHECKING, SendGuard

_OPEN_POSTS = 2
_NO_KEY = Failure("no_key", NO_KEY, Money.FREE, "Enter a key; the order is then sent automatically")
_STALE = Failure(
    "held",
    "The order is older than 15 minutes and was not sent",
    Money.FREE,
    "f in the studio sends it now, x withdraws it",
)
_LEFT = Failure(
    "unconfirmed",
    "wan-tui quit before the answer to the order arrived",
    Money.UNKNOWN,
    "It will be looked up at the next start",
)
_BROKEN_OFF = Failure(
    "not_sent", "wan-tui quit before the order was sent", Money.FREE, "It will be sent at the next start"
)

_OWN_FAULT = Failure(
    "unconfirmed",
    "The answer to the order was lost because of a bug in wan-tui",
    Money.UNKNOWN,
    LOOKING,
)


class _IntentChanged(Exception):
    """The intent on disk is not the one written here."""


class Submitter:
    """Moves jobs from *waiting* to *queued*, *failed*, *unconfirmed* or back."""

    def __init__(
        self,
        context: EngineContext,
        prices: Prices,
        checks: OrderChecks,
        guard: SendGuard,
        spending_off: SpendingOff | None = None,
    ) -> None:
        self._api = context.api
        self._recorder = context.recorder
        self._connection = context.connection
        self._prices = prices
        self._checks = checks
        self._guard = guard
        self._outcomes = PostOutcomes(context, prices, guard)
        self._fingerprints = context.fingerprints
        self._clock = context.clock
        self._announce = context.announce
        self._instance = context.instance
        self._spending_off = spending_off
        self._open = asyncio.Semaphore(_OPEN_POSTS)
        self._sending: dict[str, asyncio.Task[None]] = {}
        self._retry_now: set[str] = set()

    @property
    def sending(self) -> frozenset[str]:
        """Ids of the jobs whose order is being sent."""
        return frozenset(self._sending)

    def made_here(self, job_id: str) -> None:
        """This process created the order, so it may be sent without a lookup."""
        self._guard.made_here(job_id)

    def retry_now(self, job_id: str) -> None:
        """Send the order now, regardless of its age and earlier failures: there is a new key, or the user asked."""
        self._retry_now.add(job_id)
        self._outcomes.reset(job_id)

    def force(self, job: Job) -> None:
        """The user asked to send this job now."""
        self.retry_now(job.id)
        self._guard.overridden(job)

    def delay(self, job: Job) -> float | None:
        """Seconds until the order may be sent; None: only on the user's request or with a new key."""
        return self._outcomes.waits.get(job.id, 0.0)

    async def step(self, job: Job) -> None:
        """Send the order unless something blocks it; record the outcome."""
        if held := self._held(job):
            await self._hold(job, held, None)
            return
        verdict = await self._guard.verdict(job)
        # If an earlier run has already held it as stale, one more lookup is enough.
        if self._stale(job) and (verdict.send or (verdict.why == CHECKING and job.problem == _STALE)):
            await self._hold(job, _STALE, None)
            return
        if not verdict.send:
            await self._hold(job, verdict.why, verdict.wait)
            return
        if obstacle := await self._checks.obstacle(job):
            await self._hold(job, obstacle, None)
            return
        async with self._open:
            sending = asyncio.create_task(self._send(job), name=f"order {job.id}")
            self._sending[job.id] = sending
            sending.add_done_callback(lambda _: self._sending.pop(job.id, None))
            # Esc, a closed screen or quitting cancel the waiting caller, never the POST.
            await asyncio.shield(sending)

    async def finish(self, seconds: float) -> None:
        """Wait up to ``seconds`` for the answers to orders being sent; the rest become unconfirmed."""
        orders = dict(self._sending)
        if orders:
            await asyncio.wait(orders.values(), timeout=seconds)
        for job_id, sending in orders.items():
            if not sending.done():
                sending.cancel()
                await asyncio.wait([sending])
                # Don't block exit on a write error: a job still *submitting* at restart becomes unconfirmed.
                with contextlib.suppress(LibraryError):
                    await self._recorder.record(job_id, InDoubt(_LEFT), retry=False)
        # Last: an order that was being sent may have started one.
        await self._outcomes.stop()

    def _held(self, job: Job) -> Failure | None:
        """What blocks all orders. A job's doubt about its charge is kept."""
        if self._spending_off is not None:
            why = self._spending_off.failure()
        elif self._api.key is None:
            why = _NO_KEY
        else:
            return None
        in_doubt = job.problem is not None and job.problem.money is Money.UNKNOWN
        return replace(why, money=Money.UNKNOWN) if in_doubt else why

    def _stale(self, job: Job) -> bool:
        """Whether the order is too old to be sent without asking. The caller says so only after a lookup, since its
        record may come from a backup.
        """
        return self._guard.age(job) > FRESH_ORDER and job.id not in self._retry_now

    async def _hold(self, job: Job, why: Failure | None, seconds: float | None) -> None:
        """Hold the order for ``seconds`` (None: until the user acts), once the reason is on disk, so that no older
        reason is shown.
        """

        def wait() -> None:
            self._outcomes.waits[job.id] = seconds

        if why is None:
            wait()
        else:
            await self._recorder.record(job.id, Blocked(why), then=wait)

    async def _send(self, job: Job) -> None:
        if self._api.clock_offset is None:
            # The intent records the service's time, which later lookups need.
            await self._prices.refresh_balance()
        client_id = job.client_id(self._instance)
        try:
            await self._api.prepare()
        except ServiceError as error:  # nothing was sent
            self._connection.report_failure(error)
            await self._hold(job, error.failure(), None)
            return
        crash_point("before-intent")
        job = await self._intend(job, client_id)
        if not _is_mine(job, client_id):
            return  # withdrawn or sent by another process
        crash_point("after-intent")
        await self._post(job, client_id)

    async def _intend(self, job: Job, client_id: str) -> Job:
        known = self._api.clock_offset is not None
        intent = Sending(
            client_id,
            self._fingerprints.current(),
            self._prices.known(job.model),
            self._clock.service_now(self._api.clock_offset) if known else None,
        )
        try:
            job = await self._recorder.record(job.id, intent, retry=False)
        except LibraryError as error:
            self._outcomes.waits[job.id] = None
            self._announce(
                Trouble(f"Nothing was ordered: {error.message}", error.next_step or "Press f to retry")
            )
        return job

    async def _post(self, job: Job, client_id: str) -> None:
        """POST once. An error before the first byte means that nothing was sent."""
        leaving = False

        async def before_send() -> None:
            nonlocal leaving
            crash_point("before-send")
            # The history may have been changed or replaced while connecting.
            if not _is_mine(await self._recorder.newest(job.id), client_id):
                raise _IntentChanged
            self._guard.leaving(job.id)
            leaving = True

        async def id_seen(generation_id: str) -> None:
            crash_point("after-headers")
            await self._recorder.record(job.id, IdSeen(generation_id))

        try:
            submission = await self._api.submit(
                job.request, client_id, job.endpoint, id_seen=id_seen, before_send=before_send
            )
        except _IntentChanged:
            await self._outcomes.intent_changed(job, client_id)
        except ServiceError as error:
            await self._outcomes.failed(job, client_id, error)
        except asyncio.CancelledError:
            if not leaving:
                with contextlib.suppress(LibraryError):
                    await self._recorder.record(job.id, NothingSent(client_id, _BROKEN_OFF), retry=False)
            raise
        except Exception as error:
            if not leaving:
                await self._outcomes.not_sent(job, client_id, error)
                return
            await self._recorder.record(job.id, InDoubt(_OWN_FAULT))
            raise
        else:
            await self._outcomes.accepted(job, submission)


def _is_mine(job: Job | None, client_id: str) -> bool:
    """Whether the intent on disk is the one written here with ``client_id``."""
    if job is None or job.state is not JobState.SUBMITTING:
        return False
    return [attempt.client_id for attempt in job.attempts[-1:]] == [client_id]
