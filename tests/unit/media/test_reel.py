from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.media.films import write_film
from tests.unit.media.screen import psnr
from wan_tui.media.aspect import frame_cells
from wan_tui.media.reel import Reel


def open_reel(film: Path, columns: int = 40, budget: int = 64 << 20) -> Reel:
    reel = Reel(film, budget)
    reel.frame_as(frame_cells((columns, 20), reel.facts.size))
    return reel


def fill(reel: Reel, index: int = 0) -> int:
    rounds = 0
    while reel.fill(index):
        rounds += 1
    return rounds


def test_once_filled_nothing_is_decoded_again(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loops, steps back and jumps are served from what is kept."""
    reel = open_reel(film)
    assert fill(reel) == 30
    monkeypatch.setattr(reel._reader, "read", None)
    for index in (29, 0, 15, 14, 13, 29):
        assert reel.picture(index).width == 40


def test_frames_are_the_right_ones_however_reached(film: Path) -> None:
    """Read in order, jumped to, or stepped back to: frame 12 is frame 12."""
    in_order = [open_reel(film).picture(index) for index in range(30)]
    assert len({picture.pixels for picture in in_order}) == 30
    jumping = open_reel(film)
    for index in (12, 3, 28, 12, 0, 29):
        assert jumping.picture(index) == in_order[index]


def test_memory_is_bounded(tmp_path: Path) -> None:
    """A film that does not fit is played all the same, with a few frames kept around the place."""
    film = write_film(tmp_path / "long.mp4", "testsrc2=s=160x90:r=30", 120, options={"g": "20"})
    reel = open_reel(film, budget=10 * 40 * 22 * 4)
    for index in (*range(120), 3, 60, *range(100, 120), *range(10)):
        assert reel.picture(index).width == 40
        fill(reel, index)
        assert len(reel._kept) <= 10
    assert reel.picture(60) == open_reel(film).picture(60)


def test_another_size_is_served_at_once_and_sharp_later(film: Path) -> None:
    """After a resize the kept picture is rescaled; when the film has been read again, it is the true one."""
    reel = open_reel(film)
    fill(reel)
    reel.frame_as(frame_cells((60, 40), reel.facts.size))
    assert reel.picture(20).width == 60
    fill(reel)
    assert reel.picture(20) == open_reel_at(film, 60).picture(20)


def open_reel_at(film: Path, columns: int) -> Reel:
    reel = Reel(film)
    reel.frame_as(frame_cells((columns, 40), reel.facts.size))
    return reel


def test_what_is_kept_keeps_its_shape(film: Path) -> None:
    """Filling and back, before the film has been read again: cut, not stretched."""
    whole = frame_cells((40, 30), (320, 180))
    filled = frame_cells((40, 30), (320, 180), fill=True)
    reel = Reel(film)
    for framing in (whole, filled, whole):
        reel.frame_as(framing)
        sharp = Reel(film)
        sharp.frame_as(framing)
        assert psnr(reel.picture(20).pixels, sharp.picture(20).pixels) > 18


def test_filling_the_space_cuts_the_middle_out(film: Path) -> None:
    """A wide film in a tall space keeps its shape and loses its sides."""
    reel = Reel(film)
    reel.frame_as(frame_cells((20, 30), reel.facts.size, fill=True))
    assert reel.picture(0).size == (20, 60)
