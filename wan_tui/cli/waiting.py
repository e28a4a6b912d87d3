"""Waiting for a job to reach a state, and when to give up."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from wan_tui.domain.errors import Failure, LibraryError
from wan_tui.domain.events import Connection, DownloadProgress, Event, JobChanged
from wan_tui.domain.job import Job, JobState
from wan_tui.engine import Engine

T = TypeVar("T")

_CHECK_SECONDS = 1.0
"""Interval of checks without an event: a job blocked before the command started sends none."""

_KEY_RETRIES = 2
"""Retries of a refused key before giving up, since a single refusal may be a glitch."""
_KEY_RETRY_RESET = 60
"""Poll intervals after which the count of key retries starts over."""
_STALL_LIMIT = 30
"""Poll intervals without progress before giving up: five minutes by default."""


class WaitLimit:
    """Decides when a waiting command gives up.

    A refused key is retried after one and then two poll intervals. Failing downloads, failing polls and a full disk
    are retried until nothing has progressed for ``_STALL_LIMIT`` intervals. Giving up loses nothing: the next sync
    resumes.
    """

    def __init__(self, engine: Engine, poll_interval: float) -> None:
        self._engine = engine
        self._poll_interval = poll_interval
        self._key_retries = 0
        self._last_key_retry = 0.0
        self._stalled_since: float | None = None
        engine.subscribe(self._on_event)

    async def reached(self, job: Job | None = None) -> bool:
        """Whether to give up: the key stays refused, or ``job`` or the disk has stalled for too long."""
        return await self.key_rejected() or self._stalled(job)

    async def key_rejected(self) -> bool:
        """Whether the key is still refused after retries. Sleeps between retries."""
        while self._engine.connection is Connection.KEY_REFUSED:
            if _now() - self._last_key_retry > _KEY_RETRY_RESET * self._poll_interval:
                self._key_retries = 0
            if self._key_retries == _KEY_RETRIES:
                return True
            await asyncio.sleep(self._poll_interval * 2**self._key_retries)
            self._key_retries, self._last_key_retry = self._key_retries + 1, _now()
            await self._engine.refresh()
        return False

    async def run(self, work: Coroutine[Any, Any, T]) -> T | None:
        """Return the result of ``work``, or None if it was cancelled because the disk stalled for too long."""
        task = asyncio.ensure_future(work)
        try:
            while not (await asyncio.wait([task], timeout=_CHECK_SECONDS))[0]:
                if self._stalled(None):
                    return None
            return task.result()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _stalled(self, job: Job | None) -> bool:
        if blocker(self._engine, job) is None:
            self._stalled_since = None
        elif self._stalled_since is None:
            self._stalled_since = _now()
        else:
            return _now() - self._stalled_since > _STALL_LIMIT * self._poll_interval
        return False

    def _on_event(self, event: Event) -> None:
        match event:
            case DownloadProgress():
                self._stalled_since = None
            case JobChanged(job=job, before=before) if before is None or before.state is not job.state:
                self._stalled_since = None


def blocker(engine: Engine, job: Job | None) -> Failure | None:
    """What blocks ``job`` now. None if nothing does, or if the engine handles it automatically."""
    if engine.unwritten is not None:
        return engine.unwritten
    if job is None or job.state in (JobState.WAITING, JobState.UNCONFIRMED):
        return None
    return job.problem


def new_problem(event: Event) -> Failure | None:
    """The problem that a job has met with this event, if it is another than before."""
    match event:
        case JobChanged(job=Job(problem=Failure() as problem), before=before) if (
            before is None or before.problem is None or problem.sentence != before.problem.sentence
        ):
            return problem
    return None


def _now() -> float:
    return asyncio.get_running_loop().time()


async def wait_until(
    engine: Engine, job_id: str, reached: Callable[[Job], bool], limit: WaitLimit | None = None
) -> Job:
    """Wait until ``reached(job)`` is true or ``limit`` is reached; return the job.

    Raises LibraryError if the job is no longer in the history.
    """
    changed = asyncio.Event()
    unsubscribe = engine.subscribe(lambda _: changed.set())
    try:
        while True:
            changed.clear()
            job = engine.job(job_id)
            if job is None:
                raise LibraryError("The job is no longer in the history")
            if reached(job) or (limit is not None and await limit.reached(job)):
                return engine.job(job_id) or job
            await wait_for_change(changed)
    finally:
        unsubscribe()


async def wait_for_change(event: asyncio.Event) -> None:
    """Wait until ``event`` is set, at most ``_CHECK_SECONDS``."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_CHECK_SECONDS):
            await event.wait()
