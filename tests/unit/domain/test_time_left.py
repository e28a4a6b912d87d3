"""What is said about the time left."""

from __future__ import annotations

import pytest

from wan_tui.domain.time_left import TimeLeft, end_was_seen, time_left

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


@pytest.mark.parametrize(
    ("submitted", "running", "completed", "seen"),
    [
        (0, 0, 50, True),  # completed before the first question
        (0, 90, 100, True),
        (0, 0, 7200, False),  # the program was closed at once, and opened two hours later
        (0, 60, 240, False),
        (0, 3600, 3700, True),
        (0, 7 * 3600, 8 * 3600, True),  # a late film, asked about hourly
        (0, 3600, 3 * 86400, False),
        (100, 100, 50, True),  # a clock that was set back
    ],
)
def test_only_an_end_that_somebody_saw_tells_how_long_a_film_takes(
    submitted: float, running: float, completed: float, seen: bool
) -> None:
    """Two hours without a program made every later film "unusually" quick."""
    assert end_was_seen(submitted, running, completed) is seen
