"""What two matrices make of a picture: one of eight ways in which it stands upright, or none of them."""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wan_tui.domain.mp4_matrix import PLAIN, UPRIGHT, Matrix, Orientation, orientation, read_matrix

WAYS = [Orientation(turn, mirrored) for mirrored in (False, True) for turn in (0, 90, 180, 270)]
QUARTER = {0: (1, 0), 90: (0, 1), 180: (-1, 0), 270: (0, -1)}


def matrix(a: float, b: float, c: float, d: float, *, u: int = 0, at: tuple[int, int] = (0, 0)) -> Matrix:
    one = 1 << 16
    return (*(round(n * one) for n in (a, b)), u, *(round(n * one) for n in (c, d)), 0, *at, 1 << 30)


def matrix_of(way: Orientation, scale: float = 1.0) -> Matrix:
    cosine, sine = QUARTER[way.turn]
    side = -1 if way.mirrored else 1
    return matrix(side * cosine * scale, side * sine * scale, -sine * scale, cosine * scale)


def after(first: Orientation, second: Orientation) -> Orientation:
    """Both, one after the other: a mirror turns what was turned before it the other way round."""
    turn = -first.turn if second.mirrored else first.turn
    return Orientation((turn + second.turn) % 360, first.mirrored != second.mirrored)


@given(track=st.sampled_from(WAYS), film=st.sampled_from(WAYS), scale=st.sampled_from([0.5, 1.0, 3.0]))
def test_the_eight_ways_and_two_in_a_row(track: Orientation, film: Orientation, scale: float) -> None:
    """Each by the track's matrix, by the film's, and by both; at any scale."""
    assert orientation(matrix_of(track, scale), PLAIN) == track
    assert orientation(PLAIN, matrix_of(film, scale)) == film
    assert orientation(matrix_of(track, scale), matrix_of(film)) == after(track, film)


@given(degrees=st.integers(-360, 360), mirrored=st.booleans(), place=st.integers(-1000, 1000))
def test_angles(degrees: int, mirrored: bool, place: int) -> None:
    """A right angle, wherever the picture is moved to; any other is none of ours."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    side = -1 if mirrored else 1
    found = orientation(matrix(side * cosine, side * sine, -sine, cosine, at=(place << 16, place)), PLAIN)
    assert found == (None if degrees % 90 else Orientation(degrees % 360, mirrored))


@pytest.mark.parametrize(
    "odd", [(1, 0.3, 0, 1), (1, 0, 0.3, 1), (1, 0, 0, 0), (0, 1, 0, 0), (1, 1, 1, 1)], ids=str
)
def test_slants_and_flat_pictures(odd: tuple[float, float, float, float]) -> None:
    """Slanted, or with no height at all: none of the eight."""
    assert orientation(matrix(*odd), PLAIN) is None
    assert orientation(PLAIN, matrix(*odd)) is None


def test_perspective() -> None:
    """Neither, in whichever of the two."""
    assert orientation(matrix(1, 0, 0, 1, u=5), PLAIN) is None
    assert orientation(PLAIN, matrix(1, 0, 0, 1, u=5)) is None


def test_half_turns_that_make_up_a_right_angle() -> None:
    """What counts is what both of them do."""
    half = matrix(*(math.sqrt(0.5) * sign for sign in (1, 1, -1, 1)))
    assert orientation(half, PLAIN) is None
    assert orientation(half, half) == Orientation(90)


@pytest.mark.parametrize("content", [b"", bytes(20), bytes(36), bytes(100)], ids=len)
def test_a_box_that_says_nothing(content: bytes) -> None:
    """Too short, or all zeros: as it is stored."""
    assert orientation(read_matrix(content, 0), read_matrix(content, -4)) == UPRIGHT


def test_it_is_read_where_it_stands() -> None:
    """Nine numbers with signs."""
    wanted = matrix_of(Orientation(90, True))
    assert read_matrix(bytes(7) + struct.pack(">9i", *wanted) + b"x", 7) == wanted
