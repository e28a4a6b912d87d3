from __future__ import annotations

import pytest

from wan_tui.media.colours import Colours
from wan_tui.media.pacing import LOCAL, PATIENCE, Pacer, Quality, Supervisor, step_down
from wan_tui.media.painting import Way


class Line:
    """A line of so many bytes a second, with a way back: tells when each frame is drawn."""

    def __init__(self, pacer: Pacer, rate: float, round_trip: float = 0.0) -> None:
        self.pacer, self.rate, self.round_trip = pacer, rate, round_trip
        self.now = 0.0
        self._free = 0.0
        self._answers: list[float] = []
        self.longest_queue = 0.0

    def play(self, seconds: float, size: int, fps: float) -> int:
        """Send frames of ``size`` bytes for a while, as the pacer lets us; how many went."""
        until, frames = self.now + seconds, 0
        while self.now < until:
            while self._answers and self._answers[0] <= self.now:
                self._answers.pop(0)
                self.pacer.answered(self.now)
            if self.pacer.wait(self.now) <= 0:
                self._free = max(self._free, self.now) + size / self.rate
                self._answers.append(self._free + self.round_trip)
                self.longest_queue = max(self.longest_queue, self._free - self.now)
                self.pacer.sent(size, self.now)
                frames += 1
            self.now += 1 / fps
        return frames


def test_a_quick_line_is_not_held_back() -> None:
    """Every frame goes."""
    line = Line(Pacer(), 50e6)
    assert line.play(5, 130_000, 30) >= 149
    assert not line.pacer.held_back(line.now)


def test_a_slow_line_keeps_a_short_queue() -> None:
    """At 0.3 MB/s and 63 kB a frame, a key waits behind one frame at most."""
    line = Line(Pacer(), 300_000)
    frames = line.play(10, 63_000, 30)
    assert line.longest_queue <= 0.25
    assert frames >= 30
    assert line.pacer.held_back(line.now)


def test_a_long_line_is_kept_full() -> None:
    """With a quarter of a second there and back and room for all, most frames still go."""
    line = Line(Pacer(round_trip=0.25, fps=15), 10e6, round_trip=0.25)
    assert line.play(5, 20_000, 15) >= 65


def test_lost_answers_do_not_stop_the_film() -> None:
    """One that does not come in two seconds counts as given."""
    pacer = Pacer()
    pacer.sent(1, 0.0)
    assert pacer.wait(0.5) == PATIENCE - 0.5
    assert pacer.wait(PATIENCE) == 0.0


def test_a_terminal_that_never_answers_is_not_asked_to_wait() -> None:
    """But one that has answered before is only slow: it is never flooded."""
    for answers in (False, True):
        pacer = Pacer()
        now = 0.0
        if answers:
            pacer.sent(1, now)
            pacer.answered(now)
        for _ in range(4):
            pacer.sent(1, now)
            now += PATIENCE
            pacer.wait(now)
        assert pacer.deaf is not answers


def test_the_meter_counts_frames_and_bytes() -> None:
    """Over the last two seconds."""
    pacer = Pacer()
    for number in range(90):
        pacer.sent(1000, number / 30)
    fps, rate = pacer.meter(3.0)
    assert 29 <= fps <= 31
    assert 29_000 <= rate <= 32_000
    assert pacer.meter(60.0) == (0.0, 0.0)


def test_it_steps_down_to_stills() -> None:
    """Fewer colours first, then a smaller picture, then stills; fewer frames with the first step."""
    steps = all_steps(LOCAL)
    assert [step.label() for step in steps] == ["24-bit", "15-bit", "256 colours", "256 colours, small"]
    assert steps[1].fps == 15
    assert all_steps(Quality(Colours.GREY, 15))[1].size < 1


@pytest.mark.parametrize("way", ["kitty", "iterm2"])
def test_pictures_have_no_steps_of_colours(way: Way) -> None:
    """The terminal gets the same pixels for each: fewer frames, then fewer pixels."""
    steps = all_steps(LOCAL, way)
    assert [(step.fps, step.size, step.label(way)) for step in steps] == [
        (60, 1.0, "pictures"),
        (15, 1.0, "pictures"),
        (15, 0.6, "pictures, small"),
    ]


def all_steps(quality: Quality, way: Way = "cells") -> list[Quality]:
    steps = [quality]
    while (lower := step_down(steps[-1], way)) is not None:
        steps.append(lower)
    return steps


def test_a_rate_that_wavers_is_too_slow() -> None:
    """Between seven and nine frames a second, for as long as it likes."""
    pacer, supervisor, now, told = Pacer(), Supervisor(), 0.0, False
    for number in range(80):
        now += 1 / 7 if number // 12 % 2 else 1 / 8.6
        pacer.sent(1000, now)
        pacer.wait(now)
        told = supervisor.too_slow(pacer, 15, now) or told
        pacer.answered(now)
    assert told


def test_a_line_too_slow_is_noticed_and_a_quick_one_is_not() -> None:
    """After two seconds below eight frames a second that the line is to blame for."""
    for rate, expected in ((150_000, True), (5e6, False)):
        line, supervisor, noticed = Line(Pacer(), rate), Supervisor(), False
        for _ in range(50):
            line.play(0.1, 63_000, 30)
            noticed = supervisor.too_slow(line.pacer, 15, line.now) or noticed
        assert noticed is expected
