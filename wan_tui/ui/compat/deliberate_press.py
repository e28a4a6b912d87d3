"""Tells deliberate key presses from auto-repeat and key bounce."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from textual.app import App
from textual.message import Message

REPEAT = 0.12
"""Seconds between two reports of a key below which it repeats: keyboards do so 10 to 40 times per second."""

DOUBT = 0.2
"""Seconds to wait for repeats after a press that may be one itself."""

REPEAT_DELAY = 1.2
"""Seconds after which a held key has begun to repeat, even on the slowest keyboard."""

STALL = 0.6
"""Maximum seconds between repeats of a held key on an unsteady connection."""

HELD = 2
"""Repeats that prove that a key is held; one may be a bounce, or two presses that a busy machine saw late."""

SETTLE = 0.05
"""Seconds to process the events that have arrived."""


@dataclass(frozen=True, slots=True)
class Press:
    """A key or mouse button pressed ``at`` this time, in seconds of Textual's clock.

    ``repeated``: whether the terminal reports it as an auto-repeat; None if it does not report repeats.
    """

    at: float
    repeated: bool | None


class DeliberatePresses:
    """Tells deliberate presses from auto-repeat.

    Most terminals report a repeat like a press. The first repeat comes as late after the press as a second press
    might, so such a press counts only if no other follows at the speed of repeats.
    """

    def __init__(self, call_later: Callable[[float, Callable[[], None]], object]) -> None:
        """``call_later`` calls a function after some seconds."""
        self._call_later = call_later
        self._last = float("-inf")
        self._repeats = 0
        self._reports_repeats = False
        """The terminal has reported whether a press is a repeat."""
        self._doubted: Press | None = None
        """The last press, if it may be a repeat."""
        self._repetitions: set[Press] = set()
        """Presses found to be repeats, but not yet judged."""

    def forget(self) -> None:
        """The last press had no effect: the next one counts at once."""
        self._last, self._repeats = float("-inf"), 0

    def take(self, press: Press, then: Callable[[], None]) -> None:
        """Call ``then``, now or shortly, if ``press`` is deliberate."""
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
            # In two steps: if the program was busy meanwhile, repeats may still be queued.
            self._call_later(DOUBT, partial(self._settle, press, then))

    def _settle(self, press: Press, then: Callable[[], None]) -> None:
        self._call_later(SETTLE, partial(self._judge, press, then))

    def _judge(self, press: Press, then: Callable[[], None]) -> None:
        if press in self._repetitions:
            self._repetitions.discard(press)
        else:
            then()


def last_press(app: App[Any]) -> Press:
    """The user's last press in ``app``."""
    press = getattr(app, "last_press", None)
    return press if isinstance(press, Press) else Press(Message().time, None)
