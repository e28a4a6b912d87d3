"""Many jobs, long times, and a key that is refused in the middle."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tests.faults.conftest import END, INTERVAL, Rig
from tests.faults.rig import Await, KeepAlive, http
from tests.faults.service import asked_for
from tests.faults.waiting import asked, current
from tests.patience import until
from wan_tui.domain.errors import Money
from wan_tui.domain.events import Connection, ConnectionChanged
from wan_tui.domain.job import JobState
from wan_tui.domain.secret import ApiKey
from wan_tui.engine.clock import Clock
from wan_tui.engine.schedule import HOUR, Schedule
from wan_tui.library.history import History


async def test_key_refused_in_the_middle(rig: Rig) -> None:
    """401 in the middle of 6 running jobs: all pause, none fails, all go on with a new key."""
    rig.service.always("status", http(401, json={"message": "who?"}))
    # The key is tried again by itself half a minute after it was refused: 3 s here, later than is looked for below.
    async with rig.engine(interval=1.0) as watched:
        ids = [(await rig.order(watched, f"film {n}")).id for n in range(6)]
        await watched.until(lambda: watched.engine.connection is Connection.KEY_REFUSED)
        for job_id in ids:
            job = await watched.reaches(job_id, JobState.QUEUED, JobState.WAITING)
            assert job.problem is None or job.problem.money is Money.FREE
        rig.service.heal()
        asked = len(rig.service.requests("status"))
        await asyncio.sleep(0.3)
        assert len(rig.service.requests("status")) - asked <= 4  # those that were open then
        watched.engine.use_key(ApiKey("k-another-working-key"))
        for job_id in ids:
            assert (await watched.reaches(job_id, *END)).state is JobState.SAVED
    refusals = [
        e
        for e in watched.events
        if isinstance(e, ConnectionChanged) and e.connection is Connection.KEY_REFUSED
    ]
    assert len(refusals) == 1


async def test_429_slows_all_down(rig: Rig) -> None:
    """429 to the polls of many jobs: all slow down, no storm, none fails, all end saved."""
    rig.service.always("status", http(429, json={"message": "busy"}))
    async with rig.engine(interval=0.05) as watched:
        ids = [(await rig.order(watched, f"film {n}")).id for n in range(12)]
        await asked(rig.service, "status", 12)
        await asyncio.sleep(1.0)
        # Unslowed, 12 jobs at one poll every 75 ms would have asked about 160 times.
        assert len(rig.service.requests("status")) < 80
        rig.service.heal()
        await watched.engine.refresh()
        for job_id in ids:
            assert (await watched.reaches(job_id, *END)).state is JobState.SAVED


async def test_running_for_23_hours(rig: Rig) -> None:
    """Running for 23 h: still there, asked hourly, never "failed"."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        await asyncio.sleep(seconds)

    rig.service.always("status", lambda r: http(json={"id": asked_for(r), "status": "generating"}))
    async with rig.engine() as watched:
        job = await watched.reaches((await rig.order(watched)).id, JobState.GENERATING)
    history = History.open(rig.home / "data")
    accepted = datetime.now(UTC) - timedelta(hours=23)
    history.change(job.id, lambda job: replace(job, submitted_at=accepted), durable=True)
    history.close()
    async with rig.engine(clock=Clock(sleep=sleep)) as watched:
        await watched.until(lambda: len(watched.engine.index) == 1)
        hourly = Schedule(INTERVAL).scaled(HOUR)
        await until(lambda: any(0.89 * hourly < wait < 1.11 * hourly for wait in waits))
        assert current(watched, job.id).state is JobState.GENERATING
        assert current(watched, job.id).problem is None


async def test_thirty_jobs_resume(rig: Rig) -> None:
    """30 jobs resume at the start: at most 4 questions are open, all end saved, nothing is ordered again."""
    rig.service.always("status", lambda r: http(json={"id": asked_for(r), "status": "queued"}))
    async with rig.engine() as watched:
        ids = [(await rig.order(watched, f"film {n}")).id for n in range(30)]
        for job_id in ids:
            await watched.reaches(job_id, JobState.QUEUED)
    rig.service.heal()
    gate = asyncio.Event()
    before = len(rig.service.requests("status"))
    rig.service.always("status", lambda r: [Await(gate), rig.service.answer_status(r), KeepAlive()])
    async with rig.engine() as watched:
        await asked(rig.service, "status", before + 4)
        await asyncio.sleep(0.2)
        assert len(rig.service.requests("status")) - before == 4
        gate.set()
        for job_id in ids:
            await watched.until(lambda job_id=job_id: watched.engine.job(job_id) is not None)  # type: ignore[misc]
            assert (await watched.reaches(job_id, *END)).state is JobState.SAVED
    assert len(rig.service.requests("order")) == 30
