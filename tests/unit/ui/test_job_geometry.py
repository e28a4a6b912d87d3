"""Where jobs lie: rows and tiles are shared out without gaps, and a click finds what is painted there."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wan_tui.ui.jobs.job_geometry import JobGeometry

GEOMETRIES = st.builds(
    JobGeometry, st.integers(0, 60), st.integers(1, 7), st.integers(1, 9), st.integers(20, 200)
)


@given(GEOMETRIES)
@settings(max_examples=100, deadline=None)
def test_every_cell_belongs_to_the_job_that_is_painted_there(geometry: JobGeometry) -> None:
    """The regions of all jobs touch, never overlap, and fill whole rows."""
    for index in range(geometry.jobs):
        region = geometry.region(index)
        for x, y in (region.offset, (region.right - 1, region.bottom - 1)):
            assert geometry.job_at(x, y) == index
            assert index in geometry.row_at(y)
            assert index in geometry.within(y, 1)
    if geometry.jobs >= geometry.per_row:
        assert sum(geometry.region(i).width for i in range(geometry.per_row)) == geometry.width
    assert geometry.job_at(0, geometry.lines) is None


@given(GEOMETRIES, st.integers(0, 100), st.integers(0, 50))
@settings(max_examples=100, deadline=None)
def test_what_is_in_sight_has_a_line_there(geometry: JobGeometry, top: int, lines: int) -> None:
    seen = [
        i
        for i in range(geometry.jobs)
        if geometry.top(i) < top + max(1, lines) and geometry.region(i).bottom > top
    ]
    assert list(geometry.within(top, lines)) == seen


@pytest.mark.parametrize(
    ("index", "rows", "target"),
    [(0, 1, 3), (4, 1, 6), (6, 1, 6), (6, -1, 3), (1, -1, 1), (2, 2, 6), (5, 9, 6)],
)
def test_below_a_gap_is_the_last_job(index: int, rows: int, target: int) -> None:
    """Seven jobs, three side by side: the last row has one."""
    assert JobGeometry(7, 3, 5, 60).below(index, rows) == target
