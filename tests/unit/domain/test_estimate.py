"""What is said about the time left."""

from __future__ import annotations

import pytest

from wan_tui.domain.estimate import TimeLeft, time_left

PAST = [60.0, 70.0, 80.0, 90.0, 100.0, 110.0, 120.0, 130.0, 140.0, 200.0]


def test_nothing_is_said_without_experience() -> None:
    """Two films are no ground for a promise."""
    assert time_left(5, []) is None
    assert time_left(5, [60, 70]) is None


def test_median_and_ninetieth_percentile_of_all_at_the_start() -> None:
    """At the start every earlier film is comparable."""
    assert time_left(0, PAST) == TimeLeft(100, 140)


def test_only_films_longer_than_the_elapsed_time_count() -> None:
    """After 125 s only those of 130, 140 and 200 s are still in the race."""
    assert time_left(125, PAST) == TimeLeft(15, 75)


def test_slower_than_every_film_before() -> None:
    """Beyond all experience no figure is made up."""
    assert time_left(200, PAST) == TimeLeft(0, 0, slow=True)


@pytest.mark.parametrize("elapsed", range(0, 200, 7))
def test_the_range_is_in_order_and_never_negative(elapsed: int) -> None:
    """Whatever has passed, low is not above high and something is still to go."""
    left = time_left(elapsed, PAST)
    assert left is not None
    assert 0 < left.low <= left.high
