"""The words and figures of the screen."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from wan_tui.domain.job import JobState
from wan_tui.domain.time_left import TimeLeft
from wan_tui.ui import formatting


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-3, "0:00"), (0, "0:00"), (42.9, "0:42"), (723, "12:03"), (3723, "1:02:03"), (190_000, "2 d")],
)
def test_clock(seconds: float, text: str) -> None:
    """A running time counts like a watch and never backwards."""
    assert formatting.clock(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        *[(59, "now"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"), (47 * 3600, "47 h")],
        *[(48 * 3600, "2 d"), (59 * 86400, "59 d"), (60 * 86400, "2 mo"), (400 * 86400, "1 y")],
    ],
)
def test_age(seconds: float, text: str) -> None:
    """An age is told in the largest unit that still says something."""
    assert formatting.age(seconds) == text


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (TimeLeft(21, 48), "20–50 s left"),
        (TimeLeft(1, 2), "~5 s left"),
        (TimeLeft(70, 185), "1–3 min left"),
        (TimeLeft(118, 121), "~2 min left"),
        (TimeLeft(3600, 10_000), "1–3 h left"),
        (TimeLeft(0, 0, slow=True), "unusually slow"),
    ],
)
def test_estimate(left: TimeLeft, text: str) -> None:
    """An estimate is a range, or one figure where the ends meet, and fits its column."""
    assert formatting.estimate(left) == text
    assert len(text) <= 14


def test_money_and_sizes() -> None:
    """Cents where cents say enough; bytes in three digits or so."""
    assert formatting.money(0.5) == "$0.50"
    assert formatting.money(1234) == "$1,234.00"
    assert formatting.money(0.0025) == "$0.0025"
    assert formatting.money(0) == "$0.00"
    assert [formatting.size(n) for n in (812, 34_400, 3_420_000)] == ["812 B", "34 kB", "3.4 MB"]


@pytest.mark.parametrize("text", ["dragon", "龍が夜空を飛ぶ", "🐉🐉🐉🐉🐉", "مرحبا بالعالم", ""])
@pytest.mark.parametrize("width", [0, 1, 4, 7, 40])
def test_fit_gives_exactly_the_cells_asked_for(text: str, width: int) -> None:
    """Wide characters are never cut in half nor push the next column away."""
    assert cell_len(formatting.fit(text, width)) == width
    assert cell_len(formatting.fit_right(text, width)) == width


def test_every_state_has_a_sign_of_one_cell() -> None:
    """A state can be told without colour, and no two look alike."""
    assert {cell_len(formatting.SIGNS[state]) for state in JobState} == {1}
    assert len(set(formatting.SIGNS.values())) == len(JobState)


def test_count() -> None:
    """One job, two jobs."""
    assert formatting.count(1, "job") == "1 job"
    assert formatting.count(1200, "job") == "1,200 jobs"
