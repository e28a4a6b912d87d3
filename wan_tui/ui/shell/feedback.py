"""Decides which feedback is shown, and for how long: one at a time, and no warning is missed."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from wan_tui.ui.messages import Severity

ANSWER_SECONDS = 5.0
"""How long feedback on a key press is shown."""

NOTICE_SECONDS, CROWDED_SECONDS = 8.0, 3.0
"""How long a background notice is shown: normally, and while more of them wait."""

LEAST_SECONDS = 2.0
"""Minimum time a warning is shown: a key pressed earlier was meant for something else."""

MOST_WAITING = 20
"""Maximum number of waiting notices; beyond that, the job list shows what happened."""


@dataclass(frozen=True, slots=True)
class FeedbackText:
    """One sentence. ``severity`` also decides how long it is shown."""

    text: str
    severity: Severity = "information"

    @property
    def stays(self) -> bool:
        """Whether it is shown until a key is pressed."""
        return self.severity in ("warning", "error")


class FeedbackQueue:
    """Feedback on a key press is shown at once, in place of anything else; background notices wait their turn.

    Warnings and errors stay until a key is pressed. One that is replaced by other feedback returns after it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._answer: FeedbackText | None = None
        self._waiting: deque[FeedbackText] = deque(maxlen=MOST_WAITING)
        self._since = 0.0

    @property
    def current(self) -> FeedbackText | None:
        """The line to show now."""
        return self._answer or next(iter(self._waiting), None)

    @property
    def waiting(self) -> int:
        """Number of lines to show after the current one."""
        return len(self._waiting) - (self._answer is None and bool(self._waiting))

    def answer(self, line: FeedbackText) -> None:
        """Show feedback on a key press, in place of anything else."""
        self._answer = None
        if line.stays:
            if line in self._waiting:
                self._waiting.remove(line)
            self._waiting.appendleft(line)
        else:
            self._answer = line
        self._since = self._clock()

    def add(self, line: FeedbackText) -> None:
        """Queue a background notice."""
        if line in self._waiting:
            return
        if not self._waiting and self._answer is None:
            self._since = self._clock()
        self._waiting.append(line)

    def seconds_left(self) -> float | None:
        """How much longer the current line is shown; None: until a key is pressed, or there is none."""
        line = self.current
        if line is None or line.stays:
            return None
        seconds = NOTICE_SECONDS if self._answer is None else ANSWER_SECONDS
        if self._answer is None and self.waiting:
            seconds = CROWDED_SECONDS
        return max(0.0, self._since + seconds - self._clock())

    def expire(self) -> None:
        """Move to the next line if the current one's time is up."""
        if self.seconds_left() == 0.0:
            self._drop()

    def key_pressed(self) -> bool:
        """Move to the next line if the current one waits for a key and was shown long enough; return whether."""
        line = self.current
        read = self._clock() - self._since >= LEAST_SECONDS
        if line is None or not (line.stays and read):
            return False
        self._drop()
        return True

    def _drop(self) -> None:
        if self._answer is not None:
            self._answer = None
        else:
            self._waiting.popleft()
        self._since = self._clock()
