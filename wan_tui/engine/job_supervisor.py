"""Looking after every job that is not settled, one step after another, in the one process that holds its lease.

Thousands of jobs may wait at the same time: a job that waits is a timer, and has a task only while a step is done.

The lease of a job is a lock that vanishes with its process, so a job whose process died is taken over by the
next sweep. A job found *submitting* under a free lease was left in the middle of its order: it is in doubt.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

from wan_tui.domain.errors import Failure, LibraryError, Money, WanTuiError
from wan_tui.domain.events import JobChanged, Trouble
from wan_tui.domain.job import Job, JobState
from wan_tui.domain.observations import InDoubt
from wan_tui.engine.context import EngineContext

_log = logging.getLogger(__name__)

SWEEP_SECONDS = 1.0
"""Between two looks for jobs to take over and for what other processes changed."""

SLEPT_SECONDS = 30.0
"""When wall time runs ahead of monotonic time by so much, the machine slept."""

_LEFT = Failure(
    "unconfirmed",
    "The program ended in the middle of the order",
    Money.UNKNOWN,
    "It is being looked for in the service's log",
)


class Worker(Protocol):
    """Moves jobs of some states on by one step."""

    def delay(self, job: Job) -> float | None:
        """Seconds until the next step; None: not before someone asks for it."""

    async def step(self, job: Job) -> None:
        """Do the step and record what came of it."""


class _Care:
    """A job that is looked after: it waits on a timer (or for a nudge), or a step is being done."""

    __slots__ = ("cancel_timer", "failures", "nudged", "planned", "step")

    def __init__(self) -> None:
        self.planned: JobState | None = None
        """The state for which the next step is planned."""
        self.cancel_timer: Callable[[], object] | None = None
        self.step: asyncio.Task[None] | None = None
        self.nudged = False
        """Somebody asked for the next step while one was being done."""
        self.failures = 0

    def stop_waiting(self) -> None:
        if self.cancel_timer is not None:
            self.cancel_timer()
            self.cancel_timer = None


class JobSupervisor:
    """Plans, starts and stops the steps of jobs."""

    def __init__(
        self,
        context: EngineContext,
        workers: Mapping[JobState, Worker],
    ) -> None:
        self._recorder = context.recorder
        self._leases = context.leases
        self._workers = workers
        self._schedule = context.schedule
        self._clock = context.clock
        self._announce = context.announce
        self._cares: dict[str, _Care] = {}
        self._sweep_now = asyncio.Event()
        self.woke_up = asyncio.Event()
        """Set when the machine slept: connections are stale."""

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            before = (self._clock.monotonic(), self._clock.now())
            try:
                await self.take_in_foreign_changes()
                await self._let_go_of_lost_leases()
                await self._take_over()
            except LibraryError as error:
                _log.warning("sweep: %s", error.message)
            await self._clock.wait(self._sweep_now, SWEEP_SECONDS)
            self._sweep_now.clear()
            slept = (self._clock.now() - before[1]).total_seconds() - (self._clock.monotonic() - before[0])
            if abs(slept) > SLEPT_SECONDS:
                self.woke_up.set()
                self.nudge_all()

    def nudge(self, job_id: str) -> None:
        """Have the job's next step done now."""
        self._wake(job_id)
        self._sweep_now.set()

    def nudge_all(self) -> None:
        for job_id in list(self._cares):
            self.nudge(job_id)

    @property
    def cares_for(self) -> int:
        """How many jobs this process looks after."""
        return len(self._cares)

    def take(self, job_id: str) -> None:
        """Begin to look after a job whose lease this process holds."""
        if job_id not in self._cares:
            self._cares[job_id] = _Care()
            self._plan(job_id)

    async def done_with(self, job_id: str) -> None:
        """Wait until nobody here looks after a settled job: it may still be tidied up after."""
        while (care := self._cares.get(job_id)) is not None and self._pending(job_id) is None:
            self._wake(job_id)
            if care.step is not None:
                await asyncio.wait([care.step])

    async def stop(self) -> None:
        """Cancel all steps. The leases stay held until the process has written its last word."""
        for care in self._cares.values():
            care.stop_waiting()
        steps = [care.step for care in self._cares.values() if care.step is not None]
        for step in steps:
            step.cancel()
        await asyncio.gather(*steps, return_exceptions=True)
        for care in self._cares.values():
            care.stop_waiting()
        self._cares.clear()

    async def take_in_foreign_changes(self) -> None:
        """Learn and announce what other processes recorded. Raises LibraryError."""
        for job_id in await self._recorder.run(self._recorder.history.refresh):
            job = self._recorder.history.get(job_id)
            if job is not None:
                self._announce(JobChanged(job))
            self._wake(job_id)

    async def _take_over(self) -> None:
        idle = self._recorder.history.index.pending(excluding=self._cares)
        taken = await self._recorder.run(lambda: self._leases.acquire_free(idle)) if idle else []
        if taken:
            # A process records its last change before it lets go: it may be newer than what we know.
            await self.take_in_foreign_changes()
        for job_id in taken:
            self.take(job_id)

    async def _let_go_of_lost_leases(self) -> None:
        """Leave jobs to the process that has them, where the leases were deleted and taken anew."""
        for job_id in await self._recorder.run(self._leases.confirm):
            care = self._cares.get(job_id)
            if care is not None and care.step is not None:
                care.step.cancel()
            elif care is not None:
                care.stop_waiting()
                del self._cares[job_id]

    # One job

    def _wake(self, job_id: str) -> None:
        care = self._cares.get(job_id)
        if care is None:
            return
        if care.step is None:
            self._begin(job_id, care)
        else:
            care.nudged = True

    def _plan(self, job_id: str) -> None:
        """Have the job's next step begin when its time has come."""
        care = self._cares[job_id]
        care.cancel_timer = None
        job = self._pending(job_id)
        care.planned = job.state if job is not None else None
        if job is None or job.state is JobState.SUBMITTING or care.nudged:
            seconds: float | None = 0.0
        else:
            seconds = self.delay(job)
        if seconds is not None and seconds <= 0:
            self._begin(job_id, care)
        elif seconds is not None:
            care.cancel_timer = self._clock.call_later(seconds, partial(self._begin, job_id, care))

    def _begin(self, job_id: str, care: _Care) -> None:
        care.stop_waiting()
        care.nudged = False
        care.step = asyncio.create_task(self._move_on(job_id, care), name=f"job {job_id}")

    async def _move_on(self, job_id: str, care: _Care) -> None:
        """Do the planned step, or let go of a job that needs none. Cancelled, it is left with its lease: whose that is
        then, others decide.
        """
        try:
            failed = await self._step(job_id, care)
            over = self._pending(job_id) is None
            if over:
                await self._recorder.run(lambda: self._leases.release(job_id))
        except BaseException:
            del self._cares[job_id]
            raise
        care.step = None
        if over:
            del self._cares[job_id]
        elif failed and not care.nudged:
            pause = self._schedule.backoff(care.failures, base=5.0)
            care.cancel_timer = self._clock.call_later(pause, partial(self._plan, job_id))
        else:
            self._plan(job_id)

    async def _step(self, job_id: str, care: _Care) -> bool:
        """Do the step, unless the job is in another state by now; whether it failed."""
        job = self._pending(job_id)
        if job is None or job.state is not care.planned:
            return False
        try:
            await self.step_now(job)
        except WanTuiError as error:
            _log.warning("job %s: %s", job_id, error.message)
        except Exception:
            if self._recorder.history.get(job_id) is None:  # gone from the history meanwhile
                return False
            # A fault of ours in one job must neither end the program nor the care for it.
            _log.exception("job %s", job_id)
            self._announce(
                Trouble("A job could not be moved on; it is tried again", "Run wan-tui with -v for a log")
            )
        else:
            care.failures = 0
            return False
        care.failures += 1
        return True

    def _pending(self, job_id: str) -> Job | None:
        job = self._recorder.history.get(job_id)
        return job if job is not None and job.pending else None

    def delay(self, job: Job) -> float | None:
        """Seconds until the job's next step; None: not before someone asks for it."""
        worker = self._workers.get(job.state)
        return worker.delay(job) if worker else 0.0

    async def step_now(self, job: Job) -> None:
        """Do one step for a job whose lease this process holds, without waiting for its time."""
        if job.state is JobState.SUBMITTING:
            await self._recorder.record(job.id, InDoubt(_LEFT))
        else:
            await self._workers[job.state].step(job)
