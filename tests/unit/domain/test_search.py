"""What may be concluded from finding nothing: from looks that were answered and the time between them."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.domain.strategies import NOW
from wan_tui.domain.search import MAX_GAP, MIN_LOOKS, Search

DAY = 86_400.0
HOUR = 3600.0


def looked(times: int, gap: float | None, search: Search | None = None) -> Search:
    search = search or Search()
    for _ in range(times):
        at = (search.last_at or NOW) + timedelta(hours=1)
        search = search.looked(at, gap)
    return search


def test_a_day_of_hourly_looks_is_enough() -> None:
    """25 looks with 24 hours between them; one fewer is not."""
    assert looked(25, HOUR).exhausted(DAY)
    assert not looked(24, HOUR).exhausted(DAY)


def test_a_long_pause_is_no_looking() -> None:
    """Two looks with a year between them: nobody looked meanwhile."""
    search = looked(2, 365 * DAY)
    assert search.seconds == MAX_GAP
    assert not search.exhausted(DAY)


def test_few_looks_prove_nothing() -> None:
    """However long they took."""
    assert not looked(MIN_LOOKS - 1, 10 * DAY, Search(seconds=10 * DAY)).exhausted(DAY)
    assert looked(MIN_LOOKS, HOUR, Search(seconds=10 * DAY)).exhausted(DAY)


def test_between_two_runs_the_services_clock_counts() -> None:
    """``sync`` from cron, every hour: its looks add up over the runs, by a clock that is not ours."""
    assert looked(25, None).exhausted(DAY)


def test_without_any_clock_to_go_by_nothing_adds_up() -> None:
    """The service tells no time, each look is another run's: looked for, but nobody knows how long."""
    search = Search()
    for _ in range(100):
        search = search.looked(None, None)
    assert (search.looks, search.seconds) == (100, 0.0)


@given(
    st.lists(
        st.tuples(st.none() | st.floats(-1e9, 1e9), st.none() | st.integers(-(10**6), 10**6)), max_size=30
    )
)
def test_no_clock_can_hurry_it(looks: list[tuple[float | None, int | None]]) -> None:
    """Whatever the clocks do, so many looks are worth so many gaps at most, and nothing is ever taken away."""
    search = Search()
    for gap, hours in looks:
        before = search
        search = search.looked(None if hours is None else NOW + timedelta(hours=hours), gap)
        assert before.seconds <= search.seconds <= before.seconds + MAX_GAP
    assert search.seconds <= max(0, len(looks) - 1) * MAX_GAP
