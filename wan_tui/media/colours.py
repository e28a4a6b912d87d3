"""Colour depths: what each costs in bytes and loses in fidelity.

Figures for a film with much motion at 120 x 34 cells, 30 frames per second: 24-bit 4.1 MB/s, 15-bit 1.9 MB/s,
256 colours 0.9 MB/s.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from wan_tui.media.picture import Picture, Rows, to_rows


class Colours(StrEnum):
    """Colour depths, from best to cheapest."""

    FULL = "24-bit"
    THRIFTY = "15-bit"
    FEW = "256 colours"
    GREY = "grey"


@dataclass(frozen=True)
class Palette:
    """Converts pixels to colour values, and values to the end of an SGR sequence after ``38;`` or ``48;``.

    Values whose difference is in ``near`` look alike, so the cell is not repainted. Empty: only equal values do.
    """

    reduce: Callable[[Picture], Rows]
    code: Callable[[int], str]
    near: frozenset[int] = frozenset()


@cache
def palette(colours: Colours) -> Palette:
    """The palette for a colour depth."""
    if colours is Colours.FULL:
        return Palette(Picture.rows, _true_colour)
    if colours is Colours.THRIFTY:
        return Palette(_levels, _LevelCodes().__getitem__, _ONE_STEP)
    index = _Indexes(_nearest_256 if colours is Colours.FEW else _nearest_grey)
    return Palette(lambda picture: _indexed(picture, index), _INDEX_CODES.__getitem__)


# A table look-up is three times as fast as formatting a number, and a frame has thousands of numbers.
_RED = [f"2;{value};" for value in range(256)]
_GREEN = [f"{value};" for value in range(256)]
_BLUE = [str(value) for value in range(256)]
_INDEX_CODES = [f"5;{value}" for value in range(256)]


def _true_colour(value: int) -> str:
    return _RED[value & 255] + _GREEN[value >> 8 & 255] + _BLUE[value >> 16 & 255]


_LEVEL = bytes(round(value * 31 / 255) for value in range(256))
_ONE_STEP = frozenset(
    red + (green << 8) + (blue << 16) for red in (-1, 0, 1) for green in (-1, 0, 1) for blue in (-1, 0, 1)
)


def _levels(picture: Picture) -> Rows:
    """32 levels per channel, one byte each."""
    return to_rows(picture.pixels.translate(_LEVEL), picture.width)


def _channels(value: int) -> tuple[int, int, int]:
    """The 8-bit channels of a value with 32 levels."""
    red, green, blue = (round((value >> shift & 31) * 255 / 31) for shift in (0, 8, 16))
    return red, green, blue


class _LevelCodes(dict[int, str]):
    """At most 32,768 entries, created on demand."""

    def __missing__(self, value: int) -> str:
        code = self[value] = "2;{};{};{}".format(*_channels(value))
        return code


class _Indexes(dict[int, int]):
    """The palette index for each value with 32 levels, computed on demand."""

    def __init__(self, nearest: Callable[[int, int, int], int]) -> None:
        super().__init__()
        self._nearest = nearest

    def __missing__(self, value: int) -> int:
        index = self[value] = self._nearest(*_channels(value))
        return index


def _indexed(picture: Picture, index: _Indexes) -> Rows:
    lookup = index.__getitem__
    return [list(map(lookup, row)) for row in _levels(picture)]


# xterm's palette from 16: a 6 x 6 x 6 cube, then a ramp of 24 greys.
_CUBE = (0, 95, 135, 175, 215, 255)


def _nearest_256(red: int, green: int, blue: int) -> int:
    steps = [min(range(6), key=lambda step, c=c: abs(_CUBE[step] - c)) for c in (red, green, blue)]  # type: ignore[misc]
    grey = _nearest_grey(red, green, blue)
    shade = 8 + 10 * (grey - 232)
    off_cube = sum((_CUBE[step] - c) ** 2 for step, c in zip(steps, (red, green, blue), strict=True))
    off_grey = sum((shade - c) ** 2 for c in (red, green, blue))
    return grey if off_grey < off_cube else 16 + 36 * steps[0] + 6 * steps[1] + steps[2]


def _nearest_grey(red: int, green: int, blue: int) -> int:
    """By luminance as in ITU-R BT.709."""
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return 232 + min(23, max(0, round((luminance - 8) / 10)))
