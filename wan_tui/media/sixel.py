"""Still pictures as sixels (DEC STD 070): 216 fixed colours with ordered dithering.

The terminal does not scale them, so every pixel is sent: too much for video.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import product

from wan_tui.media.picture import BYTES_PER_PIXEL, Picture

_STEPS = 6
_BAND = 6
# Thresholds of the 4 x 4 Bayer matrix.
_BAYER = ((0, 8, 2, 10), (12, 4, 14, 6), (3, 11, 1, 9), (15, 7, 13, 5))
_RUN = re.compile(r"(.)\1{3,}", re.DOTALL)


def show(picture: Picture) -> str:
    """The text that draws ``picture`` at the cursor, at one screen pixel per pixel."""
    indexed = _dithered(picture)
    used = sorted(set(indexed))
    out = ["\x1bP0;1q", f'"1;1;{picture.width};{picture.height}']
    out += [_define(colour) for colour in used]
    for top in range(0, picture.height, _BAND):
        band = indexed[top * picture.width : (top + _BAND) * picture.width]
        out.append("$".join([_draw(band, picture.width, colour) for colour in sorted(set(band))]) + "-")
    out.append("\x1b\\")
    return "".join(out)


def _define(colour: int) -> str:
    levels = (colour // (_STEPS * _STEPS), colour // _STEPS % _STEPS, colour % _STEPS)
    red, green, blue = (round(level * 100 / (_STEPS - 1)) for level in levels)
    return f"#{colour};2;{red};{green};{blue}"


def _draw(band: bytes, width: int, colour: int) -> str:
    """The pixels of one colour in a band of six rows: one character per column, one bit per row, run-length encoded."""
    columns = 0
    for row in range(len(band) // width):
        line = band[row * width : (row + 1) * width].translate(_only(colour, 1 << row))
        columns |= int.from_bytes(line, "big")
    sixels = columns.to_bytes(width, "big").translate(_CHARACTERS).decode("ascii").rstrip("?")
    return f"#{colour}" + _RUN.sub(lambda run: f"!{len(run[0])}{run[1]}", sixels)


@cache
def _only(colour: int, bit: int) -> bytes:
    return bytes(bit if value == colour else 0 for value in range(256))


_CHARACTERS = bytes(min(63 + value, 126) for value in range(256))


def _levels(phase: int, weight: int) -> bytes:
    """For each brightness of a pixel, its step times ``weight``, at one position of the dither matrix."""
    shift = (phase + 0.5) / 16
    return bytes(int(value * (_STEPS - 1) / 255 + shift) * weight for value in range(256))


_TABLES = {
    (phase, weight): _levels(phase, weight)
    for phase, weight in product(range(16), (_STEPS * _STEPS, _STEPS, 1))
}


def _dithered(picture: Picture) -> bytes:
    """One byte per pixel: the colour's number from 0 to 215."""
    rows = []
    stride = picture.width * BYTES_PER_PIXEL
    for y in range(picture.height):
        row = picture.pixels[y * stride : (y + 1) * stride]
        total = 0
        for channel, weight in enumerate((_STEPS * _STEPS, _STEPS, 1)):
            plane = bytearray(row[channel::BYTES_PER_PIXEL])
            for x, phase in enumerate(_BAYER[y % 4]):
                plane[x::4] = plane[x::4].translate(_TABLES[phase, weight])
            # Byte by byte, the sum never carries: it is 215 at most.
            total += int.from_bytes(plane, "big")
        rows.append(total.to_bytes(picture.width, "big"))
    return b"".join(rows)
