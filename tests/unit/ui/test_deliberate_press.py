"""A press that is meant counts once; a key that is held down, bounces, or repeats over a slow line is one press."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wan_tui.ui.compat.deliberate_press import DeliberatePresses, Press


def counted(presses: list[Press]) -> int:
    """How many of ``presses`` are meant, with a clock that stands where they come."""
    waiting: list[tuple[float, Callable[[], None]]] = []
    meant = 0
    now = 0.0

    def count() -> None:
        nonlocal meant
        meant += 1

    judge = DeliberatePresses(lambda seconds, call: waiting.append((now + seconds, call)))
    for press in presses:
        while due := next((entry for entry in waiting if entry[0] <= press.at), None):
            waiting.remove(due)
            now = due[0]
            due[1]()
        now = press.at
        judge.take(press, count)
    while waiting:
        now, call = waiting.pop(0)
        call()
    return meant


def held(begin: float, seconds: float, delay: float, rate: float, told: bool) -> list[Press]:
    """What a keyboard reports of a key held for ``seconds``, repeating after ``delay`` at ``rate`` a second."""
    times = [begin]
    at = begin + delay
    while at < begin + seconds:
        times.append(at)
        at += 1 / rate
    return [Press(at, (number > 0 or None) if told else None) for number, at in enumerate(times)]


@pytest.mark.parametrize("gap", [0.3, 0.4, 0.9, 1.5, 10.0])
@pytest.mark.parametrize("told", [None, False])
def test_fifteen_presses_are_fifteen(gap: float, told: bool | None) -> None:
    """At any pace that a hand can go."""
    assert counted([Press(100 + gap * number, told) for number in range(15)]) == 15


@pytest.mark.parametrize("delay", [0.2, 0.25, 0.4, 0.5, 0.66, 1.0])
@pytest.mark.parametrize("rate", [10.0, 25.0, 30.0, 40.0])
@pytest.mark.parametrize("told", [True, False])
def test_a_key_held_down_is_one(delay: float, rate: float, told: bool) -> None:
    """On every keyboard, whether the terminal tells repetitions or not."""
    assert counted(held(100.0, 3.0, delay, rate, told)) == 1


def test_a_key_held_down_once_more_is_two() -> None:
    """And a single press after it is the third."""
    presses = held(100.0, 3.0, 0.5, 30, told=False) + held(104.0, 3.0, 0.5, 30, told=False)
    assert counted([*presses, Press(108.0, None)]) == 3


@given(st.lists(st.floats(0.01, 0.11), min_size=1, max_size=40))
def test_a_bouncing_key_is_one(gaps: list[float]) -> None:
    """However irregular."""
    at, presses = 100.0, [Press(100.0, None)]
    for gap in gaps:
        at += gap
        presses.append(Press(at, None))
    assert counted(presses) == 1


def test_a_line_that_falters_makes_no_presses_of_repetitions() -> None:
    """Repetitions stay out for half a second, and then come at once."""
    times = [100.0, 100.5, 100.53, 100.56, 101.06, 101.06, 101.09, 101.6, 101.63]
    assert counted([Press(at, None) for at in times]) == 1


def test_nothing_came_of_it() -> None:
    """Then the next press counts at once."""
    meant: list[int] = []
    judge = DeliberatePresses(lambda seconds, call: None)
    for _ in range(2):
        judge.take(Press(100.0, None), lambda: meant.append(1))
        judge.forget()
    assert len(meant) == 2


def test_a_bounce_costs_no_press_that_follows() -> None:
    """The first press bounces; four more are four more."""
    assert counted([Press(100 + at, None) for at in (0, 0.03, 0.4, 0.8, 1.2, 1.6)]) == 5


def test_a_busy_program_judges_late_and_right() -> None:
    """All its timers run when everything has come: each press is judged by when it came."""
    calls: list[Callable[[], None]] = []
    meant: list[int] = []
    judge = DeliberatePresses(lambda seconds, call: calls.append(call))
    for at in (0, 0.4, 0.8, 1.2, 1.7, 1.73, 1.76):
        judge.take(Press(100 + at, None), lambda: meant.append(1))
    while calls:
        calls.pop(0)()
    assert len(meant) == 4
