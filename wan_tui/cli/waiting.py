"""Waiting for a job to come as far as one wants."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from wan_tui.domain.errors import LibraryError
from wan_tui.domain.job import Job
from wan_tui.engine import Engine


async def until(engine: Engine, job_id: str, reached: Callable[[Job], bool]) -> Job:
    """Return the job once ``reached`` says so of it. Raises LibraryError if it is no longer in the history."""
    changed = asyncio.Event()
    unsubscribe = engine.subscribe(lambda _: changed.set())
    try:
        while True:
            job = engine.job(job_id)
            if job is None:
                raise LibraryError("The job is no longer in the history")
            if reached(job):
                return job
            changed.clear()
            await changed.wait()
    finally:
        unsubscribe()
