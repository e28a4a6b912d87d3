"""Which feedback is shown, and for how long: one at a time, and no warning goes unread."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from wan_tui.ui.messages import Severity

ANSWER_SECONDS = 5.0
"""How long the answer to a key is shown."""

NOTICE_SECONDS, CROWDED_SECONDS = 8.0, 3.0
"""How long news from the background is shown, and how long while more of it waits."""

LEAST_SECONDS = 2.0
"""How long a warning is shown at least: a key pressed earlier was meant for something else."""

MOST_WAITING = 20
"""More news than this is for the job list to tell."""


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
    """The answer to a key is shown at once, over all else; news waits for its turn.

    Warnings and errors stay until a key is pressed. One that an answer covers comes back after it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._answer: FeedbackText | None = None
        self._waiting: deque[FeedbackText] = deque(maxlen=MOST_WAITING)
        self._since = 0.0

    @property
    def current(self) -> FeedbackText | None:
        """What is to be shown now."""
        return self._answer or next(iter(self._waiting), None)

    @property
    def waiting(self) -> int:
        """How many are still to be shown after the current one."""
        return len(self._waiting) - (self._answer is None and bool(self._waiting))

    def answer(self, line: FeedbackText) -> None:
        """Show what became of a key, in place of anything else."""
        self._answer = None
        if line.stays:
            if line in self._waiting:
                self._waiting.remove(line)
            self._waiting.appendleft(line)
        else:
            self._answer = line
        self._since = self._clock()

    def add(self, line: FeedbackText) -> None:
        """Show news from the background when its turn comes."""
        if line in self._waiting:
            return
        if not self._waiting and self._answer is None:
            self._since = self._clock()
        self._waiting.append(line)

    def seconds_left(self) -> float | None:
        """How long the current line is shown yet; None: until a key is pressed, or there is none."""
        line = self.current
        if line is None or line.stays:
            return None
        seconds = NOTICE_SECONDS if self._answer is None else ANSWER_SECONDS
        if self._answer is None and self.waiting:
            seconds = CROWDED_SECONDS
        return max(0.0, self._since + seconds - self._clock())

    def expire(self) -> None:
        """Go on to the next line if the time of the current one is over."""
        if self.seconds_left() == 0.0:
            self._drop()

    def key_pressed(self) -> bool:
        """Go on to the next line if the current one waited for a key and could be read. Returns whether it did."""
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
