"""A disk that fails: any single call, all writing, too little room, folders that cannot be used."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Iterator
from itertools import count, cycle
from pathlib import Path

import pytest

from tests.faults.checks import check_message
from tests.faults.conftest import END, Rig
from tests.faults.program import Program
from tests.faults.rig import Recorded, Step
from tests.faults.service import Service
from tests.faults.tally import Tally
from tests.patience import PATIENCE
from tests.unit.engine.conftest import Watched
from wan_tui.domain.errors import LibraryError
from wan_tui.domain.events import LibraryLoaded, Trouble
from wan_tui.domain.job import JobState
from wan_tui.files.reasons import explain
from wan_tui.library import disk
from wan_tui.library.fault_injection import Plan
from wan_tui.library.partfile import TRUSTED_OVERLAP

ERRORS = ("ENOSPC", "EIO", "EACCES", "EROFS")
CALLS = ("open", "read", "write", "fsync", "rename", "link", "unlink", "mkdir", "lock", "statvfs")


@pytest.fixture(autouse=True)
def _healthy_disk_afterwards() -> Iterator[None]:
    yield
    disk.use_plan(Plan())


class Witness:
    """Sees at the moment an order arrives whether its intent is on the disk."""

    def __init__(self, home: Path, service: Service) -> None:
        self.without_intent: list[str] = []
        self._data = home / "data"
        self._service = service
        service.always("order", self._see)

    def _see(self, request: Recorded) -> Step:
        client_id = request.headers["x-client-request-id"]
        # Not through the library: its calls are being counted.
        if not any(
            client_id.encode() in path.read_bytes() for path in self._data.iterdir() if path.is_file()
        ):
            self.without_intent.append(client_id)
        return self._service.answer_order(request)


async def one_order(rig: Rig) -> None:
    """Order one film; wait until it is there, or until nothing more happens by itself, or until it is refused."""
    async with rig.engine() as watched:
        try:
            job_id = (await rig.order(watched)).id
        except LibraryError as refusal:
            check_message(refusal.failure())
            return
        await at_rest(watched, job_id)


async def at_rest(watched: Watched, job_id: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while (job := watched.engine.job(job_id)) and job.state not in END and not watched.engine.stuck(job):
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("call", CALLS)
async def test_each_call_fails_once(tmp_path: Path, tally: Tally, call: str) -> None:
    """For any single failure of a disk call, each n-th: old or new state, and no order without its intent on disk."""
    errors = cycle(ERRORS)
    for number in count(1):
        async with Service() as service:
            rig = Rig(tmp_path / str(number), service, tally)
            witness = Witness(rig.home, service)
            plan = Plan(f"{call}:{number}:{next(errors)}")
            disk.use_plan(plan)
            await one_order(rig)
            disk.use_plan(Plan())
            if not plan.fired:
                break
            tally.cases += 1
            tally.faults += plan.fired
            await rig.recover()
            jobs = await rig.checked()
            assert not witness.without_intent
            assert [job.state for job in jobs] in ([], [JobState.SAVED])
            assert len(service.ids) == len(jobs)
            tally.checked += 1
    assert number > 1, f"{call} is never called"


@pytest.mark.parametrize("error", ["ENOSPC", "EROFS"])
async def test_nothing_can_be_written_before_the_order(rig: Rig, error: str) -> None:
    """Disk full, read-only: the order is refused with the cause, nothing goes out."""
    async with rig.engine() as watched:
        await watched.engine.load()
        disk.use_plan(Plan(",".join(f"{call}:1+:{error}" for call in ("open", "write", "fsync", "mkdir"))))
        with pytest.raises(LibraryError, match=explain(OSError(getattr(errno, error), ""))):
            await rig.order(watched)
        disk.use_plan(Plan())
    assert rig.service.requests("order") == []


async def test_the_disk_fills_while_the_order_is_on_its_way(rig: Rig) -> None:
    """Disk full after the intent: what the service answered is kept in memory and written as soon as that works."""

    def fill(request: Recorded) -> Step:
        disk.use_plan(Plan("write:1+:ENOSPC"))
        return rig.service.answer_order(request)

    rig.service.play("order", fill)
    async with rig.engine() as watched:
        job = await rig.order(watched)
        await watched.until(lambda: any("the disk is full" in str(event) for event in watched.events))
        assert rig.service.requests("status") == []
        disk.use_plan(Plan())
        await watched.reaches(job.id, JobState.SAVED)


LITTLE_ROOM = ["/bin/sh", "-c", 'ulimit -f 40; exec "$@"', "sh"]
"""No file may grow beyond 40 blocks of 512 bytes."""


def test_no_room_for_the_film(program: Program) -> None:
    """Disk full at 80 % → ``.part`` kept, job stays completed; with room it goes on from there."""
    assert program.run("generate", "too large a boat")[0] == 0
    while program.jobs()[0].state is not JobState.COMPLETED:
        assert program.run("sync", before=LITTLE_ROOM)[0] in (0, 1)
    code, _, err = program.run("sync", before=LITTLE_ROOM)
    assert code == 1, "from cron nobody would see it"
    [job] = program.jobs()
    assert f"{job.id}: The film cannot be saved" in err
    assert job.problem is not None
    assert "The film cannot be saved" in job.problem.message
    [part] = (program.home / "films").glob("*.part")
    fetched = part.stat().st_size
    assert fetched > 0
    program.settle()
    [film] = program.films()
    assert film.stat().st_size > fetched
    ranges = [dict(seen.headers).get("range") for seen in program.service.requests if seen.origin == "films"]
    assert ranges[-1] == f"bytes={fetched - TRUSTED_OVERLAP}-"


@pytest.mark.parametrize("error", ["EIO", "EACCES"])
async def test_a_history_that_cannot_be_read_at_the_start(rig: Rig, error: str) -> None:
    """It is told once; orders are refused until the disk is back, without a restart."""
    disk.use_plan(Plan(f"open:1+:{error}"))
    async with rig.engine() as watched:
        await watched.until(lambda: any(isinstance(event, Trouble) for event in watched.events))
        with pytest.raises(LibraryError, match="The history cannot be read"):
            await rig.order(watched)
        disk.use_plan(Plan())
        await watched.until(lambda: any(isinstance(event, LibraryLoaded) for event in watched.events))
        await watched.reaches((await rig.order(watched)).id, JobState.SAVED)
        assert sum(isinstance(event, Trouble) for event in watched.events) == 1
