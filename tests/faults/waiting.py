"""Waiting for events, and reading what has happened."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.faults.service import Route, Service
from tests.patience import PATIENCE
from tests.unit.engine.conftest import Watched
from wan_tui.domain.events import JobChanged, Trouble
from wan_tui.domain.job import Job
from wan_tui.library.lock import ProcessLock


async def asked(service: Service, route: Route, times: int) -> None:
    """Wait until ``times`` requests of a route have arrived since the start."""
    server = service.films if route == "film" else service.api
    async with asyncio.timeout(PATIENCE):
        while len(service.requests(route)) < times:
            server.arrived.clear()
            await server.arrived.wait()


async def told(watched: Watched, words: str) -> None:
    """Wait for a message with ``words`` that does not belong to a single job."""
    await watched.until(
        lambda: any(isinstance(event, Trouble) and words in event.message for event in watched.events)
    )


def current(watched: Watched, job_id: str) -> Job:
    """The job as the engine has it now."""
    job = watched.engine.job(job_id)
    assert job is not None
    return job


def changes(watched: Watched) -> list[Job]:
    """All announced versions of all jobs, oldest first."""
    return [event.job for event in watched.events if isinstance(event, JobChanged)]


def is_held(path: Path) -> bool:
    """Whether a process holds this lock."""
    if not path.exists():
        return False
    lock = ProcessLock(path)
    if lock.acquire(0):
        lock.release()
        return False
    return True
