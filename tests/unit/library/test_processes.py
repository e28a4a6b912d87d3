"""Several processes on one history, and processes that are killed or stopped in the middle of it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from tinydb import TinyDB

from tests.unit.library.jobs import make_job
from tests.unit.library.processes import Tally, Writer, check, fresh_history, kill_rounds
from tests.unit.library.writer import SHARED, bump
from wan_tui.domain.errors import LibraryBusy
from wan_tui.library.history import History

FOLDING = {"WAN_TUI_JOURNAL_LIMIT": "3000"}


@pytest.mark.parametrize("writers", [2, 3])
def test_no_update_is_lost_between_processes(folder: Path, writers: int) -> None:
    """All add to one job and add jobs of their own, folding all the time: every one of the changes is there."""
    fresh_history(folder, 20)
    tally = Tally()
    running = [Writer(folder, number, 60, **FOLDING) for number in range(writers)]
    for writer in running:
        writer.wait_ready()
    for writer in running:
        writer.go()
    assert [writer.collect(tally) for writer in running] == [0] * writers
    check(folder, tally)
    assert tally.lost == []
    assert tally.updates == len(tally.added) == 60 * writers
    with TinyDB(folder / "history.json") as stock:
        assert len(stock) == 20 + 60 * writers


@pytest.mark.parametrize(("writers", "kills"), [(1, 6), (2, 6)])
def test_kills_lose_nothing(folder: Path, writers: int, kills: int) -> None:
    """kill -9 at random moments, folding all the time; the long run is ``python -m tests.bench.kill_store``."""
    tally = kill_rounds(folder, kills, writers=writers, jobs=50, **FOLDING)
    assert tally.lost == []
    assert tally.updates + len(tally.added) > 0


POINTS = [
    "journal.before-write",
    "journal.written",
    "journal.synced",
    "compact.written",
    "compact.backed-up",
    "compact.replaced",
    "compact.done",
]


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_at_each_named_point_loses_nothing(folder: Path, point: str) -> None:
    """The process dies exactly there, twice in a row, and every recorded change is there."""
    fresh_history(folder, 5)
    tally = Tally()
    for passing in (2, 3):
        writer = Writer(folder, passing, 100, WAN_TUI_CRASH_AT=f"{point}:{passing}", **FOLDING)
        writer.wait_ready()
        writer.go()
        tally.kills += 1
        assert writer.collect(tally) == -signal.SIGKILL
        check(folder, tally)
    assert tally.lost == []
    assert sorted(p.name for p in folder.glob("*.tmp")) == []


def test_a_stopped_process_holds_nobody_up(folder: Path) -> None:
    """One is stopped while it holds the lock: another starts, reads, is told why it cannot write, and goes on after."""
    fresh_history(folder, 5)
    holder = Writer(folder, 1, 10, WAN_TUI_FAULT_DISK="fsync:2:sleep=60")
    holder.wait_ready()
    holder.go()
    journal = folder / "history.1.journal"
    while not (journal.exists() and journal.stat().st_size):
        os.sched_yield()
    os.kill(holder.pid, signal.SIGSTOP)
    try:
        history = History.open(folder, lock_wait=0.1)
        history.load()
        assert len(history.index) == 5
        assert history.refresh() == []
        with pytest.raises(LibraryBusy, match="does not release"):
            history.add(make_job(77))
        history.close()
    finally:
        holder.kill()
        holder.collect(Tally())
    history = History.open(folder, lock_wait=5)
    history.change(SHARED.id, bump, durable=True)
    history.close()
