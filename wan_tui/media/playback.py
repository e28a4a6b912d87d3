"""Plays films: a thread prepares each picture when it is due.

The screen sets the position of the pictures (``aim``), receives them (``deliver``) and reports that they were sent
(``shown``) before the next ones are painted. In between, the thread reads ahead.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from wan_tui.domain.text import clean_line
from wan_tui.media.decode import CannotPlay, as_named
from wan_tui.media.memory import give_back_memory
from wan_tui.media.pacing import LOCAL, Pacer, Quality, Supervisor
from wan_tui.media.painting import Target
from wan_tui.media.playback_clock import PlaybackClock, State
from wan_tui.media.playback_events import Failed, Opened, PlaybackEvent, Shot, TooSlow
from wan_tui.media.projector import CannotShow, Projector

_STALL = 0.5
"""Seconds without checking the clock after which the film pauses instead of jumping ahead."""

_READ_AHEAD = 0.012
"""Seconds that must be left until the next picture to read another frame ahead."""


class Playback:
    """Plays ``films`` in step, starting in the state of ``playback_clock``. Its methods never block.

    The thread calls ``deliver``, and ``locate``, which returns the file for a path or raises CannotPlay. With more than
    one film, each stops at its end until the longest one has ended. ``clock`` returns monotonic seconds.
    """

    def __init__(
        self,
        films: Sequence[Path],
        deliver: Callable[[PlaybackEvent], None],
        *,
        playback_clock: PlaybackClock | None = None,
        quality: Quality = LOCAL,
        pacer: Pacer | None = None,
        locate: Callable[[Path], Path] = as_named,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._now = clock
        self._wake = threading.Condition()
        self._clock = playback_clock or PlaybackClock()
        self._projector: Projector | None = None
        self._frozen: float | None = None
        self._due = True
        """Something has changed: repaint now."""
        self._films = tuple(films)
        self._locate = locate
        self._deliver = deliver
        self._thread = threading.Thread(target=self._run, name="playback", daemon=True)
        self._pacer = pacer or Pacer()
        self._quality = quality
        self._supervisor = Supervisor()
        self._targets: tuple[Target, ...] = ()
        self._painted_position = -1.0
        self._beat = -math.inf
        """When the last picture was due at the maximum rate; one may come early if the last was late."""
        self._delivered: float | None = None
        self._unread = False
        self._reading = 0.0
        self.generation = 0
        """Counts changes of the targets; a shot of an earlier generation is outdated."""
        self._painted_generation = 0
        self._rough = False
        """The last picture may be rescaled from a cached one of another size."""
        self._closing = False

    def start(self) -> None:
        """Open the films and start."""
        self._thread.start()

    def close(self) -> None:
        """Stop; the thread frees everything."""
        with self._wake:
            self._closing = True
            self._wake.notify()

    def join(self, timeout: float) -> bool:
        """Wait for the thread to end, at most ``timeout`` seconds; returns whether it has."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def aim(self, targets: Sequence[Target], quality: Quality) -> None:
        """Set the position of the pictures, one target per film, and repaint them there."""
        with self._changed():
            if quality != self._quality:
                self._supervisor.restart()
            self._targets, self._quality = tuple(targets), quality
            self.generation += 1

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
            self._pacer.restart_meter()

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
            self._pacer.restart_meter()

    def repaint(self) -> None:
        """Repaint everything."""
        with self._changed():
            self.generation += 1

    def shown(self, size: int) -> None:
        """The last shot, of ``size`` bytes, was sent to the terminal."""
        with self._wake:
            now = self._now()
            if self._delivered is not None and now - self._delivered > _STALL:
                self._clock.hold(now - self._delivered)
            self._delivered = None
            self._pacer.sent(size, now)
            self._wake.notify()

    def skipped(self) -> None:
        """The last shot was outdated and was not shown."""
        with self._wake:
            self._delivered = None
            self._wake.notify()

    def answered(self) -> None:
        """The terminal has drawn a frame."""
        with self._wake:
            self._pacer.answered(self._now())
            self._wake.notify()

    def meter(self) -> tuple[float, float]:
        """Frames and bytes per second, as sent."""
        with self._wake:
            return self._pacer.meter(self._now())

    @contextmanager
    def _changed(self) -> Iterator[float]:
        """Change what is shown and repaint; yields the current time."""
        with self._wake:
            yield self._now()
            self._due = True
            self._wake.notify()

    def _run(self) -> None:
        try:
            self._play()
        except CannotShow as problem:
            self._deliver(Failed(problem.problems))
        except Exception as error:
            # Report any error of a decoder to the screen.
            broken = CannotPlay(f"Playback stopped: {clean_line(str(error), 200) or type(error).__name__}.")
            self._deliver(Failed((broken,) * len(self._films)))
        finally:
            self._projector = None
            give_back_memory()

    def _play(self) -> None:
        projector = Projector(self._films, self._locate)
        try:
            self._begin(projector)
            while self._turn(projector):
                pass
        finally:
            projector.close()

    def _begin(self, projector: Projector) -> None:
        with self._wake:
            self._projector = projector
            now = self._now()
            self._clock.open(projector.duration, now)
            self._frozen = now if self._frozen is not None else None
        self._deliver(Opened(projector.facts))

    def _turn(self, projector: Projector) -> bool:
        """Do the next step: paint, read ahead, or wait. False when closing."""
        with self._wake:
            if self._closing:
                return False
            now = self._now()
            wait = self._wait(projector, now)
            may_read = self._unread and wait > max(_READ_AHEAD, self._reading)
            if wait > 0 and not may_read:
                self._sleep(wait)
                return True
            position = self._clock.position(now)
        if wait > 0:
            self._unread = projector.read_ahead(position)
            self._reading = 0.8 * self._reading + 0.2 * (self._now() - now)
            if self._rough and self.state != "playing":
                # The current frame is the first one read again; without playback, nothing else would repaint it.
                self._due = True
            self._rough = False
        else:
            self._paint(projector)
        return True

    def _wait(self, projector: Projector, now: float) -> float:
        """Seconds until a picture is due and may be sent; infinite: until woken."""
        visible = self._targets and self._frozen is None
        if not visible or self._delivered is not None:
            return math.inf
        wait = 0.0 if self._due else self._next_picture(projector, now)
        return self._pacer.wait(now) if wait <= 0 else wait

    def _next_picture(self, projector: Projector, now: float) -> float:
        playback_clock = self._clock
        state = playback_clock.state(now)
        if state == "ended" and self._painted_position < projector.duration:
            # The picture is the same, but the end must be reported.
            return 0.0
        if state != "playing":
            return math.inf
        wait = projector.until_change(playback_clock.position(now)) / playback_clock.speed
        return max(wait, self._beat + 1 / self._quality.fps - now)

    def _sleep(self, wait: float) -> None:
        began = self._now()
        self._wake.wait(None if wait == math.inf else wait)
        if (late := self._now() - began - wait) > _STALL:
            self._clock.hold(late)

    def _paint(self, projector: Projector) -> None:
        with self._wake:
            began = self._now()
            position = self._clock.position(began)
            targets, generation = self._targets, self.generation
            self._due = False
        pictures = projector.paint(position, targets, afresh=generation != self._painted_generation)
        self._rough = generation != self._painted_generation
        self._painted_generation, self._painted_position = generation, position
        interval = 1 / self._quality.fps
        self._beat = max(self._beat + interval, began - interval)
        with self._wake:
            now = self._now()
            if now - began > _STALL:
                self._clock.hold(now - began)
            self._unread, self._delivered = True, now
            state = self._clock.state(now)
            wanted = min(self._quality.fps, projector.rate * self._clock.speed)
            too_slow = state == "playing" and self._supervisor.too_slow(self._pacer, wanted, now)
        self._deliver(
            Shot(
                generation,
                pictures,
                position,
                projector.duration,
                projector.frames[0],
                state,
                projector.damaged,
            )
        )
        if too_slow:
            self._deliver(TooSlow())
