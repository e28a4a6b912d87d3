"""Separates typed and pasted text from everything else a terminal sends: responses are never taken for typing.

One stream carries keys, pastes, mouse reports and query responses, and a slow connection or a multiplexer may split it
anywhere. So an incomplete sequence is held until its end arrives, however late; if it turns out to be broken, only
what may have been typed after a pause is released.
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
"""Seconds without input after which an escape counts as the key, and further input as typed."""
LATE_PAUSE = 1.0
"""The same while a response is overdue: the escape is then more likely its start."""
PATIENCE = 5.0
"""Seconds without input after which text typed after an incomplete response is released, and half a key is dropped."""

TOO_SHORT = 4
"""Minimum characters of a response without its escape; fewer may have been typed."""

BURST = 0.05
"""Seconds after a paste in which all input counts as part of it: it is too fast for typing, and the end mark may have
been part of the pasted text.
"""
BEFORE_BREAK, AFTER_BREAK = 0.01, 0.25
"""Maximum seconds between text and a line break of an unmarked paste. The time after a break, and after another pasted
one, is longer: connections split pastes, and delaying a key press is better than ordering by mistake.
"""


class Token(NamedTuple):
    """A piece of input received ``at``: typed, pasted, or an escape sequence (a key, a mouse report or a response)."""

    kind: Literal["typed", "pasted", "sequence"]
    text: str
    at: float = 0.0


_TEXT_AROUND_BREAK = re.compile(r"[^\x00-\x1f\x7f][\r\n]+[^\x00-\x1f\x7f]")


class Typing:
    """Converts a terminal's input, in timed pieces, to tokens.

    ``brackets``: the terminal supports bracketed paste; if not, or not yet seen, a line break next to other text counts
    as pasted. ``overdue``: whether a response is still expected. ``pause``: seconds to wait after an escape for the
    rest of a sequence.
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
        """Time of the last piece."""
        self._held = ""
        """The incomplete sequence."""
        self._doubtful: int | None = None
        """Index in it from which characters may have been typed."""
        self._lost_escape = False
        """Its escape was released as a key, or never arrived."""
        self._after_escape = False
        self._run: list[str] = []
        """Characters outside of sequences in the current piece."""
        self._breaks: list[float] = []
        """Times of line breaks that wait for text after them."""
        self._typed_at = self._pasted_at = self._pasted_break_at = float("-inf")
        self._paste: str | None = None
        """Text of an open paste so far."""
        self._out: list[Token] = []

    def feed(self, data: str, now: float) -> list[Token]:
        """Process ``data``, received at ``now`` in monotonic seconds."""
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
        """Maximum seconds between parts of the held sequence; after an escape, ``pause``."""
        return max(PAUSE, self._pause) if self._held == ESC else PAUSE

    def due(self, now: float) -> list[Token]:
        """Tokens whose waiting time is over at ``now``."""
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
        """Whether the doubtful characters now count as typed."""
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
        """Handle a complete sequence."""
        sequence, lost, by_hand = self._held, self._lost_escape, self._doubtful == 1
        self._forget()
        if sequence == STRING_END:
            self._run.clear()  # the end of a string whose start another reader has consumed
            return
        if lost and by_hand and not is_no_key(sequence):
            self._run.extend(sequence[1:])  # typed after the escape key
            return
        self._end_run(now, alone=False)
        if sequence == PASTE_START:
            self._paste, self._brackets = "", True
        elif sequence == PASTE_END:
            self._pasted_at = now
        elif sequence[1] in STRING_INTRODUCERS:
            pass  # an unexpected response
        elif is_no_key(sequence) or not (lost or self._within_burst(now)):
            self._flush_breaks(self._breaks[:])
            self._give("sequence", sequence)

    def _break_off(self, now: float) -> None:
        """The held characters are no sequence: release those that may have been typed, drop the rest. If that is
        everything after the escape, the escape was a key.
        """
        held, begin, lost = self._held, self._doubtful, self._lost_escape
        if begin is None:
            # An escape inside it ended it and starts the next one.
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
        """Add to the open paste; return the rest after its end."""
        text, found, rest = ((self._paste or "") + data).partition(PASTE_END)
        if not found:
            self._paste = text
            return ""
        self._paste, self._pasted_at = None, now
        self._give("pasted", text)
        return rest

    # Output

    def _end_run(self, now: float, alone: bool) -> None:
        """Release the characters between two sequences, or at the end of a piece."""
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
            # Pasted without marks: a line, its end and more text cannot be typed at once.
            self._pasted_at = now
            self._give("pasted", run)
        else:
            self._give_unmarked(run, now)

    def _within_burst(self, now: float) -> bool:
        return now - self._pasted_at < BURST

    def _give_unmarked(self, run: str, now: float) -> None:
        """Release ``run`` of a terminal without bracketed paste: line breaks next to text count as pasted."""
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
        """Release line breaks as keys."""
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
