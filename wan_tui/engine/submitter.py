"""Sending an order: the intent is on disk before the socket opens, the id before anyone is told "accepted".

An order is one POST. It is sent again by itself only on proof that the one before did not leave or was turned
away; in doubt it is looked for, never repeated. Whether it may be sent at all ``SendGuard`` says, and right before its
first byte the history is read once more, under the lock: the intent must still be the one that was written here.
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
from wan_tui.engine.order_checks import OrderChecks
from wan_tui.engine.post_outcomes import PostOutcomes
from wan_tui.engine.prices import Prices
from wan_tui.engine.schedule import FRESH_ORDER
from wan_tui.engine.send_guard import CHECKING, SendGuard

_OPEN_POSTS = 2
_NO_KEY = Failure("no_key", NO_KEY, Money.FREE, "Enter a key; the order is then sent automatically")
_STALE = Failure(
    "held",
    "The order is older than 15 minutes and was never sent",
    Money.FREE,
    "In the studio f sends it now, x withdraws it",
)
_LEFT = Failure(
    "unconfirmed",
    "The program was closed before the answer to the order came",
    Money.UNKNOWN,
    "It is looked for at the next start",
)
_BROKEN_OFF = Failure(
    "not_sent", "The program was closed before the order was sent", Money.FREE, "It is sent at the next start"
)

_OWN_FAULT = Failure(
    "unconfirmed",
    "The answer to the order was lost through a fault of this program",
    Money.UNKNOWN,
    "It is being looked for in the service's log",
)


class _Overtaken(Exception):
    """The intent on disk is not, or no longer, the one written here."""


class Submitter:
    """Takes jobs from *waiting* to *queued*, *failed*, *unconfirmed* or back."""

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
        self._urged: set[str] = set()

    @property
    def sending(self) -> frozenset[str]:
        """Ids of the jobs whose order is on its way at this moment."""
        return frozenset(self._sending)

    def made_here(self, job_id: str) -> None:
        """This process made the order: it may be sent without a look whether somebody else did."""
        self._guard.made_here(job_id)

    def urge(self, job_id: str) -> None:
        """Send it now, however old it is and whatever failed before: there is another key, or the user says so."""
        self._urged.add(job_id)
        self._outcomes.begin_anew(job_id)

    def insist(self, job: Job) -> None:
        """The user says of this very job: send it now."""
        self.urge(job.id)
        self._guard.insisted(job)

    def delay(self, job: Job) -> float | None:
        """Seconds until the order may be sent; None: not before the user, or a new key, says so."""
        return self._outcomes.waits.get(job.id, 0.0)

    async def step(self, job: Job) -> None:
        """Send the order, unless something holds it back; record what came of it."""
        if held := self._held(job):
            await self._hold(job, held, None)
            return
        verdict = await self._guard.verdict(job)
        # Where a run before has looked long enough, one more look will do.
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
            # Esc, a closed screen or quitting cancel the one who waits here, never the order on its way.
            await asyncio.shield(sending)

    async def finish(self, seconds: float) -> None:
        """Give the orders on their way ``seconds`` to be answered; what is left then is in doubt."""
        self._outcomes.stop()
        orders = dict(self._sending)
        if orders:
            await asyncio.wait(orders.values(), timeout=seconds)
        for job_id, sending in orders.items():
            if not sending.done():
                sending.cancel()
                await asyncio.wait([sending])
                # A disk that refuses holds nobody here: found *submitting*, it is in doubt as well.
                with contextlib.suppress(LibraryError):
                    await self._recorder.record(job_id, InDoubt(_LEFT), insist=False)

    def _held(self, job: Job) -> Failure | None:
        """What keeps every order here; whether this one has cost something is as well known as before."""
        if self._spending_off is not None:
            why = self._spending_off.failure()
        elif self._api.key is None:
            why = _NO_KEY
        else:
            return None
        in_doubt = job.problem is not None and job.problem.money is Money.UNKNOWN
        return replace(why, money=Money.UNKNOWN) if in_doubt else why

    def _stale(self, job: Job) -> bool:
        """Whether it needs the user's word. That it was never sent is only told after a look: its record may come from
        a backup, and then the service has it.
        """
        return self._guard.age(job) > FRESH_ORDER and job.id not in self._urged

    async def _hold(self, job: Job, why: Failure | None, seconds: float | None) -> None:
        """Leave the order for so long, None: to the user; not before it is on disk why, or an older reason would be
        told.
        """

        def wait() -> None:
            self._outcomes.waits[job.id] = seconds

        if why is None:
            wait()
        else:
            await self._recorder.record(job.id, Blocked(why), then=wait)

    async def _send(self, job: Job) -> None:
        if (
            self._api.clock_offset is None
        ):  # the intent notes the service's time, by which it is looked for later
            await self._prices.refresh_balance()
        client_id = job.client_id(self._instance)
        try:
            await self._api.prepare()
        except ServiceError as error:  # nothing could leave, so there is nothing to note but why
            self._connection.fails(error)
            await self._hold(job, error.failure(), None)
            return
        crash_point("before-intent")
        job = await self._intend(job, client_id)
        if not _is_mine(job, client_id):
            return  # withdrawn, or sent by another process, in the last moment
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
            job = await self._recorder.record(job.id, intent, insist=False)
        except LibraryError as error:
            self._outcomes.waits[job.id] = None
            self._announce(
                Trouble(f"Nothing was ordered: {error.message}", error.next_step or "Press f to try again")
            )
        return job

    async def _post(self, job: Job, client_id: str) -> None:
        """POST once. Whatever is raised before its first byte is no doubt: nothing was sent."""
        leaving = False

        async def last_word() -> None:
            nonlocal leaving
            crash_point("before-send")
            # The history may have been changed, or replaced, while the connection was made.
            if not _is_mine(await self._recorder.newest(job.id), client_id):
                raise _Overtaken
            self._guard.leaving(job.id)
            leaving = True

        async def id_seen(generation_id: str) -> None:
            crash_point("after-headers")
            await self._recorder.record(job.id, IdSeen(generation_id))

        try:
            submission = await self._api.submit(
                job.request, client_id, job.endpoint, id_seen=id_seen, before_send=last_word
            )
        except _Overtaken:
            await self._outcomes.overtaken(job, client_id)
        except ServiceError as error:
            await self._outcomes.failed(job, client_id, error)
        except asyncio.CancelledError:
            if not leaving:
                with contextlib.suppress(LibraryError):
                    await self._recorder.record(job.id, NothingSent(client_id, _BROKEN_OFF), insist=False)
            raise
        except Exception as error:
            if not leaving:
                await self._outcomes.not_sent(job, client_id, error)
                return
            await self._recorder.record(job.id, InDoubt(_OWN_FAULT))
            raise
        else:
            await self._outcomes.taken(job, submission)


def _is_mine(job: Job | None, client_id: str) -> bool:
    """The intent on disk is the one that was written here under ``client_id``."""
    if job is None or job.state is not JobState.SUBMITTING:
        return False
    return [attempt.client_id for attempt in job.attempts[-1:]] == [client_id]
