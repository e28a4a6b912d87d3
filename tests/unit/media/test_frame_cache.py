from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.media.films import write_film
from tests.unit.media.screen import psnr
from wan_tui.media.frame_cache import FrameCache
from wan_tui.media.framing import frame_cells


def open_cache(film: Path, columns: int = 40, budget: int = 64 << 20) -> FrameCache:
    cache = FrameCache(film, budget)
    cache.frame_as(frame_cells((columns, 20), cache.facts.size))
    return cache


def fill(cache: FrameCache, index: int = 0) -> int:
    rounds = 0
    while cache.fill(index):
        rounds += 1
    return rounds


def test_once_filled_nothing_is_decoded_again(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loops, steps back and jumps are served from what is kept."""
    cache = open_cache(film)
    assert fill(cache) == 30
    monkeypatch.setattr(cache._reader, "read", None)
    for index in (29, 0, 15, 14, 13, 29):
        assert cache.picture(index).width == 40


def test_frames_are_the_right_ones_however_reached(film: Path) -> None:
    """Read in order, jumped to, or stepped back to: frame 12 is frame 12."""
    in_order = [open_cache(film).picture(index) for index in range(30)]
    assert len({picture.pixels for picture in in_order}) == 30
    jumping = open_cache(film)
    for index in (12, 3, 28, 12, 0, 29):
        assert jumping.picture(index) == in_order[index]


def test_memory_is_bounded(tmp_path: Path) -> None:
    """A film that does not fit is played all the same, with a few frames kept around the place."""
    film = write_film(tmp_path / "long.mp4", "testsrc2=s=160x90:r=30", 120, options={"g": "20"})
    cache = open_cache(film, budget=10 * 40 * 22 * 4)
    for index in (*range(120), 3, 60, *range(100, 120), *range(10)):
        assert cache.picture(index).width == 40
        fill(cache, index)
        assert len(cache._kept) <= 10
    assert cache.picture(60) == open_cache(film).picture(60)


def test_another_size_is_served_at_once_and_sharp_later(film: Path) -> None:
    """After a resize the kept picture is rescaled; when the film has been read again, it is the true one."""
    cache = open_cache(film)
    fill(cache)
    cache.frame_as(frame_cells((60, 40), cache.facts.size))
    assert cache.picture(20).width == 60
    fill(cache)
    assert cache.picture(20) == open_reel_at(film, 60).picture(20)


def open_reel_at(film: Path, columns: int) -> FrameCache:
    cache = FrameCache(film)
    cache.frame_as(frame_cells((columns, 40), cache.facts.size))
    return cache


def test_what_is_kept_keeps_its_shape(film: Path) -> None:
    """Filling and back, before the film has been read again: cut, not stretched."""
    whole = frame_cells((40, 30), (320, 180))
    filled = frame_cells((40, 30), (320, 180), fill=True)
    cache = FrameCache(film)
    for framing in (whole, filled, whole):
        cache.frame_as(framing)
        sharp = FrameCache(film)
        sharp.frame_as(framing)
        assert psnr(cache.picture(20).pixels, sharp.picture(20).pixels) > 18


def test_filling_the_space_cuts_the_middle_out(film: Path) -> None:
    """A wide film in a tall space keeps its shape and loses its sides."""
    cache = FrameCache(film)
    cache.frame_as(frame_cells((20, 30), cache.facts.size, fill=True))
    assert cache.picture(0).size == (20, 60)
