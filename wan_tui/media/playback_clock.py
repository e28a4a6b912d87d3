"""Playback position: running or paused, speed, and what happens at the end."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

State = Literal["playing", "paused", "ended"]
SPEEDS = (0.25, 0.5, 1.0, 1.5, 2.0, 4.0)


@dataclass
class PlaybackClock:
    """Positions are seconds of the film, times are seconds of a monotonic clock."""

    duration: float = 0.0
    playing: bool = True
    looping: bool = True
    speed: float = 1.0
    at: float = 0.0
    """Position at the last change."""
    _since: float = math.inf
    """Time of the last change; infinite: not started yet."""

    def open(self, duration: float, now: float) -> None:
        """The films are open and ``duration`` long: start at the current position."""
        self.duration = duration
        self.seek(self.at, now)

    def standing(self, now: float) -> PlaybackClock:
        """A copy of the state at ``now``, to resume from later."""
        return replace(self, at=self.position(now), _since=math.inf)

    def position(self, now: float) -> float:
        """The position in the film at ``now``."""
        at = self.at
        if self.playing:
            at += max(0.0, now - self._since) * self.speed
        if self.looping and self.duration > 0:
            return at % self.duration
        return min(max(at, 0.0), self.duration)

    def ended(self, now: float) -> bool:
        """Whether a film that does not loop has ended."""
        return not self.looping and self.position(now) >= self.duration

    def state(self, now: float) -> State:
        """The playback state at ``now``."""
        if self.ended(now):
            return "ended"
        return "playing" if self.playing else "paused"

    def seek(self, position: float, now: float) -> None:
        """Seek to ``position``, clamped to the film."""
        self.at = min(max(position, 0.0), self.duration)
        self._since = now

    def toggle(self, now: float) -> None:
        """Pause or resume; at the end, restart."""
        at, ended = self.position(now), self.ended(now)
        self.playing = ended or not self.playing
        self.seek(0.0 if ended else at, now)

    def pause(self, now: float) -> None:
        """Pause."""
        at = self.position(now)
        self.playing = False
        self.seek(at, now)

    def faster(self, steps: int, now: float) -> None:
        """Change the speed by ``steps`` along SPEEDS, down if negative."""
        at = self.position(now)
        place = SPEEDS.index(self.speed) + steps
        self.speed = SPEEDS[min(max(place, 0), len(SPEEDS) - 1)]
        self.seek(at, now)

    def loop(self, looping: bool, now: float) -> None:
        """Set whether to loop."""
        at = self.position(now)
        self.looping = looping
        self.seek(at, now)

    def hold(self, seconds: float) -> None:
        """Delay the film by ``seconds``, during which nothing could be shown."""
        self._since += seconds
