"""Flow control: sends frames only as fast as the terminal draws them.

After each frame the terminal is queried for its cursor position. It answers once it has processed everything before
the query, so each outstanding answer is a frame in transit. Without this, a slow connection buffers megabytes, and
keys take seconds to respond.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, replace
from itertools import islice

from wan_tui.media.colours import Colours
from wan_tui.media.painting import Way

ASK = "\x1b[6n"
"""Cursor position query (DSR 6)."""

PATIENCE = 2.0
"""Seconds after which an answer counts as lost."""

_DEAF_AFTER = 3
_METER_SPAN = 2.0
_QUEUEING, _FLOWING = 0.15, 0.08
"""Seconds above the round trip from which a frame counts as queued, and up to which it does not."""


class Pacer:
    """Counts frames in transit. Times are seconds of a monotonic clock.

    ``round_trip``: measured latency of the connection in seconds, if known. The higher it is, the more frames may be
    in transit. A frame that takes longer was queued: the limit is lowered, so that key presses are not delayed. The
    limit starts at one.
    """

    def __init__(self, round_trip: float | None = None, fps: float = 30.0) -> None:
        self._widest = min(8, max(2, math.ceil((round_trip or 0.0) * fps) + 1))
        self._window = 1
        self._round_trip = round_trip or 0.0
        self._on_the_way: deque[float] = deque()
        self._sent: deque[tuple[float, int]] = deque()
        self._lost = 0
        self._answers = False
        self._held: float | None = None

    @property
    def deaf(self) -> bool:
        """Whether the terminal seems not to answer at all."""
        return not self._answers and self._lost >= _DEAF_AFTER

    def wait(self, now: float) -> float:
        """Maximum seconds until another frame may be sent; an answer may come earlier."""
        while self._on_the_way and now - self._on_the_way[0] >= PATIENCE:
            self._on_the_way.popleft()
            self._lost += 1
        if len(self._on_the_way) < self._window or self.deaf:
            return 0.0
        self._held = now
        return self._on_the_way[0] + PATIENCE - now

    def sent(self, size: int, now: float) -> None:
        """Record a sent frame of ``size`` bytes and the query after it."""
        self._on_the_way.append(now)
        self._sent.append((now, size))

    def answered(self, now: float) -> None:
        """Record that the terminal has drawn a frame."""
        self._answers = True
        if not self._on_the_way:
            return
        queued = now - self._on_the_way.popleft() - self._round_trip
        if queued > _QUEUEING:
            self._window = max(1, self._window - 1)
        elif queued < _FLOWING:
            self._window = min(self._widest, self._window + 1)

    def restart_meter(self) -> None:
        """Forget frames sent before a pause."""
        self._sent.clear()

    def held_back(self, now: float) -> bool:
        """Whether a frame was queued recently."""
        return self._held is not None and now - self._held < PATIENCE + 0.5

    def meter(self, now: float) -> tuple[float, float]:
        """Frames and bytes per second over the last two seconds."""
        while self._sent and now - self._sent[0][0] > _METER_SPAN:
            self._sent.popleft()
        if not self._sent:
            return 0.0, 0.0
        span = max(now - self._sent[0][0], 1 / 30)
        # The first frame marks the start of the span and is not counted.
        return (len(self._sent) - 1) / span, sum(size for _, size in islice(self._sent, 1, None)) / span


@dataclass(frozen=True, slots=True)
class Quality:
    """Quality settings: colours, maximum frames per second, and share of the available space."""

    colours: Colours
    fps: float
    size: float = 1.0

    def label(self, way: Way = "cells") -> str:
        """Short text for the current quality."""
        kind = str(self.colours) if way == "cells" else "pictures"
        return f"{kind}, small" if self.size < 1 else kind


LOCAL = Quality(Colours.FULL, 60.0)
REMOTE = Quality(Colours.THRIFTY, 15.0)

_LOWEST_FPS = 8.0
_TRIAL = 2.0
_RECOVERED = 1.2
"""Multiples of the lowest rate from which a slow connection counts as fast again."""


def step_down(quality: Quality, way: Way = "cells") -> Quality | None:
    """One step cheaper: fewer colours, then a smaller picture; None if only stills are left.

    If the terminal draws the pictures, colours cost nothing; the first step then only lowers the frame rate.
    """
    if way != "cells":
        if quality.fps > REMOTE.fps:
            return replace(quality, fps=REMOTE.fps)
    elif quality.colours is Colours.FULL:
        return replace(quality, colours=Colours.THRIFTY, fps=min(quality.fps, REMOTE.fps))
    elif quality.colours is Colours.THRIFTY:
        return replace(quality, colours=Colours.FEW)
    if quality.size == 1.0:
        return replace(quality, size=0.6)
    return None


class Supervisor:
    """Watches the rate and decides when to reduce the quality."""

    def __init__(self) -> None:
        self._since: float | None = None

    def restart(self) -> None:
        """Reset, because playback restarted."""
        self._since = None

    def too_slow(self, pacer: Pacer, wanted_fps: float, now: float) -> bool:
        """Whether the connection has been the bottleneck for two seconds, at a frame rate too low for video."""
        fps, _ = pacer.meter(now)
        lowest = min(_LOWEST_FPS, wanted_fps * 0.7)
        # A rate that fluctuates around the lowest one is too slow as well.
        if not pacer.held_back(now) or fps >= lowest * (1.0 if self._since is None else _RECOVERED):
            self._since = None
            return False
        if self._since is None:
            self._since = now
        if now - self._since < _TRIAL:
            return False
        self._since = None
        return True
