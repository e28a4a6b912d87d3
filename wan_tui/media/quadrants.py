"""Pictures as quadrant characters: four pixels a cell in two colours, the best split of sixteen.

For stills. All its characters (U+2580 to U+259F) are as old as the half-block and as widely drawn.
"""

from __future__ import annotations

from wan_tui.media.colours import Colours, palette
from wan_tui.media.picture import Picture

# Bits: 1 upper left, 2 upper right, 4 lower left, 8 lower right.
_GLYPHS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
# A split and its opposite show the same with the colours swapped: those without the upper left suffice.
_SPLITS = tuple(
    (
        mask,
        tuple(bit for bit in range(4) if mask >> bit & 1),
        tuple(bit for bit in range(4) if not mask >> bit & 1),
    )
    for mask in range(2, 16, 2)
)

Cell = tuple[str, int, int]
"""Character, fore colour, back colour; a colour as red, green << 8, blue << 16."""


def quadrants(picture: Picture) -> list[list[Cell]]:
    """Turn a picture of 2 x 2 pixels a cell into cells, row by row. Takes 20 microseconds a cell."""
    rows = picture.rows()
    return [
        [
            _cell(upper[x] & 0xFFFFFF, upper[x + 1] & 0xFFFFFF, lower[x] & 0xFFFFFF, lower[x + 1] & 0xFFFFFF)
            for x in range(0, picture.width - 1, 2)
        ]
        for upper, lower in zip(rows[::2], rows[1::2], strict=False)
    ]


def text(cells: list[Cell]) -> str:
    """One row of cells as text with its colours, ended by a reset."""
    code = palette(Colours.FULL).code
    out = []
    pen: tuple[int, int] | None = None
    for glyph, fore, back in cells:
        if (fore, back) != pen:
            pen = fore, back
            out.append(f"\x1b[38;{code(fore)};48;{code(back)}m")
        out.append(glyph)
    return "".join(out) + "\x1b[0m"


def _cell(*pixels: int) -> Cell:
    first = pixels[0]
    if pixels == (first, first, first, first):
        return " ", first, first
    channels = [[pixel >> shift & 255 for pixel in pixels] for shift in (0, 8, 16)]
    best, chosen = -1.0, _SPLITS[0]
    # The least squared error is where the means, squared and weighted, are largest.
    for split in _SPLITS:
        _, fore, back = split
        score = 0.0
        for channel in channels:
            total = sum([channel[bit] for bit in fore])
            rest = sum(channel) - total
            score += total * total / len(fore) + rest * rest / len(back)
        if score > best:
            best, chosen = score, split
    mask, fore, back = chosen
    return _GLYPHS[mask], _mean(channels, fore), _mean(channels, back)


def _mean(channels: list[list[int]], bits: tuple[int, ...]) -> int:
    red, green, blue = (
        (2 * sum([channel[bit] for bit in bits]) + len(bits)) // (2 * len(bits)) for channel in channels
    )
    return red | green << 8 | blue << 16
