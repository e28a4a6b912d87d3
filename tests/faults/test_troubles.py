"""Leases and folders deleted, backups restored, clocks set, processes stopped: each order is paid for once and its
film is kept. On purpose, then all at random with kills. One of each kind is played; all with WAN_TUI_PLAY_TROUBLES=1,
which takes two minutes. Longer still: ``tests.bench.kill_run``.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from tests.faults.killing import Looker, kill_amid_troubles
from tests.faults.program import Program, ended_by_kill
from tests.faults.tally import Tally
from tests.faults.troubles import Troubles, job_of, troubled
from tests.faults.waiting import is_held
from tests.faults.wall_clock import WallClock, clocks_can_be_set
from tests.patience import wait_until
from wan_tui.domain.job import Job, JobState

needs_clock = pytest.mark.skipif(not clocks_can_be_set(), reason="no C compiler: no clock can be set")
_T = TypeVar("_T")
ALL = bool(os.environ.get("WAN_TUI_PLAY_TROUBLES"))


def first(*values: _T) -> tuple[_T, ...]:
    """The values to play: the first alone, unless all are asked for."""
    return values if ALL else values[:1]


AHEAD = first(timedelta(hours=-26), timedelta(hours=1), timedelta(days=3))


@pytest.fixture
def troubles(program: Program) -> Iterator[Troubles]:
    with troubled(program) as made:
        yield made


def ended(process: subprocess.Popen[bytes]) -> bool:
    return process.poll() is not None


def kept_waiting(process: subprocess.Popen[bytes], program: Program) -> bool:
    """Whether somebody has held the history's lock for longer than anybody writes."""
    lock, end = program.home / "data" / "history.lock", time.monotonic() + 2.0
    while is_held(lock) and not ended(process):
        if time.monotonic() > end:
            return True
        time.sleep(0.01)
    return False


def stopped(process: subprocess.Popen[bytes]) -> bool:
    if ended(process):
        return False
    return Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def killed_at(program: Program, point: str, **environment: str) -> Job:
    """The job of an order that was killed at ``point``."""
    known = {job.id for job in program.jobs()}
    code, _, err = program.run("generate", "a boat", "--json", WAN_TUI_CRASH_AT=point, **environment)
    assert ended_by_kill(code), err
    [job] = [job for job in program.jobs() if job.id not in known]
    return job


def stopped_at(
    program: Program, point: str, *command: str, beside_another: bool = False
) -> subprocess.Popen[bytes]:
    """A process of the program that stands still at ``point``.

    ``beside_another`` that stands still: if that one has the history's lock in its hand, this one waits or gives up.
    """
    process = program.start(*command, WAN_TUI_STOP_AT=point)
    wait_until(
        lambda: stopped(process) or (beside_another and (ended(process) or kept_waiting(process, program)))
    )
    return process


def go_on(program: Program, *processes: subprocess.Popen[bytes]) -> None:
    for process in processes:
        process.send_signal(signal.SIGCONT)
    for process in processes:
        program.collect(process)


def saved_once(program: Program) -> None:
    """Everything comes to its end: the service took one order, and its film is here."""
    program.settle()
    taken = [job_of(order) for order in program.till()]
    assert len(taken) == len(set(taken)) == 1, f"paid twice: {taken}"
    states = {job.id: (job.state, job.error or job.problem) for job in program.jobs()}
    assert [state for state, _ in states.values()] == [JobState.SAVED], states


POINTS = first("before-intent", "after-intent", "after-send", "before-id")


@pytest.mark.parametrize("second", first("before-intent", "after-intent", "after-send"))
@pytest.mark.parametrize("trouble", first("delete_state", "delete_leases"))
def test_two_processes_hold_one_order(
    program: Program, troubles: Troubles, trouble: str, second: str
) -> None:
    """Whoever comes second finds the order on disk as waiting, too, and goes on with it at the same time."""
    killed_at(program, "before-intent")
    one = stopped_at(program, "before-intent", "sync")
    getattr(troubles, trouble)()
    troubles.delete_leases()
    other = stopped_at(program, second, "sync", beside_another=True)
    go_on(program, one)
    wait_until(lambda: stopped(other) or ended(other))
    go_on(program, other)
    saved_once(program)


@pytest.mark.parametrize("point", POINTS)
def test_an_order_is_taken_over_while_its_process_stands_still(
    program: Program, troubles: Troubles, point: str
) -> None:
    """Its lease is deleted meanwhile, and another process does what it holds right; then the first goes on."""
    keeper = stopped_at(program, point, "generate", "a boat", "--json")
    troubles.delete_leases()
    program.run("sync")
    go_on(program, keeper)
    saved_once(program)


@pytest.mark.parametrize("point", first("after-send", "after-intent", "after-headers"))
def test_the_state_folder_is_gone_when_an_order_is_looked_for(
    program: Program, troubles: Troubles, point: str
) -> None:
    """What tells whose key an order was made with must not lie where it can be cleared away."""
    killed_at(program, point)
    troubles.delete_state()
    if point == "after-intent":  # it never left: in doubt, and rightly
        program.settle()
        assert program.till() == []
        return
    saved_once(program)


@pytest.mark.parametrize("way", first("_swap", "_overwrite"))
@pytest.mark.parametrize("in_use", first(True, False), ids=first("in use", "at rest"))
def test_a_backup_from_before_the_order_was_sent(
    program: Program, tmp_path: Path, troubles: Troubles, way: str, in_use: bool
) -> None:
    """The order waits again, as far as the library knows: it is looked for at the service before it is sent."""
    killed_at(program, "before-intent")
    copy = tmp_path / "backup"
    shutil.copytree(program.home / "data", copy)
    program.settle()
    assert len(program.till()) == 1
    with program.studio() as studio:
        if in_use:
            studio.until(lambda: "✓ saved" in studio.text())
            getattr(troubles, way)(copy)
            wait_until(lambda: all(job.state is JobState.SAVED for job in program.jobs()))
        else:
            studio.process.kill()
            getattr(troubles, way)(copy)
    saved_once(program)


@pytest.mark.parametrize("point", first("after-send", "after-saved"))
def test_history_alone_is_set_back(program: Program, tmp_path: Path, point: str) -> None:
    """What lies beside it is newer: nothing of it is forgotten."""
    assert program.run("generate", "a boat", "--wait")[0] == 0
    history = program.home / "data" / "history.json"
    older = tmp_path / "older.json"
    shutil.copy2(history, older)
    ids = {job.id for job in program.jobs()}
    for number in range(3):  # what is newer is folded in at the end of each
        assert program.run("generate", f"boat {number}", "--wait")[0] == 0
    code, _, _ = program.run("generate", "killed", "--wait", WAN_TUI_CRASH_AT=point)
    assert ended_by_kill(code)
    ids = {job.id for job in program.jobs()}
    os.replace(older, history)
    assert {job.id for job in program.jobs()} == ids
    program.settle()
    assert {job.id for job in program.jobs()} == ids
    assert all(job.state is JobState.SAVED for job in program.jobs())


@needs_clock
@pytest.mark.parametrize("after", AHEAD, ids=str)
@pytest.mark.parametrize("point", first("after-send", "before-intent"))
def test_the_clock_is_set_between_an_order_and_the_look_for_it(
    program: Program, tmp_path: Path, point: str, after: timedelta
) -> None:
    """No wrong clock sends an order twice, or makes it lost: neither while it is wrong nor when it is right again."""
    clock = WallClock(tmp_path / "clock")
    killed_at(program, point, **clock.environment)
    clock.set(after)
    for _ in range(2):
        program.run("sync", **clock.environment)
        time.sleep(0.3)
    clock.set(timedelta())
    if any(
        job.pending and job.problem for job in program.jobs()
    ):  # held for the user's word by the wrong clock
        program.run("sync")
    saved_once(program)


@needs_clock
@pytest.mark.parametrize("ahead", [-ahead for ahead in AHEAD], ids=str)
def test_two_processes_with_different_clocks(program: Program, tmp_path: Path, ahead: timedelta) -> None:
    """One orders, the other finds, asks and fetches: by the other's clock its film's link may be dead long since."""
    clock = WallClock(tmp_path / "clock")
    clock.set(ahead)
    other: Mapping[str, str] = clock.environment
    killed_at(program, "after-send")
    watcher = program.start("sync", "--watch", **other)
    program.collect(watcher)
    saved_once(program)


@pytest.mark.parametrize(
    "lookers", first(["sync"], ["studio", "sync"]), ids=first("one process", "two processes")
)
def test_all_at_random(program: Program, tally: Tally, lookers: list[Looker]) -> None:
    toll = kill_amid_troubles(program, 4, lookers)
    tally.kills += toll.kills
    tally.lost += len(toll.lost) + len(toll.unreadable) + len(toll.half)
    tally.double_paid += len(toll.double)
    assert toll.clean, (toll.double, toll.lost, toll.unreadable, toll.half)
