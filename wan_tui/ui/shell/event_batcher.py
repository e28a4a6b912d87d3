"""Collects engine events and delivers them to the screen, at most four times a second."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wan_tui.domain.events import Event

PAUSE = 0.25
"""Seconds between two deliveries: each costs a repaint."""

GATHER = 0.01
"""Seconds that the first event after a quiet time waits for others of the same moment."""


class EventBatcher:
    """``later(seconds, call)`` calls back on the event loop; ``deliver`` takes a batch, in order."""

    def __init__(
        self,
        deliver: Callable[[Sequence[Event]], None],
        later: Callable[[float, Callable[[], None]], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._deliver = deliver
        self._later = later
        self._clock = clock
        self._events: list[Event] = []
        self._last = float("-inf")

    def take(self, event: Event) -> None:
        """Note ``event``; the first one after a quiet time is delivered almost at once."""
        self._events.append(event)
        if len(self._events) == 1:
            self._later(max(GATHER, self._last + PAUSE - self._clock()), self._hand_over)

    def _hand_over(self) -> None:
        events, self._events = self._events, []
        self._last = self._clock()
        self._deliver(events)
