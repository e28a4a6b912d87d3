"""The columns of the job list."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from tests.ui.conftest import NOW, FakeEngine, make_job
from wan_tui.domain.events import DownloadProgress
from wan_tui.domain.job import JobState
from wan_tui.domain.job_record import to_record
from wan_tui.domain.rows import JobRow, row_of
from wan_tui.domain.time_left import TimeLeft
from wan_tui.ui.jobs.job_columns import cells, columns, header, note_with_bar


def row(state: JobState = JobState.SAVED, **more: object) -> JobRow:
    return row_of("1", to_record(make_job(1, state, **more)))  # type: ignore[arg-type]


@pytest.mark.parametrize("width", range(12, 220, 7))
@pytest.mark.parametrize("prompt", ["a boat", "龍" * 300, "🐉" * 300])
def test_header_and_row_fill_the_width(width: int, prompt: str) -> None:
    """Whatever the width, the columns add up to it, and header and rows agree."""
    widths = columns(width)
    line = "".join(
        text
        for text, _ in cells(
            row(prompt=prompt, starred=True),
            widths,
            note="$0.42",
            now=NOW.timestamp(),
            cursor=True,
            marked=True,
        )
    )
    assert cell_len(line) == width
    assert cell_len(header(widths)) == width


def test_columns_give_way_in_order() -> None:
    """Seed first, then ratio, then the note; state, time and prompt are kept at 60 columns."""
    assert columns(90).seed
    assert columns(80).ratio
    assert not columns(80).seed
    assert columns(66).note
    assert not columns(66).ratio
    narrow = columns(56)
    assert (bool(narrow.ratio), bool(narrow.note), bool(narrow.time)) == (False, False, True)
    assert narrow.prompt >= 20


def test_a_star_shifts_nothing() -> None:
    """It has a place of its own before the state."""
    plain, starred = (
        "".join(
            text
            for text, _ in cells(
                row(starred=starred), columns(100), note="", now=NOW.timestamp(), cursor=False, marked=False
            )
        )
        for starred in (False, True)
    )
    assert [new for old, new in zip(plain, starred, strict=True) if old != new] == ["★"]
    assert " 16:9 " in plain
    assert " 1001 " in plain


def test_what_runs_has_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the estimate while it is made, from the bytes while it is fetched; it never fills the note."""
    engine = FakeEngine([make_job(1, JobState.GENERATING)])
    monkeypatch.setattr(engine, "time_left", lambda job, now: TimeLeft(3 * 60.0, 3 * 60.0))
    running = engine.index.rows()[0]
    assert note_with_bar(engine, running, None, NOW) == "━━── ~3 min"
    fetched = row(JobState.COMPLETED)
    assert note_with_bar(engine, fetched, DownloadProgress(fetched.id, 80, 100), NOW) == "━━━─ 80%"
    assert note_with_bar(engine, row(), None, NOW) == "$0.42"
    assert columns(30).state == 1


@pytest.mark.parametrize("state", JobState)
def test_every_state_fits_its_column(state: JobState) -> None:
    """No state's word is cut."""
    pieces = [
        text
        for text, _ in cells(
            row(state), columns(80), note="", now=NOW.timestamp(), cursor=False, marked=False
        )
    ]
    assert state.value in pieces[1]
