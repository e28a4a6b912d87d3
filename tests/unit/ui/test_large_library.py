"""What is asked of a library on the event loop must not take longer the larger it is."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from textual.widget import Widget

from tests.ui.conftest import FakeEngine, make_job
from wan_tui.domain.index import JobIndex
from wan_tui.domain.job import JobState
from wan_tui.domain.rows import JobRow
from wan_tui.settings import Paths, Settings
from wan_tui.ui.jobs.job_changes import JobChanges
from wan_tui.ui.messages import EngineEvents
from wan_tui.ui.shell.status_bar import StatusBar


class Unwalkable(JobIndex):
    """Of which nobody may have every row."""

    def rows(self) -> list[JobRow]:
        raise AssertionError("every row of the library is walked")


@pytest.fixture
def engine() -> FakeEngine:
    engine = FakeEngine()
    engine.index = Unwalkable()
    states = (JobState.GENERATING, JobState.WAITING, JobState.UNCONFIRMED, JobState.SAVED, JobState.FAILED)
    for number, state in enumerate(states):
        engine.put(make_job(number, state))
    yesterday = make_job(9).created_at - timedelta(days=1)
    engine.put(make_job(9, JobState.SAVED, created_at=yesterday))
    return engine


def test_jobs_alike_are_looked_for_among_the_unfinished(engine: FakeEngine) -> None:
    """With exactly the same parameters, followed or not."""
    running = make_job(0, JobState.GENERATING, followed=False)
    engine.put(running)
    found = JobChanges(engine).alike([make_job(0), make_job(3)])
    assert found == [running]
    assert JobChanges(engine).alike([make_job(0, prompt="another")]) == []


def test_the_status_bar_counts_what_is_open_and_what_today_cost(engine: FakeEngine, tmp_path: Path) -> None:
    """Films of yesterday cost nothing today; what is not followed is not running."""
    engine.put(make_job(5, JobState.QUEUED, followed=False))
    paths = Paths(tmp_path, tmp_path, tmp_path, tmp_path)
    status = StatusBar(engine, EngineEvents(Widget(), "none come"), Settings(paths=paths))
    status._count_all()
    assert status._figures() == ["1 running", "1 waiting", "1 in doubt", "$12.34 left", "$0.42 today"]
