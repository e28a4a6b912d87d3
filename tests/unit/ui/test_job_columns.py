"""The columns of the job list."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from tests.ui.conftest import NOW, make_job
from wan_tui.domain.job import JobState
from wan_tui.domain.job_record import to_record
from wan_tui.domain.rows import JobRow, row_of
from wan_tui.ui.jobs.job_columns import cells, columns, header


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
    """Film name first, then the note; state, time and prompt are kept at 60 columns."""
    assert columns(160).film
    assert columns(66).note
    assert not columns(66).film
    narrow = columns(56)
    assert (bool(narrow.film), bool(narrow.note), bool(narrow.time)) == (False, False, True)
    assert narrow.prompt >= 20
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
