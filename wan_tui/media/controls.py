"""What a person may do with films that play."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from wan_tui.media.playback_clock import PlaybackClock, State
from wan_tui.media.projector import Projector


class Controls:
    """Keys of a player, for the event loop: none waits. Each wakes the thread that paints.

    It begins as ``playback_clock`` stands. ``clock`` gives seconds and never goes back.
    """

    def __init__(self, clock: Callable[[], float], playback_clock: PlaybackClock) -> None:
        self._now = clock
        self._wake = threading.Condition()
        self._clock = playback_clock
        self._projector: Projector | None = None
        self._frozen: float | None = None
        self._due = True
        """Something has changed: the present moment must be painted anew."""

    @property
    def state(self) -> State:
        """Whether it plays, is paused, or has come to its end."""
        with self._wake:
            return self._clock.state(self._now())

    @property
    def standing(self) -> PlaybackClock:
        """How it stands at this moment; what begins with this goes on from there."""
        with self._wake:
            return self._clock.standing(self._now())

    def toggle(self) -> None:
        """Pause or go on."""
        with self._changed() as now:
            self._clock.toggle(now)

    def seek(self, seconds: float) -> None:
        """Go forward by ``seconds``, back if negative, to the first or last frame at most."""
        with self._changed() as now:
            latest = self._projector.last if self._projector is not None else self._clock.duration
            self._clock.seek(min(self._clock.position(now) + seconds, latest), now)

    def jump(self, part: float) -> None:
        """Go to a part of the film from 0 to 1."""
        with self._changed() as now:
            self._clock.seek(self._clock.duration * part, now)

    def to_last_frame(self) -> None:
        """Pause on the last frame."""
        with self._changed() as now:
            self._clock.pause(now)
            if self._projector is not None:
                self._clock.seek(self._projector.last, now)

    def step(self, pictures: int) -> None:
        """Pause, and go so many ``pictures`` on or back."""
        with self._changed() as now:
            self._clock.pause(now)
            if self._projector is not None:
                position = self._clock.position(now)
                self._clock.seek(self._projector.time_of_step(position, pictures), now)

    def faster(self, steps: int) -> float:
        """Go along the speeds; the speed now."""
        with self._changed() as now:
            self._clock.faster(steps, now)
            return self._clock.speed

    def loop(self) -> bool:
        """Loop or stop at the end; whether it loops now."""
        with self._changed() as now:
            self._clock.loop(not self._clock.looping, now)
            return self._clock.looping

    def freeze(self, frozen: bool) -> None:
        """Hold everything while the screen is not to be seen, then go on from there."""
        with self._changed() as now:
            if frozen:
                self._frozen = self._frozen or now
            elif self._frozen is not None:
                self._clock.hold(now - self._frozen)
                self._frozen = None

    @contextmanager
    def _changed(self) -> Iterator[float]:
        """Change what is to be seen, and have it painted; yields the present moment."""
        with self._wake:
            yield self._now()
            self._due = True
            self._wake.notify()
