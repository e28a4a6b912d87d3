"""Sending an order: the intent is on disk before the socket opens, the id before anyone is told "accepted".

An order is one POST. It is sent again by itself only on proof that the one before did not leave or was turned
away; in doubt it is looked for, never repeated.
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta

from wan_tui.api.client import ApiClient
from wan_tui.domain.crashpoints import crash_point
from wan_tui.domain.errors import (
    Doubtful,
    Failure,
    LibraryError,
    Money,
    NoCredits,
    NotSent,
    RateLimited,
    Refused,
    ServiceError,
    Unauthorized,
    Unreachable,
    Untrusted,
)
from wan_tui.domain.events import Listener, Trouble
from wan_tui.domain.job import Job, JobState
from wan_tui.domain.observations import (
    Accepted,
    Hindered,
    IdSeen,
    InDoubt,
    NothingSent,
    Observation,
    Sending,
    TurnedDown,
)
from wan_tui.engine.clock import Clock
from wan_tui.engine.link import LinkMonitor
from wan_tui.engine.order_checks import OrderChecks
from wan_tui.engine.prices import Prices
from wan_tui.engine.recorder import Recorder
from wan_tui.engine.recovery import Recovery
from wan_tui.engine.schedule import FRESH_ORDER, RATE_LIMIT_WAITS, SUBMIT_RETRIES, Schedule

_OPEN_POSTS = 2
_NO_KEY = Failure(
    "no_key", "There is no API key to order with", Money.FREE, "Give a key; the order goes out by itself"
)
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
_PROOF = frozenset(kind.code for kind in (NotSent, Unreachable, Untrusted))


class Submitter:
    """Takes jobs from *waiting* to *queued*, *failed*, *unconfirmed* or back."""

    def __init__(
        self,
        api: ApiClient,
        recorder: Recorder,
        link: LinkMonitor,
        prices: Prices,
        checks: OrderChecks,
        recovery: Recovery,
        schedule: Schedule,
        clock: Clock,
        announce: Listener,
        salt: str,
    ) -> None:
        self._api = api
        self._recorder = recorder
        self._link = link
        self._prices = prices
        self._checks = checks
        self._recovery = recovery
        self._schedule = schedule
        self._clock = clock
        self._announce = announce
        self._salt = salt
        self._open = asyncio.Semaphore(_OPEN_POSTS)
        self._sending: dict[str, asyncio.Task[None]] = {}
        self._waits: dict[str, float | None] = {}
        self._tries: dict[str, int] = {}
        self._urged: set[str] = set()

    @property
    def sending(self) -> frozenset[str]:
        """Ids of the jobs whose order is on its way at this moment."""
        return frozenset(self._sending)

    def urge(self, job_id: str) -> None:
        """The user says: send it now, however old it is and whatever failed before."""
        self._urged.add(job_id)
        self._waits.pop(job_id, None)
        self._tries.pop(job_id, None)

    def delay(self, job: Job) -> float | None:
        """Seconds until the order may be sent; None: not before the user, or a new key, says so."""
        return self._waits.get(job.id, 0.0)

    async def step(self, job: Job) -> None:
        """Send the order, unless something holds it back; record what came of it."""
        if held := self._held(job) or await self._checks.obstacle(job):
            await self._hold(job, held)
            return
        async with self._open:
            if _needs_a_look(job) and not await self._free_to_send_again(job):
                return
            sending = asyncio.create_task(self._send(job), name=f"order {job.id}")
            self._sending[job.id] = sending
            sending.add_done_callback(lambda _: self._sending.pop(job.id, None))
            # Esc, a closed screen or quitting cancel the one who waits here, never the order on its way.
            await asyncio.shield(sending)

    async def finish(self, seconds: float) -> None:
        """Give the orders on their way ``seconds`` to be answered; what is left then is in doubt."""
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
        if self._api.key is None:
            return _NO_KEY
        age = self._clock.now() - job.created_at
        return _STALE if age > timedelta(seconds=FRESH_ORDER) and job.id not in self._urged else None

    async def _free_to_send_again(self, job: Job) -> bool:
        """One look whether the service has the order after all; without an answer it is not sent."""
        try:
            return not await self._recovery.already_there(job)
        except Unauthorized as error:
            self._link.key_refused(error)
            self._waits[job.id] = None
        except ServiceError as error:
            self._link.fails(error)
            tries = self._tries[job.id] = self._tries.get(job.id, 0) + 1
            if tries > len(RATE_LIMIT_WAITS):
                await self._hold(job, _not_looked_up(error))
            else:
                self._waits[job.id] = self._schedule.scaled(RATE_LIMIT_WAITS[tries - 1])
        return False

    async def _hold(self, job: Job, why: Failure) -> None:
        """Leave the order to the user; not before it is on disk why, or an older reason would be told."""

        def wait() -> None:
            self._waits[job.id] = None

        await self._recorder.record(job.id, Hindered(why), then=wait)

    async def _send(self, job: Job) -> None:
        client_id = job.next_client_id
        crash_point("before-intent")
        job = await self._intend(job, client_id)
        if job.state is not JobState.SUBMITTING or job.attempts[-1].client_id != client_id:
            return  # withdrawn, or sent by another process, in the last moment
        crash_point("after-intent")
        await self._post(job, client_id)

    async def _intend(self, job: Job, client_id: str) -> Job:
        key = self._api.key
        intent = Sending(
            client_id, key.fingerprint(self._salt) if key else None, self._prices.known(job.model)
        )
        try:
            return await self._recorder.record(job.id, intent, insist=False)
        except LibraryError as error:
            self._waits[job.id] = None
            self._announce(
                Trouble(f"Nothing was ordered: {error.message}", error.next_step or "Press f to try again")
            )
            return job

    async def _post(self, job: Job, client_id: str) -> None:
        async def id_seen(generation_id: str) -> None:
            crash_point("after-headers")
            await self._recorder.record(job.id, IdSeen(generation_id))

        try:
            submission = await self._api.submit(job.request, client_id, job.endpoint, id_seen=id_seen)
        except ServiceError as error:
            await self._recorder.record(job.id, self._outcome(job, error))
            if isinstance(error, NoCredits):
                await self._prices.refresh_balance()
            return
        crash_point("before-id")
        await self._recorder.record(job.id, Accepted(submission.report, submission.reply))
        crash_point("after-id")
        self._link.works()
        if not submission.echoed:
            self._announce(
                Trouble(
                    "The service did not repeat our request id: a lost answer could not be found again",
                    "The order itself was accepted",
                )
            )

    def _outcome(self, job: Job, error: ServiceError) -> Observation:
        """What a failed POST means for the job, and when to try again where that is safe."""
        tries = self._tries[job.id] = self._tries.get(job.id, 0) + 1
        match error:
            case Unreachable() if tries <= len(SUBMIT_RETRIES):
                self._link.fails(error)
                self._waits[job.id] = self._schedule.scaled(SUBMIT_RETRIES[tries - 1])
                return NothingSent(error.failure())
            case NotSent():
                self._link.fails(error)
                self._waits[job.id] = None
                return NothingSent(error.failure())
            case RateLimited() if tries <= len(RATE_LIMIT_WAITS):
                own = self._schedule.scaled(RATE_LIMIT_WAITS[tries - 1])
                self._waits[job.id] = own if error.retry_after is None else min(error.retry_after, 60.0)
                return NothingSent(error.failure())
            case RateLimited():
                self._waits[job.id] = None
                return NothingSent(error.failure())
            case Unauthorized():
                self._link.key_refused(error)
                return TurnedDown(error.failure())
            case Refused():
                return TurnedDown(error.failure())
        return InDoubt((error if isinstance(error, Doubtful) else Doubtful(error.message)).failure())


def _needs_a_look(job: Job) -> bool:
    """There was an attempt before, and what is noted of it is no proof that nothing left.

    A 429 is documented as refused, and what held the order back since may have taken the place of such a note.
    """
    return bool(job.attempts) and (job.problem is None or job.problem.code not in _PROOF)


def _not_looked_up(error: ServiceError) -> Failure:
    return Failure(
        "not_looked_up",
        f"Before it is sent again, the service's log has to be read: {error.message}",
        Money.UNKNOWN,
        "In the studio f looks again, x withdraws it",
        error.request_id,
    )
