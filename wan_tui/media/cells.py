"""Pictures as half-block characters: the upper half in one colour, the lower half in another.

Only changes are written: a colour if it differs from the previous one, a cell if it is not on the screen already.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wan_tui.media.colours import Colours, Palette, palette
from wan_tui.media.picture import Picture, Rows

UPPER_HALF = "▀"
RESET = "\x1b[0m"
_UNKNOWN = -(1 << 40)
"""Differs from every colour value by more than a step of ``Palette.near``."""


@dataclass(frozen=True)
class CellFrame:
    """A picture in cells as shown on the screen: two rows of values per line.

    Frames share unchanged rows.
    """

    columns: int
    rows: Rows
    colours: Colours

    @property
    def lines(self) -> int:
        """Height in lines of cells."""
        return len(self.rows) // 2

    def cell(self, x: int, y: int) -> tuple[str, str, str]:
        """Character, and the SGR codes of its two colours after ``38;`` and ``48;``."""
        code = palette(self.colours).code
        return UPPER_HALF, code(self.rows[2 * y][x]), code(self.rows[2 * y + 1][x])

    def line(self, y: int, first: int = 0, last: int | None = None) -> str:
        """The text of line ``y`` from cell ``first`` up to ``last``: starts at the cursor, ends with a reset."""
        top, bottom = self.rows[2 * y][first:last], self.rows[2 * y + 1][first:last]
        blank = [_UNKNOWN] * len(top)
        out: list[str] = []
        _write_row(out.append, palette(self.colours).code, (top, bottom), (blank, blank), "", _NO_PEN)
        return "".join(out) + RESET

    def delta(self, shown: CellFrame | None, left: int, top: int) -> str:
        """The text that turns ``shown`` on the screen into this frame; "" if nothing changes.

        ``left`` and ``top`` are the position of the picture's first cell, counted from 0.
        """
        blank = [_UNKNOWN] * self.columns
        code = palette(self.colours).code
        old = shown.rows if shown is not None and self._follows(shown) else None
        out: list[str] = []
        pen = _NO_PEN
        for y in range(self.lines):
            new = self.rows[2 * y], self.rows[2 * y + 1]
            was = (old[2 * y], old[2 * y + 1]) if old else (blank, blank)
            # Unchanged rows are the same objects, so comparing them is fast.
            if new != was:
                pen = _write_row(out.append, code, new, was, f"\x1b[{top + y + 1};{{}}H", pen, left)
        return "".join(out) + RESET if out else ""

    def _follows(self, shown: CellFrame) -> bool:
        same_size = shown.columns == self.columns and len(shown.rows) == len(self.rows)
        return same_size and shown.colours is self.colours


def paint(picture: Picture, colours: Colours, shown: CellFrame | None = None) -> CellFrame:
    """Convert a picture with two pixels per cell to a frame that follows ``shown`` on the screen.

    With a palette that defines near colours, cells that are close enough are not repainted.
    """
    inks = palette(colours)
    frame = CellFrame(picture.width, inks.reduce(picture), colours)
    if shown is None or not frame._follows(shown):
        return frame
    return CellFrame(frame.columns, _settled(frame.rows, shown.rows, inks), colours)


def _settled(new: Rows, old: Rows, inks: Palette) -> Rows:
    near = inks.near
    rows: Rows = []
    for y in range(0, len(new), 2):
        top, bottom, old_top, old_bottom = new[y], new[y + 1], old[y], old[y + 1]
        if top == old_top and bottom == old_bottom:
            rows += (old_top, old_bottom)
        elif not near:
            rows += (top, bottom)
        else:
            cells = [
                (was_t, was_b) if t - was_t in near and b - was_b in near else (t, b)
                for t, b, was_t, was_b in zip(top, bottom, old_top, old_bottom, strict=True)
            ]
            rows += ([cell[0] for cell in cells], [cell[1] for cell in cells])
    return rows


_Pair = tuple[Sequence[int], Sequence[int]]
_NO_PEN = (_UNKNOWN, _UNKNOWN)


def _write_row(
    write: Callable[[str], None],
    code: Callable[[int], str],
    new: _Pair,
    old: _Pair,
    home: str,
    pen: tuple[int, int],
    left: int = 0,
) -> tuple[int, int]:
    """Write the cells of one line that differ from ``old``; return the current colours afterwards.

    ``home`` moves the cursor to a column of the line; without it, the cursor is at the first cell.
    """
    fore, back = pen
    at = -1 if home else 0
    for x, (upper, lower, was_upper, was_lower) in enumerate(zip(*new, *old, strict=True)):
        if upper == was_upper and lower == was_lower:
            continue
        if at != x:
            write(home.format(left + x + 1) if at < 0 else f"\x1b[{x - at}C")
        at = x + 1
        if upper == lower:
            # A blank shows only the background, so the foreground need not change.
            if lower != back:
                back = lower
                write(f"\x1b[48;{code(lower)}m ")
            else:
                write(" ")
        elif upper == fore:
            if lower != back:
                back = lower
                write(f"\x1b[48;{code(lower)}m▀")
            else:
                write("▀")
        elif lower == back:
            fore = upper
            write(f"\x1b[38;{code(upper)}m▀")
        else:
            fore, back = upper, lower
            write(f"\x1b[38;{code(upper)};48;{code(lower)}m▀")
    return fore, back
