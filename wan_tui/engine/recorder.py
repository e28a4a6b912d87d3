"""All writes of the engine to the history, serialized on one thread."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TypeVar

from wan_tui.domain.errors import Failure, LibraryError
from wan_tui.domain.events import JobChanged, Listener, Trouble
from wan_tui.domain.job import Job
from wan_tui.domain.observations import Edited, Observation
from wan_tui.domain.progress import advance
from wan_tui.engine.clock import Clock
from wan_tui.engine.schedule import Schedule
from wan_tui.library.history import History

T = TypeVar("T")

_TIDY_SECONDS = 3.0

_log = logging.getLogger(__name__)


class Recorder:
    """Records jobs and observations, and announces each change once it is on disk."""

    def __init__(self, history: History, clock: Clock, schedule: Schedule, announce: Listener) -> None:
        self.history = history
        self._clock = clock
        self._schedule = schedule
        self._announce = announce
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="library")
        self.unwritten: Failure | None = None
        """The current write error while a change waits to be written, else None."""

    async def run(self, work: Callable[[], T]) -> T:
        """Run blocking ``work`` on the library's thread. Once started, it finishes even if the caller is cancelled."""
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._thread, work))

    async def add(self, job: Job) -> None:
        """Write a new job durably. Raises LibraryError if it was not written."""
        await self.run(lambda: self.history.add(job))
        self._announce(JobChanged(job))

    async def latest(self, job_id: str) -> Job | None:
        """Load and announce changes by other processes; return the job. Raises LibraryError."""
        for changed in await self.run(self.history.refresh):
            if (job := self.history.get(changed)) is not None:
                self._announce(JobChanged(job))
        return self.history.get(job_id)

    async def record(
        self, job_id: str, seen: Observation, *, retry: bool = True, then: Callable[[], None] | None = None
    ) -> Job:
        """Record an observation of a job; return the changed job.

        With ``retry``, write errors are retried until they succeed, since money may be at stake; otherwise raises
        LibraryError. ``then`` is called once the change is on disk, before it is announced.
        """
        [job] = await self.record_all([(job_id, seen)], retry=retry, then=then)
        return job

    async def record_all(
        self,
        observations: Sequence[tuple[str, Observation]],
        *,
        retry: bool = True,
        then: Callable[[], None] | None = None,
    ) -> list[Job]:
        """Record several observations in one write."""
        now = self._clock.now()
        known = [
            (job, seen) for job_id, seen in observations if (job := self.history.get(job_id)) is not None
        ]
        # The user's marks are always written: the opposite change may be in the write queue.
        changes = [
            (job, seen) for job, seen in known if isinstance(seen, Edited) or advance(job, seen, now) != job
        ]
        changed = await self._write_down(changes, now, retry) if changes else {}
        if then is not None:
            then()
        for before, _ in changes:
            if before.id in changed:
                _log_change(before, changed[before.id])
                self._announce(JobChanged(changed[before.id], before))
        return [changed.get(job.id, job) for job, _ in known]

    async def _write_down(
        self, changes: Sequence[tuple[Job, Observation]], now: datetime, retry: bool
    ) -> dict[str, Job]:
        """The changed jobs by id, without jobs deleted meanwhile."""
        durable = any(_needs_sync(job, advance(job, seen, now), seen) for job, seen in changes)

        def step(seen: Observation) -> Callable[[Job], Job]:
            return lambda current: advance(current, seen, now)

        def write() -> list[Job]:
            return self.history.change_many([(job.id, step(seen)) for job, seen in changes], durable=durable)

        return {job.id: job for job in await self._write(write, retry)}

    async def newest(self, job_id: str) -> Job | None:
        """The job read from disk under the lock; None if it does not exist. Raises LibraryError."""
        return await self.run(lambda: self.history.newest(job_id))

    async def keep_compacting(self) -> None:
        """Update ``history.json`` every few seconds for other readers. Runs until cancelled."""
        while True:
            with contextlib.suppress(LibraryError):
                await self.run(self.history.tidy)
            await self._clock.sleep(_TIDY_SECONDS)

    async def close(self) -> None:
        await self.run(self.history.close)
        self._thread.shutdown(wait=False)

    async def _write(self, write: Callable[[], T], retry: bool) -> T:
        failures = 0
        while True:
            try:
                written = await self.run(write)
                self.unwritten = None
                return written
            except LibraryError as error:
                if not retry:
                    raise
                failures += 1
                self.unwritten = error.failure()
                if failures == 1:
                    self._announce(Trouble(error.message, error.next_step))
                await self._clock.sleep(self._schedule.backoff(failures, cap=15.0))


def _log_change(before: Job, after: Job) -> None:
    """Log the change without the prompt."""
    if after.state is not before.state:
        _log.info("job %s: %s, generation %s", after.id, after.state, after.generation_id)
    failure = after.error or after.problem
    if failure is not None and failure not in (before.error, before.problem):
        _log.warning("job %s: %s (%s): %s", after.id, failure.code, failure.request_id, failure.message)


def _needs_sync(before: Job, after: Job, seen: Observation) -> bool:
    """Whether the change must survive a power cut; what can be polled again need not."""
    return (
        after.state is not before.state
        or after.generation_ids != before.generation_ids
        or after.attempts != before.attempts
        or after.video_url != before.video_url
        or isinstance(seen, Edited)
    )
