from __future__ import annotations

from wan_tui.media.playback_clock import PlaybackClock


def test_it_runs_with_the_clock_and_loops() -> None:
    """Past the end it begins again."""
    clock = PlaybackClock(duration=5.0)
    clock.seek(0.0, 100.0)
    assert clock.position(102.5) == 2.5
    assert clock.position(106.0) == 1.0


def test_it_stops_at_the_end_and_goes_on_from_the_start() -> None:
    """Without looping; a press on play then begins again."""
    clock = PlaybackClock(duration=5.0)
    clock.seek(0.0, 100.0)
    clock.loop(False, 104.0)
    assert clock.ended(105.0)
    assert clock.position(200.0) == 5.0
    assert clock.state(200.0) == "ended"
    clock.toggle(201.0)
    assert clock.state(202.0) == "playing"
    assert clock.position(202.0) == 1.0


def test_pausing_and_speed_keep_the_place() -> None:
    """The film never jumps by itself."""
    clock = PlaybackClock(duration=5.0)
    clock.seek(1.0, 0.0)
    clock.pause(1.0)
    assert clock.position(50.0) == 2.0
    clock.toggle(50.0)
    clock.faster(1, 51.0)
    assert (clock.speed, clock.position(51.0), clock.position(52.0)) == (1.5, 3.0, 4.5)
    clock.faster(-9, 52.0)
    assert (clock.speed, clock.position(52.0)) == (0.25, 4.5)


def test_seeking_stays_inside() -> None:
    """Beyond an end means that end."""
    clock = PlaybackClock(duration=5.0, playing=False)
    clock.seek(-3.0, 0.0)
    assert clock.position(0.0) == 0.0
    clock.looping = False
    clock.seek(9.0, 0.0)
    assert clock.position(0.0) == 5.0


def test_time_that_nobody_saw_does_not_count() -> None:
    """After a stop by job control the film goes on where it was."""
    clock = PlaybackClock(duration=50.0)
    clock.seek(0.0, 0.0)
    clock.hold(10.0)
    assert clock.position(11.0) == 1.0


def test_what_goes_on_from_a_running_film_begins_at_its_place() -> None:
    """The time until it is opened does not count, however often it is handed on."""
    running = PlaybackClock(speed=2.0, looping=False)
    running.open(5.0, 100.0)
    standing = running.standing(101.0)
    assert standing.at == 2.0
    assert standing.standing(500.0).position(900.0) == 2.0
    standing.open(5.0, 1000.0)
    assert standing.position(1000.5) == 3.0
    assert (standing.speed, standing.looping) == (2.0, False)
