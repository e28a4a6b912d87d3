"""Waiting for a job to come as far as one wants, or for what keeps it from getting there."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from wan_tui.domain.errors import LibraryError
from wan_tui.domain.events import Connection
from wan_tui.domain.job import Job
from wan_tui.engine import Engine

LOOK_SECONDS = 1.0
"""Between two looks where nothing is heard: what holds a job up may have held it up before, and no event tells it."""

_TRIALS = 2
"""How many times a refused key is tried again before the refusal is believed: one odd answer proves nothing."""
_FORGOTTEN = 60
"""Pauses after which an earlier refusal is no sign of a bad key any more."""


class KeyTrials:
    """Tries a refused key again, after ``pause`` seconds and then twice that, before it is believed to be bad."""

    def __init__(self, engine: Engine, pause: float) -> None:
        self._engine = engine
        self._pause = pause
        self._done = 0
        self._last = 0.0

    async def in_vain(self) -> bool:
        """The key is refused, and trying it again has not helped."""
        now = asyncio.get_running_loop().time
        while self._engine.connection is Connection.KEY_REFUSED:
            if now() - self._last > _FORGOTTEN * self._pause:
                self._done = 0
            if self._done == _TRIALS:
                return True
            await asyncio.sleep(self._pause * 2**self._done)
            self._done, self._last = self._done + 1, now()
            await self._engine.refresh()
        return False


async def until(
    engine: Engine, job_id: str, reached: Callable[[Job], bool], trials: KeyTrials | None = None
) -> Job:
    """Return the job once ``reached`` says so of it, or once its key was tried in vain.

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
            if reached(job) or (trials is not None and await trials.in_vain()):
                return engine.job(job_id) or job
            await heard(changed)
    finally:
        unsubscribe()


async def heard(event: asyncio.Event) -> None:
    """Wait until ``event`` is set, or until it is time for a look without it."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LOOK_SECONDS):
            await event.wait()
