"""A machine that slept, a wall clock that jumps, file times from the future."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.faults.conftest import END, Jumps, Rig
from tests.faults.rig import Hang, Recorded, Step, http
from tests.faults.service import asked_for
from tests.faults.waiting import asked
from tests.patience import until
from wan_tui.domain.job import JobState
from wan_tui.engine.schedule import USUAL_INTERVAL

NIGHT = timedelta(hours=8)


class Waits:
    """A clock's sleep that notes what it is asked for."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await asyncio.sleep(seconds)


async def test_a_night_in_the_middle_of_polling(rig: Rig) -> None:
    """Sleep 8 h in the middle of poll → due polls at once; the usual interval would take 9 s more."""
    jumps, waits = Jumps(), Waits()
    clock = replace(jumps.clock(), sleep=waits.sleep)
    async with rig.engine(clock=clock, interval=USUAL_INTERVAL) as watched:
        job = await watched.reaches((await rig.order(watched)).id, JobState.QUEUED)
        await until(lambda: any(5 < wait < 20 for wait in waits.seconds))
        assert rig.service.requests("status") == []
        began = time.monotonic()
        jumps.ahead = NIGHT
        await watched.reaches(job.id, JobState.SAVED)
        print(f"asked and saved {time.monotonic() - began:.1f} s after waking up")
        assert time.monotonic() - began < USUAL_INTERVAL * 0.8


async def test_a_night_in_the_middle_of_a_download(rig: Rig) -> None:
    """Sleep 8 h in the middle of download → expired link → re-poll; the film comes by the new link."""
    jumps = Jumps()

    def link(path: str, hours: int) -> str:
        expires = datetime.now(UTC) + timedelta(hours=hours)
        return f"{rig.service.films.url}{path}?Expires={int(expires.timestamp())}"

    def status(request: Recorded) -> Step:
        new = link("/new.mp4", 24) if jumps.ahead else link("/old.mp4", 1)
        return http(json=rig.service.completed(asked_for(request), video={"url": new}))

    rig.service.always("status", status)

    def film(request: Recorded) -> Step:
        return http(403) if request.target.startswith("/old") else rig.service.whole_film(request)

    rig.service.play("film", Hang())
    rig.service.always("film", film)
    async with rig.engine(clock=jumps.clock()) as watched:
        job = await rig.order(watched)
        await asked(rig.service, "film", 1)
        jumps.ahead = NIGHT
        await watched.reaches(job.id, JobState.SAVED)
    paths = [request.target.partition("?")[0] for request in rig.service.requests("film")]
    assert (paths[0], paths[-1]) == ("/old.mp4", "/new.mp4")


@pytest.mark.parametrize(
    "jump",
    [
        timedelta(days=-365),
        timedelta(days=365),
        timedelta(hours=-1),
        timedelta(hours=1),
        timedelta(seconds=-1),
    ],
    ids=["-1 year", "+1 year", "-1 hour", "+1 hour", "leap second"],
)
async def test_a_wall_clock_that_jumps(rig: Rig, jump: timedelta) -> None:
    """Wall clock −1 y / +1 y / DST / leap → no negative waits, order of history stable."""
    jumps, waits = Jumps(), Waits()
    async with rig.engine(clock=replace(jumps.clock(), sleep=waits.sleep)) as watched:
        before = [(await rig.order(watched, f"before {number}")).id for number in range(2)]
        await watched.reaches(before[0], JobState.QUEUED, *END)
        jumps.ahead = jump
        after = await rig.order(watched, "after")
        for job_id in (*before, after.id):
            await watched.reaches(job_id, JobState.SAVED)
        listed = [row.id for row in watched.engine.index.rows()]
    assert min(waits.seconds) >= 0
    assert [job_id for job_id in reversed(listed) if job_id != after.id] == before
    async with rig.engine(look_after=False) as watched:
        assert [row.id for row in watched.engine.index.rows()] == listed


async def test_file_times_from_the_future(rig: Rig) -> None:
    """Mtime in the future on lock/part → ignored: nothing is judged by it."""
    rig.service.play("film", Hang())
    async with rig.engine() as watched:
        job = await rig.order(watched)
        await asked(rig.service, "film", 1)
    for path in everything_in(rig.home):
        os.utime(path, (4e9, 4e9))
    async with rig.engine() as watched:
        await watched.reaches(job.id, JobState.SAVED)
    assert not [*rig.home.rglob("*.part*")]


def everything_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
