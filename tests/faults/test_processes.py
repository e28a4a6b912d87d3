"""Several processes on one library: the same jobs everywhere, one keeper and one download for each, no dead-lock."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import threading
import time
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.faults.conftest import Rig
from tests.faults.program import Program
from tests.faults.rig import http
from tests.faults.waiting import is_held
from tests.patience import PATIENCE, until, wait_until
from tests.unit.library.jobs import make_job
from wan_tui.domain.job import JobState
from wan_tui.domain.observations import Sending
from wan_tui.domain.progress import advance
from wan_tui.engine import job_supervisor
from wan_tui.library.history import History
from wan_tui.library.leases import Leases
from wan_tui.library.partfile import PartFile
from wan_tui.simulator.faults import fault_from_json

NEWS_SECONDS = 2.0
"""Within this time a change by one process is to be seen in the others."""


def play(program: Program, **fault: object) -> None:
    program.service.inject(fault_from_json(fault))


def downloads(program: Program) -> Counter[str]:
    """Requests for each film of this home."""
    own = {str(order["film"]) for order in program.till()}
    return Counter(name for path in program.film_requests() if (name := Path(path).name) in own)


def test_orders_at_the_same_moment(program: Program) -> None:
    """Two instances order at the same moment → all records, unique ids. Here four do."""
    running = [program.start("generate", f"boat {number}", "--json") for number in range(4)]
    told = [json.loads(out)["id"] for code, out, _ in map(program.collect, running) if code == 0]
    assert len(set(told)) == 4
    assert {job.id for job in program.jobs()} == set(told)
    assert len(program.till()) == 4


def test_two_studios_show_the_same_jobs(program: Program) -> None:
    """An order of one is in the other within 2 s, and so is its end; the film is fetched once."""
    with program.studio() as one, program.studio() as other:
        other.until(lambda: "No films yet" in other.text())
        program.order_in(one, "a common boat")
        one.until(lambda: "a common boat" in one.text().partition("Details")[0].partition("Jobs")[2])
        began = time.monotonic()
        other.until(lambda: "a common boat" in other.text())
        print(f"shown by the other after {time.monotonic() - began:.2f} s; aim: {NEWS_SECONDS} s")
        one.until(lambda: "✓ saved" in one.text())
        other.until(lambda: "✓ saved" in other.text())
        assert "film missing" not in other.text()
        for studio in (one, other):
            studio.press("\x11")
            assert studio.exit_code() == 0
    assert [*downloads(program).values()] == [1]


def test_each_film_is_fetched_once(program: Program) -> None:
    """Two instances, same completed job → one download, one file. Here three watch four jobs."""
    for number in range(4):
        assert program.run("generate", f"boat {number}")[0] == 0
    watchers = [program.start("sync", "--watch") for _ in range(3)]
    assert [program.collect(watcher)[0] for watcher in watchers] == [0, 0, 0]
    assert [*downloads(program).values()] == [1, 1, 1, 1]
    assert len(program.films()) == 4


@pytest.mark.parametrize("state", [JobState.GENERATING, JobState.COMPLETED])
def test_a_dead_keepers_job_is_taken_over(program: Program, state: JobState) -> None:
    """The lease goes with its holder; another process that is running then goes on with the job."""
    if state is JobState.COMPLETED:
        play(program, route="GET /generations/*", trickle=2000, times=1)
    keeper = program.start("generate", "an orphan", "--wait")
    with program.studio() as studio:
        wait_until(lambda: any(job.state is state for job in program.jobs()))
        wait_until(lambda: state is not JobState.COMPLETED or bool(downloads(program)))
        keeper.kill()
        program.collect(keeper)
        studio.until(lambda: "✓ saved" in studio.text())
    assert len(program.till()) == 1


def test_a_stopped_keeper_holds_nobody_up(program: Program) -> None:
    """SIGSTOP → others start, order and read. The stopped one's job waits for it, and goes on after SIGCONT."""
    play(program, route="GET /v2/*video*", delay=2.0, times=1)
    keeper = program.start("generate", "held", "--wait")
    # While it waits for an answer; stopped while it writes, it holds the history's lock: the case below.
    wait_until(
        lambda: any(
            id_ in query for query in program.polls() for job in program.jobs() for id_ in job.generation_ids
        )
    )
    keeper.send_signal(signal.SIGSTOP)
    assert "held" in program.run("list")[1]
    assert program.run("generate", "free", "--wait")[0] == 0
    with program.studio() as studio:
        studio.until(lambda: "held" in studio.text() and "free" in studio.text())
        program.order_in(studio, "from the studio")
        saved = [JobState.SAVED, JobState.SAVED]
        studio.until(lambda: [job.state for job in program.jobs() if job.prompt != "held"] == saved)
    [held] = [job for job in program.jobs() if job.prompt == "held"]
    assert not Leases(program.home / "data" / "leases").is_free(held.id)
    keeper.send_signal(signal.SIGCONT)
    assert program.collect(keeper)[0] == 0
    assert {job.state for job in program.jobs()} == {JobState.SAVED}


def test_a_process_stopped_while_it_writes(program: Program) -> None:
    """Lock held for ever by a stopped instance → B starts, says so, reads only; no dead-lock."""
    assert program.run("generate", "before", "--wait")[0] == 0
    writer = program.start("generate", "never written", WAN_TUI_FAULT_DISK="fsync:1+:sleep=60")
    lock = program.home / "data" / "history.lock"
    wait_until(lambda: is_held(lock))
    writer.send_signal(signal.SIGSTOP)
    assert "before" in program.run("list")[1]
    code, out, err = program.run("generate", "refused", "--json")
    assert code == 1
    assert json.loads(out)["error"]["code"] == "library_busy"
    assert "Another wan-tui holds the history" in err
    assert "Nothing was ordered" in err
    with program.studio() as studio:
        studio.until(lambda: "before" in studio.text())
        program.order_in(studio, "refused too")
        studio.until(lambda: "Nothing was ordered" in studio.text())
        assert "Another wan-tui holds" in studio.text()
    assert len(program.till()) == 1
    writer.kill()
    program.collect(writer)
    assert program.run("generate", "after", "--wait")[0] == 0


@pytest.mark.parametrize("way", ["studio", "sync"])
async def test_a_job_that_is_done_by_the_time_its_lease_is_free(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """Its keeper saves the film and lets go between our look at the history and our taking of the lease: the film
    is not fetched a second time.
    """
    async with rig.engine(look_after=False) as watched:
        job = await rig.order(watched)
        await watched.reaches(job.id, JobState.QUEUED)
    acquire = Leases.acquire_free

    def late(leases: Leases, job_ids: Iterable[str]) -> list[str]:
        monkeypatch.undo()
        keeper = History.open(rig.home / "data")
        keeper.change(job.id, lambda job: replace(job, state=JobState.SAVED), durable=True)
        keeper.close()
        return acquire(leases, job_ids)

    monkeypatch.setattr(Leases, "acquire_free", late)
    async with rig.engine(look_after=way == "studio") as watched:
        if way == "sync":
            await watched.engine.sync_once()
        await watched.reaches(job.id, JobState.SAVED)
    assert rig.service.requests("status") == []
    assert rig.service.requests("film") == []


@pytest.mark.parametrize("way", ["studio", "sync"])
async def test_an_order_whose_keeper_was_killed_while_it_sent_it(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """As above, but the keeper dies with the order on its way: it is in doubt for whoever takes the lease, however
    old the view of it is, and is not sent a second time.
    """
    job = make_job(created_at=datetime.now(UTC))
    history = History.open(rig.home / "data")
    history.add(job)
    history.close()
    acquire = Leases.acquire_free

    def late(leases: Leases, job_ids: Iterable[str]) -> list[str]:
        monkeypatch.undo()
        keeper, now = History.open(rig.home / "data"), datetime.now(UTC)
        keeper.change(job.id, lambda job: advance(job, Sending(job.client_id("OTHER")), now), durable=True)
        keeper.close()
        return acquire(leases, job_ids)

    monkeypatch.setattr(Leases, "acquire_free", late)
    async with rig.engine(look_after=way == "studio") as watched:
        if way == "sync":
            await watched.engine.sync_once()
        await watched.reaches(job.id, JobState.UNCONFIRMED)
    assert rig.service.requests("order") == []


async def test_a_film_is_named_before_its_lease_is_let_go(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """An orderly end in the middle of that waits for the thread that does it: else two processes would do it."""
    naming, go_on = threading.Event(), threading.Event()
    finish = PartFile.finish

    def slow(part: PartFile, *arguments: Any) -> Path:
        naming.set()
        go_on.wait(PATIENCE)
        return finish(part, *arguments)

    monkeypatch.setattr(PartFile, "finish", slow)
    others = Leases(rig.home / "data" / "leases")
    async with rig.engine() as watched:
        job = await rig.order(watched)
        await asyncio.to_thread(naming.wait, PATIENCE)
        ending = asyncio.create_task(watched.engine.stop())
        await asyncio.wait([ending], timeout=0.3)
        assert not others.is_free(job.id)
        go_on.set()
        await ending
    assert others.is_free(job.id)
    await rig.recover()
    assert len([*(rig.home / "films").glob("*.mp4")]) == 1


async def test_a_lease_lost_to_a_process_that_ends(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder of leases was deleted and another process took the job: when that one ends, it is taken back."""
    others = Leases(rig.home / "data" / "leases")
    steal = threading.Event()
    confirm = Leases.confirm

    def stolen(leases: Leases) -> Collection[str]:
        if steal.is_set():
            steal.clear()
            shutil.rmtree(others.folder)
            assert others.try_acquire(job.id)
        return confirm(leases)

    monkeypatch.setattr(job_supervisor, "SWEEP_SECONDS", 0.02)
    monkeypatch.setattr(Leases, "confirm", stolen)
    rig.service.always("status", http(500))
    async with rig.engine() as watched:
        job = await watched.reaches((await rig.order(watched)).id, JobState.QUEUED)
        steal.set()
        supervisor = watched.engine._components.supervisor
        await until(lambda: supervisor.job_count == 0)
        others.release_all()
        rig.service.heal()
        assert (await watched.reaches(job.id, JobState.SAVED)).film is not None
