"""A still picture in memory, with operations that need no library."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from wan_tui.domain.mp4_matrix import UPRIGHT, Orientation

Rows = list[list[int]]
"""A picture as rows of integers, one per pixel."""

BYTES_PER_PIXEL = 4
_OPAQUE = 255 << 24


@dataclass(frozen=True, slots=True)
class Picture:
    """Pixels as bytes R, G, B, A, row by row, without padding. A is always 255."""

    width: int
    height: int
    pixels: bytes

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.width, self.height

    def rows(self) -> Rows:
        """One integer per pixel: red in the lowest byte, then green, blue and A."""
        return to_rows(self.pixels, self.width)

    def rgb(self) -> bytes:
        """The pixels as bytes R, G, B."""
        out = bytearray(self.width * self.height * 3)
        for channel in range(3):
            out[channel::3] = self.pixels[channel::BYTES_PER_PIXEL]
        return bytes(out)

    def middle(self, width: int, height: int) -> Picture:
        """Crop to the middle of the given size."""
        if (width, height) == self.size:
            return self
        left, top = (self.width - width) // 2, (self.height - height) // 2
        stride = self.width * BYTES_PER_PIXEL
        starts = [(top + y) * stride + left * BYTES_PER_PIXEL for y in range(height)]
        return Picture(
            width, height, b"".join([self.pixels[at : at + width * BYTES_PER_PIXEL] for at in starts])
        )

    def oriented(self, orientation: Orientation) -> Picture:
        """Mirror and rotate it."""
        if orientation == UPRIGHT:
            return self
        values, width = array("I", self.pixels), self.width
        if orientation.lying:
            lines = [values[column::width] for column in range(width)]
        else:
            lines = [values[at : at + width] for at in range(0, len(values), width)]
        # Turned clockwise, columns become lines and are read upwards: the bottom moves to the left.
        backwards = orientation.turn in (90, 180)
        from_the_end = orientation.turn in (180, 270)
        if orientation.mirrored and orientation.lying:
            from_the_end = not from_the_end
        elif orientation.mirrored:
            backwards = not backwards
        out = array("I")
        for line in reversed(lines) if from_the_end else lines:
            out += line[::-1] if backwards else line
        size = (self.height, width) if orientation.lying else (width, self.height)
        return Picture(*size, out.tobytes())

    def toned(self, table: bytes) -> Picture:
        """Map the values of all channels by ``table``, whose last value is 255, since A is mapped too."""
        return Picture(self.width, self.height, self.pixels.translate(table))

    def shrink(self, width: int, height: int) -> Picture:
        """Scale by averaging the pixels that each new one covers; meant for scaling down."""
        if (width, height) == self.size:
            return self
        columns = _spans(self.width, width)
        stride = self.width * BYTES_PER_PIXEL
        out = bytearray(b"\xff") * (width * height * BYTES_PER_PIXEL)
        for y, (first, last) in enumerate(_spans(self.height, height)):
            box = [self.pixels[at * stride : (at + 1) * stride] for at in range(first, last)]
            for channel in range(3):
                start = y * width * BYTES_PER_PIXEL + channel
                out[start : start + width * BYTES_PER_PIXEL - channel : BYTES_PER_PIXEL] = _averages(
                    [row[channel::BYTES_PER_PIXEL] for row in box], columns
                )
        return Picture(width, height, bytes(out))


def from_rgb(width: int, height: int, rgb: bytes) -> Picture:
    """Make a picture from bytes R, G, B."""
    out = bytearray(b"\xff") * (width * height * BYTES_PER_PIXEL)
    for channel in range(3):
        out[channel::BYTES_PER_PIXEL] = rgb[channel::3]
    return Picture(width, height, bytes(out))


def from_colours(colours: Sequence[int], width: int) -> Picture:
    """Make a picture from integers as in ``Picture.rows``, row by row; A need not be set."""
    values = array("I", [colour | _OPAQUE for colour in colours])
    if sys.byteorder == "big":
        values.byteswap()
    return Picture(width, len(colours) // width, values.tobytes())


def to_rows(pixels: bytes, width: int) -> Rows:
    """Split ``pixels`` (four bytes each) into rows of little-endian integers."""
    values = array("I", pixels)
    if sys.byteorder == "big":
        values.byteswap()
    flat = values.tolist()
    return [flat[at : at + width] for at in range(0, len(flat), width)]


def _spans(old: int, new: int) -> list[tuple[int, int]]:
    """For each new pixel, the old ones it covers: at least one."""
    return [(at * old // new, max(at * old // new + 1, (at + 1) * old // new)) for at in range(new)]


def _averages(rows: Sequence[bytes], spans: Sequence[tuple[int, int]]) -> bytes:
    """Average one channel over ``rows`` and over each of the column ``spans``."""
    sums = list(accumulate(map(sum, zip(*rows, strict=True)), initial=0))
    return bytes([(sums[last] - sums[first]) // ((last - first) * len(rows)) for first, last in spans])
