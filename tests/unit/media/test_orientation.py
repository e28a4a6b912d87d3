"""Films that are stored another way than they are meant to be seen: turned, mirrored, both, or at a slant."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from tests.unit.media.films import write_film
from tests.unit.media.test_odd_films import BLUE, CORNERS, LIME, RED, WHITE, corners
from wan_tui.domain.mp4_matrix import Orientation
from wan_tui.media.decode import FilmReader
from wan_tui.media.filmstrip import load, make, store
from wan_tui.media.framing import frame_image
from wan_tui.media.picture import from_colours
from wan_tui.media.projector import Projector

Numbers = tuple[float, float, float, float]

WAYS: dict[Numbers, list[str]] = {
    (1, 0, 0, 1): [RED, LIME, BLUE, WHITE],
    (0, 1, -1, 0): [BLUE, RED, WHITE, LIME],
    (-1, 0, 0, -1): [WHITE, BLUE, LIME, RED],
    (0, -1, 1, 0): [LIME, WHITE, RED, BLUE],
    (-1, 0, 0, 1): [LIME, RED, WHITE, BLUE],
    (1, 0, 0, -1): [BLUE, WHITE, RED, LIME],
    (0, 1, 1, 0): [RED, BLUE, LIME, WHITE],
    (0, -1, -1, 0): [WHITE, LIME, BLUE, RED],
}
"""By a, b, c, d what stands in the four corners, row by row."""

PLAIN: Numbers = (1, 0, 0, 1)


def film_shown_as(tmp_path: Path, track: Numbers, film: Numbers = PLAIN) -> Path:
    """A film with these matrices, one of its track and one of its own."""
    path = write_film(tmp_path / "film.mp4", CORNERS, frames=8)
    data = bytearray(path.read_bytes())
    for kind, offset, numbers in ((b"tkhd", 40, track), (b"mvhd", 36, film)):
        a, b, c, d = (round(number * 65536) for number in numbers)
        struct.pack_into(">9i", data, data.index(kind) + 4 + offset, a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    return path


def assert_shown(film: Path, expected: list[str], lying: bool, *, askew: bool = False) -> None:
    """By the reader, in the player, in the stills and the poster, also out of the folder they are kept in."""
    reader = FilmReader(film)
    reader.read()
    assert reader.facts.size == ((32, 64) if lying else (64, 32))
    assert corners(reader.scaled(*reader.facts.size)) == expected
    assert bool(reader.facts.remark) is askew
    reader.close()
    projector = Projector([film])
    cache = projector._caches[0]
    cache.frame_as(frame_image((100, 100), cache.facts.size, 64, 1.0))
    assert corners(cache.picture(3)) == expected
    projector.close()
    strip = make(film)
    store(strip, kept := film.with_name("kept"))
    again = load(kept)
    assert again is not None
    assert [corners(still) for still in (*strip.stills, again.poster)] == [expected] * (len(strip.stills) + 1)


@pytest.mark.parametrize("where", ["track", "film"])
@pytest.mark.parametrize(("numbers", "expected"), WAYS.items(), ids=str)
def test_the_eight_ways(tmp_path: Path, numbers: Numbers, expected: list[str], where: str) -> None:
    """As a phone, or its camera to the front, writes it: facts and pictures are those of the film as it is meant."""
    film = film_shown_as(tmp_path, numbers) if where == "track" else film_shown_as(tmp_path, PLAIN, numbers)
    assert_shown(film, expected, lying=not numbers[0])


def test_both_matrices_count(tmp_path: Path) -> None:
    """First that of the track: mirrored, then turned."""
    assert_shown(film_shown_as(tmp_path, (-1, 0, 0, 1), (0, 1, -1, 0)), WAYS[0, -1, -1, 0], lying=True)


@pytest.mark.parametrize("numbers", [(0.7071, 0.7071, -0.7071, 0.7071), (1, 0.5, 0, 1)], ids=["45°", "slant"])
def test_what_cannot_be_shown_upright_is_told(tmp_path: Path, numbers: Numbers) -> None:
    """Shown as it is stored, and a sentence says so."""
    film = film_shown_as(tmp_path, numbers)
    assert_shown(film, WAYS[PLAIN], lying=False, askew=True)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("mirrored", [False, True])
def test_a_picture_of_any_shape(turn: int, mirrored: bool) -> None:
    """Each pixel is where a mirror and then as many quarter turns bring it."""
    rows = [[1, 2, 3], [4, 5, 6]]
    picture = from_colours([1, 2, 3, 4, 5, 6], 3).oriented(Orientation(turn, mirrored))
    if mirrored:
        rows = [row[::-1] for row in rows]
    for _ in range(turn // 90):
        rows = [list(column)[::-1] for column in zip(*rows, strict=True)]
    assert [[pixel & 0xFFFFFF for pixel in row] for row in picture.rows()] == rows
