"""News reaches the screen in batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from wan_tui.domain.events import BalanceChanged, Event
from wan_tui.ui.shell.event_batcher import GATHER, PAUSE, EventBatcher


class Loop:
    """A clock moved by hand; ``calls`` are what was asked for later."""

    def __init__(self) -> None:
        self.now = 100.0
        self.calls: list[tuple[float, Callable[[], None]]] = []
        self.batches: list[Sequence[Event]] = []
        self.desk = EventBatcher(self.batches.append, self.later, lambda: self.now)

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        self.calls.append((seconds, call))

    def run(self) -> float:
        """Run what is due next; return how long it had to wait."""
        seconds, call = self.calls.pop(0)
        self.now += seconds
        call()
        return seconds


def news(number: float) -> BalanceChanged:
    return BalanceChanged(number)


def test_the_first_news_comes_almost_at_once() -> None:
    """After a quiet time nobody waits a quarter of a second; what comes in the same moment comes along."""
    loop = Loop()
    loop.desk.take(news(1))
    loop.desk.take(news(2))
    assert loop.run() == GATHER
    assert loop.batches == [[news(1), news(2)]]
    assert loop.calls == []


def test_never_more_than_four_batches_a_second() -> None:
    """However many events come, a batch follows the last one after the pause, with all of them in order."""
    loop = Loop()
    loop.desk.take(news(0))
    loop.run()
    for number in range(1, 1000):
        loop.desk.take(news(number))
    assert len(loop.calls) == 1
    assert abs(loop.run() - PAUSE) < 1e-9
    assert loop.batches[1] == [news(number) for number in range(1, 1000)]
