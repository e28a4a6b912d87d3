"""Where playing stands: running or paused, how fast, and what comes after the end."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

State = Literal["playing", "paused", "ended"]
SPEEDS = (0.25, 0.5, 1.0, 1.5, 2.0, 4.0)


@dataclass
class PlaybackClock:
    """Positions are seconds of the film, moments are seconds of a monotonic clock."""

    duration: float = 0.0
    playing: bool = True
    looping: bool = True
    speed: float = 1.0
    at: float = 0.0
    """Where it stood when it was last told where to be."""
    _since: float = math.inf
    """When that was; infinite: not yet, no time has passed."""

    def open(self, duration: float, now: float) -> None:
        """The films are there, ``duration`` long: begin where it stands."""
        self.duration = duration
        self.seek(self.at, now)

    def standing(self, now: float) -> PlaybackClock:
        """How it stands at ``now``; what is opened with this goes on from there."""
        return replace(self, at=self.position(now), _since=math.inf)

    def position(self, now: float) -> float:
        """Where the film stands at ``now``."""
        at = self.at
        if self.playing:
            at += max(0.0, now - self._since) * self.speed
        if self.looping and self.duration > 0:
            return at % self.duration
        return min(max(at, 0.0), self.duration)

    def ended(self, now: float) -> bool:
        """Whether a film that does not loop has come to its end."""
        return not self.looping and self.position(now) >= self.duration

    def state(self, now: float) -> State:
        """What it does at ``now``."""
        if self.ended(now):
            return "ended"
        return "playing" if self.playing else "paused"

    def seek(self, position: float, now: float) -> None:
        """Go to ``position``; beyond an end means that end."""
        self.at = min(max(position, 0.0), self.duration)
        self._since = now

    def toggle(self, now: float) -> None:
        """Pause or go on; at the end, go on from the start."""
        at, ended = self.position(now), self.ended(now)
        self.playing = ended or not self.playing
        self.seek(0.0 if ended else at, now)

    def pause(self, now: float) -> None:
        """Stand still."""
        at = self.position(now)
        self.playing = False
        self.seek(at, now)

    def faster(self, steps: int, now: float) -> None:
        """Go ``steps`` along SPEEDS, down if negative."""
        at = self.position(now)
        place = SPEEDS.index(self.speed) + steps
        self.speed = SPEEDS[min(max(place, 0), len(SPEEDS) - 1)]
        self.seek(at, now)

    def loop(self, looping: bool, now: float) -> None:
        """Begin again after the end, or do not."""
        at = self.position(now)
        self.looping = looping
        self.seek(at, now)

    def hold(self, seconds: float) -> None:
        """Let the film wait for ``seconds``: nobody was looking, or nothing could be shown."""
        self._since += seconds
