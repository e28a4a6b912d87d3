"""Each job is cared for by one process, and by another as soon as that one is gone."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.library.jobs import make_job
from tests.unit.library.processes import ROOT
from wan_tui.domain.errors import LibraryUnwritable
from wan_tui.library.faults import Plan
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


def test_five_hundred_at_once(leases: Leases) -> None:
    """All can be held, are refused to others, and leave no file behind."""
    ids = [make_job(number).id for number in range(500)]
    other = Leases(leases.folder)
    assert all(leases.try_acquire(job_id) for job_id in ids)
    assert not any(other.try_acquire(job_id) for job_id in ids)
    leases.release_all()
    assert all(other.is_free(job_id) for job_id in ids)
    assert [p.name for p in leases.folder.glob("*.lock")] == []


def test_left_over_files_are_swept(leases: Leases) -> None:
    """A killed process leaves its lock file; sweeping removes it, but none that is held."""
    leases.folder.mkdir()
    (leases.folder / f"{OTHER}.lock").touch()
    other = Leases(leases.folder)
    assert other.try_acquire(JOB)
    leases.sweep()
    assert [p.name for p in leases.folder.glob("*.lock")] == [f"{JOB}.lock"]


@pytest.mark.parametrize("job_id", ["../../etc/passwd", "", ".", "a" * 5000, "a\x00b", "\ud800", "CON"])
def test_an_odd_id_stays_inside_the_folder(leases: Leases, job_id: str) -> None:
    """Ids come from a file that anybody may have edited."""
    assert leases.try_acquire(job_id)
    [path] = leases.folder.glob("*.lock")
    assert path.parent == leases.folder
    assert not Leases(leases.folder).is_free(job_id)


def test_no_lock_file_can_be_made(leases: Leases, faults: Callable[[str], Plan]) -> None:
    """It says so, and holds nothing."""
    faults("mkdir:1+:EROFS")
    with pytest.raises(LibraryUnwritable, match="read-only"):
        leases.try_acquire(JOB)
    assert leases.held == frozenset()
