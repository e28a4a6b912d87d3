"""Playback controls."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from wan_tui.media.playback_clock import PlaybackClock, State
from wan_tui.media.projector import Projector


class Controls:
    """The player's controls. They run on the event loop, do not block, and wake the painting thread.

    Starts in the state of ``playback_clock``. ``clock`` returns monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float], playback_clock: PlaybackClock) -> None:
        self._now = clock
        self._wake = threading.Condition()
        self._clock = playback_clock
        self._projector: Projector | None = None
        self._frozen: float | None = None
        self._due = True
        """Something has changed: repaint the current moment."""

    @property
    def state(self) -> State:
        """Whether it is playing, paused, or at its end."""
        with self._wake:
            return self._clock.state(self._now())

    @property
    def standing(self) -> PlaybackClock:
        """The current state, to resume from later."""
        with self._wake:
            return self._clock.standing(self._now())

    def toggle(self) -> None:
        """Pause or resume."""
        with self._changed() as now:
            self._clock.toggle(now)

    def seek(self, seconds: float) -> None:
        """Seek by ``seconds``, back if negative, within the film."""
        with self._changed() as now:
            latest = self._projector.last if self._projector is not None else self._clock.duration
            self._clock.seek(min(self._clock.position(now) + seconds, latest), now)

    def jump(self, part: float) -> None:
        """Seek to a fraction of the film from 0 to 1."""
        with self._changed() as now:
            self._clock.seek(self._clock.duration * part, now)

    def to_last_frame(self) -> None:
        """Pause on the last frame."""
        with self._changed() as now:
            self._clock.pause(now)
            if self._projector is not None:
                self._clock.seek(self._projector.last, now)

    def step(self, pictures: int) -> None:
        """Pause, and step ``pictures`` forward, or back if negative."""
        with self._changed() as now:
            self._clock.pause(now)
            if self._projector is not None:
                position = self._clock.position(now)
                self._clock.seek(self._projector.time_of_step(position, pictures), now)

    def faster(self, steps: int) -> float:
        """Change the speed; returns the new speed."""
        with self._changed() as now:
            self._clock.faster(steps, now)
            return self._clock.speed

    def loop(self) -> bool:
        """Toggle looping; returns whether it loops now."""
        with self._changed() as now:
            self._clock.loop(not self._clock.looping, now)
            return self._clock.looping

    def freeze(self, frozen: bool) -> None:
        """Pause everything while the screen is hidden, then resume."""
        with self._changed() as now:
            if frozen:
                self._frozen = self._frozen or now
            elif self._frozen is not None:
                self._clock.hold(now - self._frozen)
                self._frozen = None

    @contextmanager
    def _changed(self) -> Iterator[float]:
        """Change what is shown and repaint; yields the current time."""
        with self._wake:
            yield self._now()
            self._due = True
            self._wake.notify()
