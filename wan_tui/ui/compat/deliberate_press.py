"""Tells deliberate key presses from auto-repeat and bouncing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from textual.app import App
from textual.message import Message

REPEAT = 0.12
"""Seconds between two reports of a key that nobody presses so fast: keyboards repeat 10 to 40 times a second."""

DOUBT = 0.2
"""Seconds in which a press that may be a repetition shows what it is: others follow, or not."""

REPEAT_DELAY = 1.2
"""Seconds after which a key that is held down has begun to repeat, on the slowest of keyboards."""

STALL = 0.6
"""Seconds that the repetitions of a key may stay out on a line that falters."""

HELD = 2
"""Repetitions that show a key held down; one may be a bounce, or two presses that a busy machine saw late."""


SETTLE = 0.05
"""Seconds in which what has come by then is taken in."""


@dataclass(frozen=True, slots=True)
class Press:
    """A key or button that went down ``at`` so many seconds of Textual's clock.

    ``repeated``: the terminal says that the key is held down; None where it says nothing about that.
    """

    at: float
    repeated: bool | None


class DeliberatePresses:
    """Tells deliberate presses from those that a keyboard makes of a key held down.

    Most terminals do not tell a repetition from a press. The first one comes as late after the press as another
    press might, so such a press counts only when no other follows as fast as repetitions do.
    """

    def __init__(self, call_later: Callable[[float, Callable[[], None]], object]) -> None:
        """``call_later`` calls after a number of seconds."""
        self._call_later = call_later
        self._last = float("-inf")
        self._repeats = 0
        self._reports_repeats = False
        """The terminal has told presses from repetitions."""
        self._doubted: Press | None = None
        """The last press, if it may be a repetition."""
        self._repetitions: set[Press] = set()
        """Presses that others followed too fast, and that are still to be judged."""

    def forget(self) -> None:
        """Nothing came of the last press: the next one counts at once."""
        self._last, self._repeats = float("-inf"), 0

    def take(self, press: Press, then: Callable[[], None]) -> None:
        """Call ``then``, now or in a moment, if ``press`` is meant."""
        since, self._last = press.at - self._last, press.at
        if since < DOUBT and self._doubted is not None:
            self._repetitions.add(self._doubted)
        self._doubted = None
        self._reports_repeats = self._reports_repeats or press.repeated is not None
        if press.repeated or since < REPEAT:
            self._repeats += 1
            return
        stalled = self._repeats >= HELD and since < STALL and not self._reports_repeats
        self._repeats = HELD - 1 if stalled else 0
        if stalled:
            return
        if self._reports_repeats or since >= REPEAT_DELAY:
            then()
        else:
            self._doubted = press
            # In two steps: if the program was busy meanwhile, repetitions may lie in the queue yet.
            self._call_later(DOUBT, partial(self._settle, press, then))

    def _settle(self, press: Press, then: Callable[[], None]) -> None:
        self._call_later(SETTLE, partial(self._judge, press, then))

    def _judge(self, press: Press, then: Callable[[], None]) -> None:
        if press in self._repetitions:
            self._repetitions.discard(press)
        else:
            then()


def last_press(app: App[Any]) -> Press:
    """What the user of ``app`` pressed last."""
    press = getattr(app, "last_press", None)
    return press if isinstance(press, Press) else Press(Message().time, None)
