"""The rhythms: who is asked when, at which age, after how many failures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wan_tui.engine.schedule import Schedule


def _exact(interval: float = 10.0) -> Schedule:
    return Schedule(interval, uniform=lambda low, high: high)


@pytest.mark.parametrize(
    ("age", "seconds"),
    [(0, 15), (599, 15), (600, 30), (1799, 30), (1800, 60), (7200, 300), (21_600, 3600), (80_000, 3600)],
)
def test_polls_become_rarer_with_age(age: float, seconds: float) -> None:
    assert _exact().next_poll(age) == pytest.approx(seconds * 1.1)


def test_every_rhythm_scales_with_the_interval() -> None:
    usual, fast = _exact(), _exact(1.0)
    assert fast.first_poll() == pytest.approx(usual.first_poll() / 10)
    assert fast.next_poll(60.0) == pytest.approx(usual.next_poll(600.0) / 10)
    assert fast.look(3) == pytest.approx(usual.look(3) / 10)
    assert fast.backoff(4) == pytest.approx(usual.backoff(4) / 10)


def test_looks_for_a_lost_order_grow_to_an_hour() -> None:
    looks = [_exact().look(n) for n in range(12)]
    assert looks[:3] == [5.0, 15.0, 60.0]
    assert looks == sorted(looks)
    assert looks[-1] == 3600.0


def test_the_link_of_a_finished_film_is_asked_for_eagerly_at_first() -> None:
    assert _exact().link_wait(1) == 10.0
    assert _exact().link_wait(12) == 60.0


@given(st.integers(min_value=1, max_value=10_000), st.floats(min_value=0.01, max_value=3600.0))
def test_backoff_is_positive_and_capped(failures: int, interval: float) -> None:
    schedule = Schedule(interval)
    assert 0.0 < schedule.backoff(failures) <= 60.0 * schedule.scale


@given(st.floats(min_value=-1e9, max_value=1e9))
def test_no_age_makes_a_wait_negative(age: float) -> None:
    assert Schedule().next_poll(age) > 0.0


@pytest.mark.parametrize(("jobs", "seconds"), [(200, None), (240, None), (5000, 1250.0)])
def test_too_many_jobs_for_their_rhythm_are_told(jobs: int, seconds: float | None) -> None:
    """A minute between two questions about one job is the rhythm of some ages anyway; at 4 a second."""
    assert _exact().crowded_round(jobs) == seconds
