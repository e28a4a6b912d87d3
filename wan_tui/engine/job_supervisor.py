"""Looking after every job that is not settled: one task a job, held by one process at a time.

The lease of a job is a lock that vanishes with its process, so a job whose process died is taken over by the
next sweep. A job found *submitting* under a free lease was left in the middle of its order: it is in doubt.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
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


class JobSupervisor:
    """Starts, wakes and stops the tasks that look after jobs."""

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
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._nudges: dict[str, asyncio.Event] = {}
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
        if job_id in self._nudges:
            self._nudges[job_id].set()
        self._sweep_now.set()

    def nudge_all(self) -> None:
        for job_id in list(self._nudges):
            self.nudge(job_id)

    @property
    def cares_for(self) -> int:
        """How many jobs this process looks after."""
        return len(self._tasks)

    def take(self, job_id: str) -> None:
        """Begin to look after a job whose lease this process holds."""
        if job_id not in self._tasks:
            self._nudges[job_id] = asyncio.Event()
            self._tasks[job_id] = asyncio.create_task(self._care(job_id), name=f"job {job_id}")

    async def done_with(self, job_id: str) -> None:
        """Wait until nobody here looks after the job: a settled one may still be tidied up after."""
        if (task := self._tasks.get(job_id)) is not None:
            await asyncio.wait([task])

    async def stop(self) -> None:
        """Cancel all tasks. The leases stay held until the process has written its last word."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def take_in_foreign_changes(self) -> None:
        """Learn and announce what other processes recorded. Raises LibraryError."""
        for job_id in await self._recorder.run(self._recorder.history.refresh):
            job = self._recorder.history.get(job_id)
            if job is not None:
                self._announce(JobChanged(job))
            if job_id in self._nudges:
                self._nudges[job_id].set()

    async def _take_over(self) -> None:
        idle = self._recorder.history.index.pending(apart_from=self._tasks)
        taken = await self._recorder.run(lambda: self._leases.acquire_free(idle)) if idle else []
        if taken:
            # A process records its last change before it lets go: it may be newer than what we know.
            await self.take_in_foreign_changes()
        for job_id in taken:
            self.take(job_id)

    async def _let_go_of_lost_leases(self) -> None:
        """Leave jobs to the process that has them, where the leases were deleted and taken anew."""
        for job_id in await self._recorder.run(self._leases.confirm):
            if (task := self._tasks.get(job_id)) is not None:
                task.cancel()

    async def _care(self, job_id: str) -> None:
        """Look after the job to its end. Cancelled, it is left with its lease: whose that is then, others decide."""
        try:
            await self._move_to_the_end(job_id)
            await self._recorder.run(lambda: self._leases.release(job_id))
        finally:
            del self._tasks[job_id], self._nudges[job_id]

    async def _move_to_the_end(self, job_id: str) -> None:
        failures = 0
        while (job := self._pending(job_id)) is not None:
            # Nothing of the job is held while it waits: thousands may.
            state, seconds = job.state, self.delay(job)
            del job
            try:
                await self._move_on(job_id, state, seconds)
                failures = 0
            except WanTuiError as error:
                failures += 1
                _log.warning("job %s: %s", job_id, error.message)
            except Exception:
                if self._recorder.history.get(job_id) is None:  # gone from the history meanwhile
                    return
                # A fault of ours in one job must neither end the program nor the care for it.
                failures += 1
                _log.exception("job %s", job_id)
                self._announce(
                    Trouble("A job could not be moved on; it is tried again", "Run wan-tui with -v for a log")
                )
            if failures:
                await self._clock.wait(self._nudges[job_id], self._schedule.backoff(failures, base=5.0))

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

    async def _move_on(self, job_id: str, state: JobState, seconds: float | None) -> None:
        """Do the next step when its time has come, unless the job is another by then."""
        nudge = self._nudges[job_id]
        if state is not JobState.SUBMITTING:
            await self._clock.wait(nudge, seconds)
            nudge.clear()
        job = self._pending(job_id)
        if job is not None and job.state is state:
            await self.step_now(job)
