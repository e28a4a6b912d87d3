"""What is typed, told from all else that a terminal sends: its answers, whole, cut or late, are never typing.

One stream carries keys, pasted texts, mouse and answers, and a slow line or a multiplexer may cut it anywhere. So a
sequence that has begun is held until its end has come, however late; only what somebody may have typed after a pause
comes out again when it turns out not to belong to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal, NamedTuple

from wan_tui.terminal.sequences import (
    C1,
    ESC,
    INTRODUCERS,
    PASTE_END,
    PASTE_START,
    STRING_END,
    STRING_INTRODUCERS,
    Completeness,
    is_no_key,
    progress,
    takes_whatever_comes,
    without_bare_answers,
)

PAUSE = 0.1
"""Seconds without a byte after which an escape was the key, and what comes next may be typed."""
LATE_PAUSE = 1.0
"""The same while an answer is overdue: then an escape is more likely its beginning."""
PATIENCE = 5.0
"""Seconds without a byte after which what was typed behind half an answer comes out, and half a key is none."""

TOO_SHORT = 4
"""Characters that prove nothing: fewer of an answer without its escape may have been typed in one go."""

BURST = 0.05
"""Seconds after the last piece of a pasted text in which whatever comes is part of it: nobody types that fast, and the
mark that ended it may have been part of it too.
"""
BEFORE_BREAK, AFTER_BREAK = 0.01, 0.25
"""Seconds between text and a line break that belong together where pasted texts bear no marks. After one, and after
another that was pasted, more is allowed: a line cuts a pasted text, and a press may wait, but not order by mistake.
"""


class Token(NamedTuple):
    """``text`` is typed, or pasted, or an escape sequence, which may be a key, mouse, or an answer; it came ``at``."""

    kind: Literal["typed", "pasted", "sequence"]
    text: str
    at: float = 0.0


_TEXT_AROUND_BREAK = re.compile(r"[^\x00-\x1f\x7f][\r\n]+[^\x00-\x1f\x7f]")


class Typing:
    """Takes a terminal's input in pieces, with the time of each, and gives it as tokens.

    ``brackets`` tells whether the terminal marks pasted texts: where it does not, or has not yet, a line break next to
    other text is pasted. ``overdue`` tells whether an answer is still to come. ``pause`` is how long an escape is
    waited for to become more than a key, in seconds.
    """

    def __init__(
        self,
        brackets: bool = True,
        overdue: Callable[[], bool] = lambda: False,
        pause: float = PAUSE,
    ) -> None:
        self._brackets = brackets
        self._overdue = overdue
        self._pause = pause
        self._last = 0.0
        """When the last piece came."""
        self._held = ""
        """The sequence that has begun."""
        self._doubtful: int | None = None
        """Where in it begins what somebody may have typed."""
        self._lost_escape = False
        """The escape before it went out as a key, or never came."""
        self._after_escape = False
        self._run: list[str] = []
        """Characters outside of sequences, of the piece that is being taken."""
        self._breaks: list[float] = []
        """When line breaks came that wait for text behind them."""
        self._typed_at = self._pasted_at = self._pasted_break_at = float("-inf")
        self._paste: str | None = None
        """What has come of an open paste."""
        self._out: list[Token] = []

    def feed(self, data: str, now: float) -> list[Token]:
        """Take in ``data``, which came at ``now``, in seconds that only go forward."""
        out = self.due(now)
        if takes_whatever_comes(self._held) and now - self._last > PATIENCE:
            self._forget()
        if self._held and self._doubtful is None and now - self._last > self._longest_pause():
            self._doubtful = len(self._held)
        self._last = now
        alone = len(data) == 1
        while data:
            if self._paste is not None:
                data = self._in_paste(data, now)
            else:
                self._take(data[0], alone, now)
                data = data[1:]
        self._end_run(now, alone)
        return out + self._given()

    def _longest_pause(self) -> float:
        """Seconds that part at most what belongs to what is held: behind an escape, as long as it is waited for."""
        return max(PAUSE, self._pause) if self._held == ESC else PAUSE

    def due(self, now: float) -> list[Token]:
        """What has been waited for long enough by ``now``."""
        self._flush_breaks([at for at in self._breaks if now - at >= AFTER_BREAK])
        idle = now - self._last
        if self._held == ESC:
            if idle >= (LATE_PAUSE if self._overdue() else self._pause):
                self._forget()
                self._after_escape = True
                self._escape_key()
        elif self._held and self._gives_up(idle):
            self._break_off(now)
            self._end_run(now, alone=True)
        return self._given()

    def _gives_up(self, idle: float) -> bool:
        """Whether what may have been typed was."""
        if self._doubtful is None or self._doubtful == len(self._held):
            return False
        return idle >= PATIENCE

    # Characters

    def _take(self, char: str, alone: bool, now: float) -> None:
        if ord(char) in C1:
            for one in C1[ord(char)]:
                self._take(one, alone, now)
        elif self._held:
            self._go_on(char, now)
        elif char == ESC:
            self._held = char
        elif self._after_escape and char in INTRODUCERS:
            self._held, self._lost_escape = ESC + char, True
            self._doubtful = 1 if alone else None
        else:
            self._run.append(char)
        self._after_escape = False

    def _go_on(self, char: str, now: float) -> None:
        self._held += char
        state = progress(self._held, self._lost_escape or self._doubtful is not None)
        if state is Completeness.DONE:
            self._done(now)
        elif state is Completeness.BROKEN:
            self._break_off(now)

    def _done(self, now: float) -> None:
        """A whole sequence has come."""
        sequence, lost, by_hand = self._held, self._lost_escape, self._doubtful == 1
        self._forget()
        if sequence == STRING_END:
            self._run.clear()  # the end of a string whose beginning somebody else has read
            return
        if lost and by_hand and not is_no_key(sequence):
            self._run.extend(sequence[1:])  # the escape, and then these
            return
        self._end_run(now, alone=False)
        if sequence == PASTE_START:
            self._paste, self._brackets = "", True
        elif sequence == PASTE_END:
            self._pasted_at = now
        elif sequence[1] in STRING_INTRODUCERS:
            pass  # always an answer, and none that anybody here waits for
        elif is_no_key(sequence) or not (lost or self._within_burst(now)):
            self._flush_breaks(self._breaks[:])
            self._give("sequence", sequence)

    def _break_off(self, now: float) -> None:
        """What is held is no sequence: what may have been typed of it was, the rest is dropped. Where that is all
        behind the escape, the escape was a key.
        """
        held, begin, lost = self._held, self._doubtful, self._lost_escape
        if begin is None:
            # An escape in it ended it and begins the next one.
            begin = len(held) - (2 if held[-2] == ESC and len(held) > 2 else 1)
        self._forget()
        if begin == 1 and not lost:
            self._end_run(now, alone=False)
            self._escape_key()
        for char in held[begin:]:
            self._take(char, False, now)

    def _forget(self) -> None:
        self._held, self._doubtful, self._lost_escape = "", None, False

    def _in_paste(self, data: str, now: float) -> str:
        """Take what belongs to the open paste; return the rest."""
        text, found, rest = ((self._paste or "") + data).partition(PASTE_END)
        if not found:
            self._paste = text
            return ""
        self._paste, self._pasted_at = None, now
        self._give("pasted", text)
        return rest

    # What comes out

    def _end_run(self, now: float, alone: bool) -> None:
        """Give out the characters between two sequences, or those that a piece ends with."""
        run = "".join(self._run)
        self._run.clear()
        if not alone:
            run, beginning = without_bare_answers(run)
            if beginning:
                self._held, self._lost_escape = ESC + beginning, True
                self._doubtful = 1 if len(beginning) < TOO_SHORT else None
        if not run:
            return
        if self._within_burst(now):
            self._pasted_at = now
            self._give("pasted", run)
        elif self._brackets and not _TEXT_AROUND_BREAK.search(run):
            self._give("typed", run)
        elif self._brackets:
            # The program that pasted it left the marks out: nobody types a line, its end and more in one moment.
            self._pasted_at = now
            self._give("pasted", run)
        else:
            self._give_unmarked(run, now)

    def _within_burst(self, now: float) -> bool:
        return now - self._pasted_at < BURST

    def _give_unmarked(self, run: str, now: float) -> None:
        """Give out ``run`` of a terminal that does not mark what is pasted: line breaks next to text are."""
        for char in run:
            if char == "\n":
                if now - self._typed_at < BEFORE_BREAK or now - self._pasted_break_at < AFTER_BREAK:
                    self._give("pasted", char)
                    self._typed_at = self._pasted_break_at = now
                else:
                    self._breaks.append(now)
                continue
            if char.isprintable() or char in "\r\t":
                self._typed_at = now
                if self._breaks:
                    self._give("pasted", "\n" * len(self._breaks))
                    self._breaks.clear()
                    self._pasted_break_at = now
            else:
                self._flush_breaks(self._breaks[:])
            self._give("typed", char)

    def _flush_breaks(self, waited: list[float]) -> None:
        """Give out the first line breaks, as the keys that they were."""
        for at in waited:
            self._give("typed", "\n", at)
        del self._breaks[: len(waited)]

    def _escape_key(self) -> None:
        if not self._within_burst(self._last):
            self._flush_breaks(self._breaks[:])
            self._give("sequence", ESC)

    def _give(self, kind: Literal["typed", "pasted", "sequence"], text: str, at: float | None = None) -> None:
        self._out.append(Token(kind, text, self._last if at is None else at))

    def _given(self) -> list[Token]:
        out, self._out = self._out, []
        return out
