"""Which feedback is shown, and for how long."""

from __future__ import annotations

import pytest

from wan_tui.ui.messages import Severity
from wan_tui.ui.shell.feedback import (
    ANSWER_SECONDS,
    CROWDED_SECONDS,
    LEAST_SECONDS,
    MOST_WAITING,
    NOTICE_SECONDS,
    FeedbackQueue,
    FeedbackText,
)

STAYING: tuple[Severity, ...] = ("warning", "error")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue(clock: Clock) -> FeedbackQueue:
    return FeedbackQueue(clock)


def shown(queue: FeedbackQueue) -> str | None:
    return queue.current.text if queue.current else None


def wait(queue: FeedbackQueue, clock: Clock, seconds: float) -> None:
    """Let time pass, and what is over with it."""
    clock.now += seconds
    queue.expire()


def test_an_answer_takes_the_place_of_the_one_before(queue: FeedbackQueue, clock: Clock) -> None:
    """At once, for a time of its own; nothing piles up behind it."""
    queue.answer(FeedbackText("one"))
    wait(queue, clock, ANSWER_SECONDS - 1)
    queue.answer(FeedbackText("two"))
    assert (shown(queue), queue.waiting) == ("two", 0)
    wait(queue, clock, ANSWER_SECONDS - 1)
    assert shown(queue) == "two"
    wait(queue, clock, 1)
    assert shown(queue) is None
    assert queue.seconds_left() is None


@pytest.mark.parametrize("severity", STAYING)
def test_a_warning_stays_until_a_key_is_pressed(
    queue: FeedbackQueue, clock: Clock, severity: Severity
) -> None:
    """However long that takes; a key that was on its way already does not count."""
    queue.add(FeedbackText("charged twice", severity))
    assert queue.seconds_left() is None
    assert not queue.key_pressed()
    wait(queue, clock, 10_000)
    assert shown(queue) == "charged twice"
    assert queue.key_pressed()
    assert shown(queue) is None


def test_an_answer_only_covers_a_warning(queue: FeedbackQueue, clock: Clock) -> None:
    """It comes back, and has its time to be read again."""
    queue.add(FeedbackText("charged twice", "error"))
    queue.answer(FeedbackText("copied"))
    assert (shown(queue), queue.waiting) == ("copied", 1)
    wait(queue, clock, ANSWER_SECONDS)
    assert shown(queue) == "charged twice"
    assert not queue.key_pressed()
    clock.now += LEAST_SECONDS
    assert queue.key_pressed()


def test_an_error_of_a_key_comes_first(queue: FeedbackQueue) -> None:
    """The user has just asked for it; the same one is shown once."""
    queue.add(FeedbackText("old news", "warning"))
    for _ in range(3):
        queue.answer(FeedbackText("nothing was ordered", "error"))
    assert (shown(queue), queue.waiting) == ("nothing was ordered", 1)


def test_news_waits_for_its_turn(queue: FeedbackQueue, clock: Clock) -> None:
    """Each in its order, more briefly while others wait; the same is not said twice."""
    for text in ("a", "b", "b"):
        queue.add(FeedbackText(text, "success"))
    assert (shown(queue), queue.waiting, queue.seconds_left()) == ("a", 1, CROWDED_SECONDS)
    wait(queue, clock, CROWDED_SECONDS)
    assert (shown(queue), queue.waiting, queue.seconds_left()) == ("b", 0, NOTICE_SECONDS)
    wait(queue, clock, NOTICE_SECONDS)
    assert shown(queue) is None


def test_a_night_of_trouble_does_not_fill_the_memory(queue: FeedbackQueue) -> None:
    """The latest are kept."""
    for number in range(1000):
        queue.add(FeedbackText(f"trouble {number}", "warning"))
    assert queue.waiting == MOST_WAITING - 1
    assert shown(queue) == f"trouble {1000 - MOST_WAITING}"
