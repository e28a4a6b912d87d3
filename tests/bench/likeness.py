"""How like its film a picture in cells is: the cells drawn at 8 x 16 pixels, beside the frame at that size."""

from __future__ import annotations

import math
from pathlib import Path

from wan_tui.media.cells import paint
from wan_tui.media.colours import Colours
from wan_tui.media.decode import FilmReader
from wan_tui.media.framing import HALF_BLOCKS, QUADRANTS
from wan_tui.media.picture import Picture
from wan_tui.media.quadrants import quadrants

COLUMNS, ROWS = 120, 34
_CELL = (8, 16)
_FRAME = 75
_BITS = {glyph: bits for bits, glyph in enumerate(" ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█")}
_COLOURS = {
    "half-blocks": Colours.FULL,
    "half-blocks 15-bit": Colours.THRIFTY,
    "half-blocks 256": Colours.FEW,
}


def near(film: Path, way: str) -> float:
    """PSNR in decibels of frame 75 shown in 120 x 34 cells by ``way``."""
    reader = FilmReader(film)
    while reader.read() != _FRAME:
        pass
    truth = reader.scaled(COLUMNS * _CELL[0], ROWS * _CELL[1])
    if way == "quadrants":
        grid = QUADRANTS
        shown = _from_quadrants(reader.scaled(COLUMNS * 2, ROWS * 2))
    else:
        grid = HALF_BLOCKS
        shown = _from_half_blocks(reader.scaled(COLUMNS, ROWS * 2), _COLOURS[way])
    reader.close()
    error = 0
    across, down = _CELL[0] // grid[0], _CELL[1] // grid[1]
    stride = truth.width * 4
    for y in range(truth.height):
        row = truth.pixels[y * stride : (y + 1) * stride]
        for channel in range(3):
            line = shown[y // down][channel]
            wide = [value for value in line for _ in range(across)]
            error += sum((a - b) ** 2 for a, b in zip(row[channel::4], wide, strict=True))
    return 10 * math.log10(255**2 / (error / (truth.width * truth.height * 3)))


_Planes = list[list[list[int]]]
"""Rows, each of three channels, each of one value a pixel."""


def _from_half_blocks(picture: Picture, colours: Colours) -> _Planes:
    from tests.unit.media.screen import Screen

    screen = Screen(COLUMNS, ROWS).feed(paint(picture, colours).delta(None, 0, 0))
    return _planes([[value & 0xFFFFFF for value in row] for row in screen.picture().rows()])


def _from_quadrants(picture: Picture) -> _Planes:
    rows: list[list[int]] = []
    for cells in quadrants(picture):
        for lower in (0, 2):
            rows.append(
                [
                    fore if _BITS[glyph] >> bit & 1 else back
                    for glyph, fore, back in cells
                    for bit in (lower, lower + 1)
                ]
            )
    return _planes(rows)


def _planes(rows: list[list[int]]) -> _Planes:
    return [[[value >> shift & 255 for value in row] for shift in (0, 8, 16)] for row in rows]
