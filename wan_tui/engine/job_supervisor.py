"""Runs the steps of every pending job, in the process that holds its lease.

Thousands of jobs may wait at the same time: a waiting job is a timer, and has a task only during a step.

A job's lease is a lock that ends with its process, so the next sweep takes over jobs of dead processes. A job that is
*submitting* under a free lease was interrupted while being sent: it is in doubt.
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
from wan_tui.engine.evidence import LOOKING

_log = logging.getLogger(__name__)

SWEEP_SECONDS = 1.0
"""Interval of checks for jobs to take over and changes by other processes."""

SLEPT_SECONDS = 30.0
"""If wall time gets ahead of monotonic time by this much, the machine was suspended."""

_LEFT = Failure(
    "unconfirmed",
    "wan-tui ended while the order was being sent",
    Money.UNKNOWN,
    LOOKING,
)


class Worker(Protocol):
    """Advances jobs of some states by one step."""

    def delay(self, job: Job) -> float | None:
        """Seconds until the next step; None: only on request."""

    async def step(self, job: Job) -> None:
        """Do the step and record the outcome."""


class _Supervised:
    """A supervised job: waiting for a timer or a nudge, or running a step."""

    __slots__ = ("cancel_timer", "failures", "nudged", "planned", "step")

    def __init__(self) -> None:
        self.planned: JobState | None = None
        """The state for which the next step is planned."""
        self.cancel_timer: Callable[[], object] | None = None
        self.step: asyncio.Task[None] | None = None
        self.nudged = False
        """The next step was requested during a step."""
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
        self._jobs: dict[str, _Supervised] = {}
        self._sweep_now = asyncio.Event()
        self.woke_up = asyncio.Event()
        """Set after the machine was suspended: connections are stale."""

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            before = (self._clock.monotonic(), self._clock.now())
            try:
                await self.apply_foreign_changes()
                await self._release_lost_leases()
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
        """Do the job's next step now."""
        self._wake(job_id)
        self._sweep_now.set()

    def nudge_all(self) -> None:
        for job_id in list(self._jobs):
            self.nudge(job_id)

    @property
    def job_count(self) -> int:
        """Number of jobs this process handles."""
        return len(self._jobs)

    def take(self, job_id: str) -> None:
        """Start supervising a job whose lease this process holds."""
        if job_id not in self._jobs:
            self._jobs[job_id] = _Supervised()
            self._plan(job_id)

    async def wait_until_idle(self, job_id: str) -> None:
        """Wait for the last step of a settled job, which may still be cleaning up."""
        while (supervised := self._jobs.get(job_id)) is not None and self._pending(job_id) is None:
            self._wake(job_id)
            if supervised.step is not None:
                await asyncio.wait([supervised.step])

    async def stop(self) -> None:
        """Cancel all steps. Leases stay held until the last change is on disk."""
        for supervised in self._jobs.values():
            supervised.stop_waiting()
        steps = [supervised.step for supervised in self._jobs.values() if supervised.step is not None]
        for step in steps:
            step.cancel()
        await asyncio.gather(*steps, return_exceptions=True)
        for supervised in self._jobs.values():
            supervised.stop_waiting()
        self._jobs.clear()

    async def apply_foreign_changes(self) -> None:
        """Load and announce changes recorded by other processes. Raises LibraryError."""
        for job_id in await self._recorder.run(self._recorder.history.refresh):
            job = self._recorder.history.get(job_id)
            if job is not None:
                self._announce(JobChanged(job))
            self._wake(job_id)

    async def _take_over(self) -> None:
        idle = self._recorder.history.index.pending(excluding=self._jobs)
        taken = await self._recorder.run(lambda: self._leases.acquire_free(idle)) if idle else []
        if taken:
            # The previous holder may have recorded a newer change before it released the lease.
            await self.apply_foreign_changes()
        for job_id in taken:
            self.take(job_id)

    async def _release_lost_leases(self) -> None:
        """Stop supervising jobs whose lease was deleted and taken by another process."""
        for job_id in await self._recorder.run(self._leases.confirm):
            supervised = self._jobs.get(job_id)
            if supervised is not None and supervised.step is not None:
                supervised.step.cancel()
            elif supervised is not None:
                supervised.stop_waiting()
                del self._jobs[job_id]

    # One job

    def _wake(self, job_id: str) -> None:
        supervised = self._jobs.get(job_id)
        if supervised is None:
            return
        if supervised.step is None:
            self._begin(job_id, supervised)
        else:
            supervised.nudged = True

    def _plan(self, job_id: str) -> None:
        """Schedule the job's next step."""
        supervised = self._jobs[job_id]
        supervised.cancel_timer = None
        job = self._pending(job_id)
        supervised.planned = job.state if job is not None else None
        if job is None or job.state is JobState.SUBMITTING or supervised.nudged:
            seconds: float | None = 0.0
        else:
            seconds = self.delay(job)
        if seconds is not None and seconds <= 0:
            self._begin(job_id, supervised)
        elif seconds is not None:
            supervised.cancel_timer = self._clock.call_later(
                seconds, partial(self._begin, job_id, supervised)
            )

    def _begin(self, job_id: str, supervised: _Supervised) -> None:
        supervised.stop_waiting()
        supervised.nudged = False
        supervised.step = asyncio.create_task(self._run_step(job_id, supervised), name=f"job {job_id}")

    async def _run_step(self, job_id: str, supervised: _Supervised) -> None:
        """Do the planned step, or release a job that needs none. If cancelled, the caller handles the lease."""
        try:
            failed = await self._step(job_id, supervised)
            over = self._pending(job_id) is None
            if over:
                await self._recorder.run(lambda: self._leases.release(job_id))
        except BaseException:
            del self._jobs[job_id]
            raise
        supervised.step = None
        if over:
            del self._jobs[job_id]
        elif failed and not supervised.nudged:
            pause = self._schedule.backoff(supervised.failures, base=5.0)
            supervised.cancel_timer = self._clock.call_later(pause, partial(self._plan, job_id))
        else:
            self._plan(job_id)

    async def _step(self, job_id: str, supervised: _Supervised) -> bool:
        """Do the step unless the job's state has changed meanwhile; returns whether it failed."""
        job = self._pending(job_id)
        if job is None or job.state is not supervised.planned:
            return False
        try:
            await self.step_now(job)
        except WanTuiError as error:
            _log.warning("job %s: %s", job_id, error.message)
        except Exception:
            if self._recorder.history.get(job_id) is None:  # removed from the history meanwhile
                return False
            # A bug that affects one job must end neither the program nor the supervision of that job.
            _log.exception("job %s", job_id)
            self._announce(
                Trouble("A bug in wan-tui interrupted a job; retrying", "Run wan-tui with -v for a log")
            )
        else:
            supervised.failures = 0
            return False
        supervised.failures += 1
        return True

    def _pending(self, job_id: str) -> Job | None:
        job = self._recorder.history.get(job_id)
        return job if job is not None and job.pending else None

    def delay(self, job: Job) -> float | None:
        """Seconds until the job's next step; None: only on request."""
        worker = self._workers.get(job.state)
        return worker.delay(job) if worker else 0.0

    async def step_now(self, job: Job) -> None:
        """Do one step now, for a job whose lease this process holds."""
        if job.state is JobState.SUBMITTING:
            await self._recorder.record(job.id, InDoubt(_LEFT))
        else:
            await self._workers[job.state].step(job)
