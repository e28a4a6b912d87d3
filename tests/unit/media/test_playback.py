from __future__ import annotations

import os
import queue
import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import av
import pytest

from tests.patience import PATIENCE
from tests.unit.media.films import write_film
from tests.unit.media.screen import Screen
from wan_tui.media import pacing
from wan_tui.media import projector as projector_module
from wan_tui.media.colours import Colours
from wan_tui.media.frame_cache import FrameCache
from wan_tui.media.framing import frame_cells
from wan_tui.media.pacing import LOCAL, Pacer, Quality
from wan_tui.media.painting import Target
from wan_tui.media.playback import Playback
from wan_tui.media.playback_clock import PlaybackClock
from wan_tui.media.playback_events import Failed, Opened, PlaybackEvent, Shot, TooSlow
from wan_tui.media.projector import CannotShow, Projector

T = TypeVar("T")


def targets_of(projector: Projector) -> list[Target]:
    return [Target(frame_cells((32, 9), facts.size), 0, 0) for facts in projector.facts]


class Viewer:
    """Plays the part of the screen: takes the news one by one, says that each shot was shown."""

    def __init__(
        self, *films: Path, pacer: Pacer | None = None, playback_clock: PlaybackClock | None = None
    ) -> None:
        self._news: queue.Queue[PlaybackEvent] = queue.Queue()
        self.playback = Playback(films, self._news.put, playback_clock=playback_clock, pacer=pacer)
        self.playback.start()

    def next(self, kind: type[T]) -> T:
        while True:
            news = self._news.get(timeout=PATIENCE)
            if isinstance(news, Shot):
                self.playback.shown(sum(len(painted.text) for painted in news.pictures))
                self.playback.answered()
            if isinstance(news, kind):
                return news

    def aim(self, columns: int = 32, quality: Quality = LOCAL) -> None:
        opened = self.next(Opened)
        self.playback.aim(self.targets(opened, columns), quality)

    def targets(self, opened: Opened, columns: int) -> list[Target]:
        return [
            Target(frame_cells((columns, 9), facts.size), 0, 0, image=n)
            for n, facts in enumerate(opened.films)
        ]

    def until(self, holds: Callable[[Shot], bool]) -> Shot:
        for _ in range(400):
            shot = self.next(Shot)
            if holds(shot):
                return shot
        raise AssertionError("never seen")


@pytest.fixture
def viewers() -> Iterator[Callable[..., Viewer]]:
    made: list[Viewer] = []

    def make(*films: Path, pacer: Pacer | None = None, playback_clock: PlaybackClock | None = None) -> Viewer:
        made.append(Viewer(*films, pacer=pacer, playback_clock=playback_clock))
        return made[-1]

    yield make
    for viewer in made:
        viewer.playback.close()
        assert viewer.playback.join(PATIENCE), "the thread hangs"


def test_it_plays_and_loops(film: Path, viewers: Callable[..., Viewer]) -> None:
    """From the first frame on, in order, and round again."""
    viewer = viewers(film)
    viewer.aim()
    frames = [viewer.next(Shot).frame for _ in range(10)]
    assert frames == sorted(frames)
    viewer.until(lambda shot: shot.frame >= 25)
    viewer.until(lambda shot: shot.frame < 5)


def test_texts_one_after_the_other_give_the_pictures(film: Path, viewers: Callable[..., Viewer]) -> None:
    """A terminal fed with what comes shows the cells of the last shot."""
    viewer, screen = viewers(film), Screen(32, 9)
    viewer.aim()
    for _ in range(20):
        shot = viewer.next(Shot)
        screen.feed(shot.pictures[0].text)
    cells = shot.pictures[0].cells
    assert cells is not None
    whole = Screen(32, 9)
    for y in range(cells.lines):
        whole.feed(f"\x1b[{y + 1};1H" + cells.line(y))
    assert screen.picture() == whole.picture()


def test_pausing_stepping_and_jumping(film: Path, viewers: Callable[..., Viewer]) -> None:
    """A paused film stands; a step is one frame; a part of the film is found."""
    viewer = viewers(film)
    viewer.aim()
    viewer.next(Shot)
    viewer.playback.toggle()
    assert viewer.playback.state == "paused"
    at = viewer.until(lambda shot: shot.state == "paused").frame
    viewer.playback.step(1)
    assert viewer.until(lambda shot: shot.frame != at).frame == at + 1
    viewer.playback.step(-1)
    assert viewer.next(Shot).frame == at
    viewer.playback.jump(0.5)
    assert viewer.next(Shot).frame == 15
    viewer.playback.step(-99)
    assert viewer.next(Shot).frame == 0


def test_steps_of_two_films_go_by_what_changes(tmp_path: Path, viewers: Callable[..., Viewer]) -> None:
    """Of a slow and short one beside another, each step shows one more picture of either, forward and back."""
    slow = write_film(tmp_path / "slow.mp4", frames=5, rate=10)
    viewer = viewers(slow, write_film(tmp_path / "fast.mp4", frames=30, rate=30))
    viewer.aim()
    viewer.playback.to_last_frame()
    viewer.until(lambda shot: shot.position > 0.9)
    came = []
    for _ in range(3):
        viewer.playback.step(-1)
        came.append(viewer.next(Shot).position)
    assert came == pytest.approx([28 / 30, 27 / 30, 26 / 30], abs=0.002)
    viewer.playback.jump(0)
    viewer.until(lambda shot: shot.position == 0)
    came = []
    for step in (1, 1, 1, 1, -1, -1):
        viewer.playback.step(step)
        came.append(viewer.next(Shot).position)
    assert came == pytest.approx([1 / 30, 2 / 30, 3 / 30, 4 / 30, 3 / 30, 2 / 30], abs=0.002)


def test_steps_of_two_films_that_are_in_step_move_both(
    film: Path, tmp_path: Path, viewers: Callable[..., Viewer]
) -> None:
    """A clock of milliseconds has their pictures due at nearly the same times, forward and back."""
    copy = tmp_path / "copy.mp4"
    with (
        av.open(str(film)) as source,
        av.open(str(copy), "w", options={"video_track_timescale": "1000"}) as out,
    ):
        stream = out.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                out.mux(packet)
    projector = Projector([film, copy])
    position = 0.0
    for step in (*[1] * 9, *[-1] * 8):
        position = projector.time_of_step(position, step)
        projector.paint(position, targets_of(projector), afresh=True)
        assert projector.frames[0] == projector.frames[1]
    assert projector.frames == (1, 1)
    projector.close()


def test_of_two_films_the_sound_one_is_closed(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when the other one cannot be opened."""
    opened: list[FrameCache] = []

    class Counted(FrameCache):
        def close(self) -> None:
            opened.append(self)
            super().close()

    monkeypatch.setattr(projector_module, "FrameCache", Counted)
    with pytest.raises(CannotShow):
        Projector([film, tmp_path / "missing.mp4"])
    assert len(opened) == 1


def test_missing_frames_are_told(tmp_path: Path, viewers: Callable[..., Viewer]) -> None:
    """As soon as they are wanted; of a sound film none are."""
    film = write_film(tmp_path / "film.mp4", "testsrc2=s=320x180:r=30,noise=alls=20", frames=60)
    bad = tmp_path / "bad.mp4"
    data = bytearray(film.read_bytes())
    middle = slice(len(data) // 3, len(data) * 2 // 3)
    data[middle] = random.Random(1).randbytes(middle.stop - middle.start)
    bad.write_bytes(data)
    viewer = viewers(film, bad)
    viewer.aim()
    assert viewer.next(Shot).damaged == (False, False)
    viewer.until(lambda shot: shot.damaged == (False, True))


def test_it_goes_on_where_another_stood(film: Path, viewers: Callable[..., Viewer]) -> None:
    """With place, pause, speed and loop."""
    viewer = viewers(film)
    viewer.aim()
    viewer.playback.loop()
    viewer.playback.faster(1)
    viewer.playback.jump(0.5)
    viewer.playback.step(1)
    stood = viewer.until(lambda shot: shot.state == "paused")
    other = viewers(film, playback_clock=viewer.playback.standing)
    other.aim()
    shot = other.next(Shot)
    assert (shot.frame, shot.state) == (stood.frame, "paused") == (16, "paused")
    playback_clock = other.playback.standing
    assert (playback_clock.speed, playback_clock.looping) == (1.5, False)


def test_nothing_comes_until_the_last_shot_was_shown(film: Path) -> None:
    """One at a time: whoever is slow gets fewer pictures, not a queue of them."""
    came = threading.Semaphore(0)
    targets: list[Target] = []

    def deliver(news: PlaybackEvent) -> None:
        if isinstance(news, Opened):
            targets.append(Target(frame_cells((20, 9), news.films[0].size), 0, 0))
            playback.aim(targets, LOCAL)
        elif isinstance(news, Shot):
            came.release()

    playback = Playback([film], deliver)
    playback.start()
    assert came.acquire(timeout=PATIENCE)
    assert not came.acquire(timeout=0.2)
    playback.shown(1)
    assert came.acquire(timeout=PATIENCE)
    playback.close()
    assert playback.join(PATIENCE)


def test_a_new_aim_begins_from_nothing(film: Path, viewers: Callable[..., Viewer]) -> None:
    """After a resize the first text paints every cell; shots from before can be told by their generation."""
    viewer = viewers(film)
    viewer.aim()
    viewer.playback.toggle()
    shot = viewer.until(lambda shot: shot.state == "paused")
    before = viewer.playback.generation
    viewer.playback.aim([shot.pictures[0].target], LOCAL)
    assert viewer.playback.generation == before + 1
    shot = viewer.until(lambda shot: shot.generation == before + 1)
    assert len(Screen(32, 9).feed(shot.pictures[0].text).cells) == 32 * 9


def test_a_film_that_stands_gets_sharp(film: Path, viewers: Callable[..., Viewer]) -> None:
    """In a larger place: first rescaled, then as if it had been there from the start."""
    viewer, other = viewers(film), viewers(film)
    viewer.aim(12)
    other.aim(40)
    for each in (viewer, other):
        each.playback.step(20)
    sharp = other.until(lambda shot: shot.state == "paused" and shot.frame >= 19)
    viewer.until(lambda shot: shot.state == "paused" and shot.frame >= 19)
    viewer.playback.jump(sharp.frame / 30)
    target = sharp.pictures[0].target
    viewer.playback.aim([target], LOCAL)
    viewer.until(lambda shot: shot.frame == sharp.frame and shot.pictures[0].cells == sharp.pictures[0].cells)


@pytest.mark.parametrize(("rate", "most"), [(30, 15), (16, 15), (24, 12), (30, 60)])
def test_a_rate_is_kept(tmp_path: Path, rate: int, most: float) -> None:
    """On the average no more frames a second than asked for, whatever the film's rate, and hardly fewer."""
    film = write_film(tmp_path / "film.mp4", f"testsrc2=s=32x18:r={rate}", frames=rate, rate=rate)
    projector, now = Projector([film]), 0.0
    playback = Playback([film], lambda news: None, quality=Quality(Colours.FULL, most), clock=lambda: now)
    playback._begin(projector)
    playback.aim([Target(frame_cells((20, 9), (32, 18)), 0, 0)], Quality(Colours.FULL, most))
    painted = 0
    while now < 10:
        wait = playback._wait(projector, now)
        if wait <= 0:
            playback._paint(projector)
            playback.skipped()
            painted += 1
        else:
            now += max(wait, 0.0005)
    projector.close()
    wanted = 10 * min(rate, most)
    assert wanted * 0.93 <= painted <= wanted + 3


def test_two_films_go_in_step(film: Path, tmp_path: Path, viewers: Callable[..., Viewer]) -> None:
    """Each shot holds both at one moment; the shorter one waits at its end."""
    short = write_film(tmp_path / "short.mp4", "testsrc=s=64x64:r=30", 10)
    viewer = viewers(film, short)
    viewer.aim()
    viewer.playback.toggle()
    viewer.playback.jump(0.0)
    first = viewer.until(lambda shot: shot.state == "paused" and shot.frame == 0)
    viewer.playback.jump(0.9)
    late = viewer.until(lambda shot: shot.frame == 27)
    assert len(late.pictures) == 2
    assert late.duration == pytest.approx(1.0, abs=0.01)
    assert first.pictures[1].cells != late.pictures[1].cells


def test_a_frozen_film_does_not_run_on(film: Path, viewers: Callable[..., Viewer]) -> None:
    """While nobody can see it, no time passes in it."""
    viewer = viewers(film)
    viewer.aim()
    viewer.until(lambda shot: shot.frame >= 3)
    viewer.playback.freeze(True)
    position = viewer.playback._clock.position
    at = position(viewer.playback._frozen or 0.0)
    viewer.playback.freeze(False)
    assert position(viewer.playback._now()) - at < 0.5


def test_no_film_is_one_sentence(tmp_path: Path, viewers: Callable[..., Viewer]) -> None:
    """And the thread ends."""
    viewer = viewers(tmp_path / "missing.mp4")
    [problem] = viewer.next(Failed).problems
    assert problem is not None
    assert problem.sentence.endswith(".")
    assert viewer.playback.join(PATIENCE)


def test_a_line_that_carries_nothing_is_told(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When answers do not come, the screen hears that the way is too slow."""
    told = threading.Event()

    def deliver(news: PlaybackEvent) -> None:
        if isinstance(news, Opened):
            aim(news)
        elif isinstance(news, Shot):
            playback.shown(100_000)
        elif isinstance(news, TooSlow):
            told.set()

    def aim(opened: Opened) -> None:
        playback.aim([Target(frame_cells((20, 9), opened.films[0].size), 0, 0)], LOCAL)

    monkeypatch.setattr(pacing, "PATIENCE", 0.5)
    monkeypatch.setattr(pacing, "_TRIAL", 0.3)
    pacer = Pacer()
    pacer.sent(1, 0.0)
    pacer.answered(0.0)
    playback = Playback([film], deliver, pacer=pacer)
    playback.start()
    assert told.wait(PATIENCE)
    playback.close()
    assert playback.join(PATIENCE)


def test_two_hundred_films_leave_nothing_behind(film: Path, viewers: Callable[..., Viewer]) -> None:
    """No thread and no open file is left of films that were looked at for a moment."""

    def files() -> int:
        return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0

    viewer = viewers(film)
    viewer.aim()
    viewer.next(Shot)
    threads, opened = threading.active_count(), files()
    for _ in range(200):
        other = Viewer(film)
        other.aim()
        other.next(Shot)
        other.playback.close()
        assert other.playback.join(PATIENCE)
    assert threading.active_count() == threads
    assert files() == opened
