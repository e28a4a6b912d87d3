"""Each job is cared for by one process, and by another as soon as that one is gone."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.library.jobs import make_job
from tests.unit.library.processes import ROOT
from wan_tui.domain.errors import LibraryUnwritable
from wan_tui.library.fault_injection import Plan
from wan_tui.library.leases import Leases

JOB = make_job(1).id
OTHER = make_job(2).id

HOLDER = """
import sys, pathlib, time
from wan_tui.library.leases import Leases
leases = Leases(pathlib.Path(sys.argv[1]))
print(leases.try_acquire(sys.argv[2]), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def leases(tmp_path: Path) -> Leases:
    return Leases(tmp_path / "leases")


def test_a_lease_is_held_once(leases: Leases) -> None:
    """Two holders in one process count as two, as two processes do."""
    other = Leases(leases.folder)
    assert leases.try_acquire(JOB)
    assert leases.try_acquire(JOB)
    assert not other.try_acquire(JOB)
    assert other.try_acquire(OTHER)
    assert (leases.is_free(JOB), other.is_free(JOB), leases.is_free(OTHER)) == (False, False, False)
    assert leases.held == {JOB}
    leases.release(JOB)
    leases.release(JOB)
    assert other.is_free(JOB)
    assert other.try_acquire(JOB)
    assert not leases.try_acquire(JOB)


@pytest.mark.parametrize("way", [signal.SIGKILL, signal.SIGTERM])
def test_a_dead_holder_is_succeeded_at_once(leases: Leases, way: signal.Signals) -> None:
    """The lease is free in the moment its holder is gone, and not before, however old its file is."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(leases.folder), JOB],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout
    assert holder.stdout.readline() == "True\n"
    assert not leases.is_free(JOB)
    assert not leases.try_acquire(JOB)
    holder.send_signal(way)
    holder.communicate()
    assert leases.is_free(JOB)
    assert leases.try_acquire(JOB)


def test_a_stopped_holder_keeps_its_lease_and_holds_nobody_up(leases: Leases) -> None:
    """SIGSTOP is not death: the job stays its own, and every other job can be had."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(leases.folder), JOB],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout
    assert holder.stdout.readline() == "True\n"
    holder.send_signal(signal.SIGSTOP)
    try:
        assert not leases.try_acquire(JOB)
        assert leases.try_acquire(OTHER)
    finally:
        holder.kill()
        holder.communicate()


def test_thousands_at_once_with_two_files_open(leases: Leases) -> None:
    """All can be held, are refused to others, cost no descriptor each, and leave no file behind."""
    ids = [make_job(number).id for number in range(6_000)]
    other = Leases(leases.folder)
    before = len(os.listdir("/dev/fd"))
    assert leases.acquire_free(ids) == ids
    assert len(os.listdir("/dev/fd")) <= before + 2
    assert other.acquire_free(ids) == []
    leases.release_all()
    assert other.acquire_free(ids) == ids
    other.release_all()
    assert [p.name for p in leases.folder.iterdir()] == ["guard"]


def test_what_a_killed_process_left_is_swept(leases: Leases) -> None:
    """The list of a process that is gone goes, and so do lock files of older versions; lists in use stay."""
    other = Leases(leases.folder)
    assert other.try_acquire(JOB)
    (leases.folder / "dead.jobs").write_text(f"+{OTHER}\n")
    (leases.folder / "dead.alive").touch()
    (leases.folder / f"{OTHER}.lock").touch()
    leases.sweep()
    assert sorted(p.suffix for p in leases.folder.iterdir()) == ["", ".alive", ".jobs"]
    assert not leases.is_free(JOB)


def test_a_list_cut_short_by_a_kill(leases: Leases) -> None:
    """Whole lines count; the cut one was never acknowledged."""
    other = Leases(leases.folder)
    assert other.try_acquire(JOB)
    [path] = leases.folder.glob("*.jobs")
    with path.open("a") as file:
        file.write(f"+{OTHER[:-1]}")
    assert not leases.is_free(JOB)
    assert leases.is_free(OTHER)


def test_a_list_does_not_grow_for_ever(leases: Leases) -> None:
    """Taking and letting go for months leaves a short list."""
    assert leases.try_acquire(OTHER)
    for _ in range(1_200):
        leases.try_acquire(JOB)
        leases.release(JOB)
    [path] = leases.folder.glob("*.jobs")
    assert len(path.read_text().split()) < 1_100
    assert not Leases(leases.folder).is_free(OTHER)


def test_the_folder_is_deleted(leases: Leases) -> None:
    """What nobody took meanwhile is listed anew; what somebody took is his, and is told."""
    assert leases.acquire_free([JOB, OTHER]) == [JOB, OTHER]
    assert leases.confirm() == ()
    shutil.rmtree(leases.folder)
    other = Leases(leases.folder)
    assert other.try_acquire(JOB)
    assert set(leases.confirm()) == {JOB}
    assert leases.held == {OTHER}
    assert not other.try_acquire(OTHER)
    assert not leases.try_acquire(JOB)


def test_the_folder_comes_back_from_a_backup(leases: Leases, tmp_path: Path) -> None:
    """Copies of the files are nobody's: the one who lives lists its jobs anew, and nobody else has them."""
    assert leases.try_acquire(JOB)
    shutil.copytree(leases.folder, tmp_path / "backup")
    assert leases.try_acquire(OTHER)
    shutil.rmtree(leases.folder)
    shutil.move(tmp_path / "backup", leases.folder)
    assert leases.confirm() == set()
    other = Leases(leases.folder)
    assert other.acquire_free([JOB, OTHER]) == []


@pytest.mark.parametrize(
    "job_id", ["../../etc/passwd", "", ".", "a" * 5000, "a\x00b", "\ud800", "CON", "a\n+b"]
)
def test_an_odd_id_stays_inside_its_line(leases: Leases, job_id: str) -> None:
    """Ids come from a file that anybody may have edited."""
    assert leases.try_acquire(job_id)
    [path] = leases.folder.glob("*.jobs")
    assert len(path.read_text().split()) == 1
    assert not Leases(leases.folder).is_free(job_id)
    assert Leases(leases.folder).is_free("b")


def test_no_list_can_be_made(leases: Leases, faults: Callable[[str], Plan]) -> None:
    """It says so, and holds nothing."""
    faults("mkdir:1+:EROFS")
    with pytest.raises(LibraryUnwritable, match="read-only"):
        leases.try_acquire(JOB)
    assert leases.held == frozenset()


@pytest.mark.parametrize("call", ["open", "write", "rename", "lock"])
def test_the_disk_fails_once(leases: Leases, faults: Callable[[str], Plan], call: str) -> None:
    """Nothing is held that is not listed, and the next try takes it."""
    faults(f"{call}:1:ENOSPC")
    with pytest.raises(LibraryUnwritable):
        leases.try_acquire(JOB)
    assert leases.held == frozenset()
    assert leases.try_acquire(JOB)
    assert not Leases(leases.folder).is_free(JOB)
