"""Waiting for a job to come as far as one wants, or for what keeps it from getting there."""

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

LOOK_SECONDS = 1.0
"""Between two looks where nothing is heard: what holds a job up may have held it up before, and no event tells it."""

_TRIALS = 2
"""How many times a refused key is tried again before the refusal is believed: one odd answer proves nothing."""
_FORGOTTEN = 60
"""Pauses after which an earlier refusal is no sign of a bad key any more."""
_BEARABLE = 30
"""Pauses for which nothing may get on: five minutes as a rule, in which a host or a network may come back."""


class Patience:
    """When a command that waits has waited long enough for what stands in its way.

    ``pause``: seconds between two polls. A refused key is tried again after one and then two of them before it is
    believed to be bad. A film that cannot be fetched, polls that fail and a disk that takes no more are borne with
    for ``_BEARABLE`` of them since anything got on: nothing is lost by ending, the next sync goes on from there.
    """

    def __init__(self, engine: Engine, pause: float) -> None:
        self._engine = engine
        self._pause = pause
        self._key_trials = 0
        self._last_trial = 0.0
        self._held_up_since: float | None = None
        engine.subscribe(self._notice)

    async def is_over(self, job: Job | None = None) -> bool:
        """Whether to end: the key is refused for good, or ``job`` (or the disk) has been held up for too long."""
        return await self.key_is_bad() or self._held_up_too_long(job)

    async def key_is_bad(self) -> bool:
        """The key is refused, and trying it again has not helped."""
        while self._engine.connection is Connection.KEY_REFUSED:
            if _now() - self._last_trial > _FORGOTTEN * self._pause:
                self._key_trials = 0
            if self._key_trials == _TRIALS:
                return True
            await asyncio.sleep(self._pause * 2**self._key_trials)
            self._key_trials, self._last_trial = self._key_trials + 1, _now()
            await self._engine.refresh()
        return False

    async def bear_with(self, work: Coroutine[Any, Any, T]) -> T | None:
        """Return what ``work`` gives, or None where it was broken off: the disk has taken nothing for too long."""
        task = asyncio.ensure_future(work)
        try:
            while not (await asyncio.wait([task], timeout=LOOK_SECONDS))[0]:
                if self._held_up_too_long(None):
                    return None
            return task.result()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _held_up_too_long(self, job: Job | None) -> bool:
        if obstacle(self._engine, job) is None:
            self._held_up_since = None
        elif self._held_up_since is None:
            self._held_up_since = _now()
        else:
            return _now() - self._held_up_since > _BEARABLE * self._pause
        return False

    def _notice(self, event: Event) -> None:
        match event:
            case DownloadProgress():
                self._held_up_since = None
            case JobChanged(job=job, before=before) if before is None or before.state is not job.state:
                self._held_up_since = None


def obstacle(engine: Engine, job: Job | None) -> Failure | None:
    """What keeps ``job`` from getting on at this moment; None: nothing, or what comes to an end by itself."""
    if engine.unwritten is not None:
        return engine.unwritten
    if job is None or job.state in (JobState.WAITING, JobState.UNCONFIRMED):
        return None
    return job.problem


def _now() -> float:
    return asyncio.get_running_loop().time()


async def until(
    engine: Engine, job_id: str, reached: Callable[[Job], bool], patience: Patience | None = None
) -> Job:
    """Return the job once ``reached`` says so of it, or once ``patience`` is over.

    Raises LibraryError if it is no longer in the history.
    """
    changed = asyncio.Event()
    unsubscribe = engine.subscribe(lambda _: changed.set())
    try:
        while True:
            changed.clear()
            job = engine.job(job_id)
            if job is None:
                raise LibraryError("The job is no longer in the history")
            if reached(job) or (patience is not None and await patience.is_over(job)):
                return engine.job(job_id) or job
            await heard(changed)
    finally:
        unsubscribe()


async def heard(event: asyncio.Event) -> None:
    """Wait until ``event`` is set, or until it is time for a look without it."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LOOK_SECONDS):
            await event.wait()
