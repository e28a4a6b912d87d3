"""A line of a picture for the compositor, without a style and a segment per cell.

Private: Strip._render_cache, and Rich's Console._color_system. Upstream issue: none.
"""

from __future__ import annotations

from rich.color import Color
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from wan_tui.media.cells import CellFrame
from wan_tui.media.quadrants import QuadrantFrame
from wan_tui.ui.compat.ready_strip import ReadyStrip

TEXTUAL_PRIVATE = ("textual.strip:Strip._render_cache",)

_BEHIND = 4
"""Grain, in cells, of a large picture behind a dialog."""
_LARGE = 1500
"""Cells up to which a picture behind a dialog is painted in full without delaying key presses."""


def picture_line(frame: CellFrame | QuadrantFrame | None, y: int, widget: Widget) -> Strip:
    """Line ``y`` of a ``widget`` that shows ``frame`` centred; blank around it, or if it does not fit."""
    width, height = widget.size
    if frame is not None and frame.columns <= width and frame.lines <= height:
        line = y - (height - frame.lines) // 2
        if 0 <= line < frame.lines:
            left = (width - frame.columns) // 2
            coarse = frame.columns * frame.lines > _LARGE and not widget.screen.is_active
            return PictureStrip(
                frame,
                line,
                widget.rich_style,
                left,
                width - frame.columns - left,
                grain=_BEHIND if coarse else 1,
            )
    return Strip.blank(width, widget.rich_style)


class PictureStrip(ReadyStrip):
    """Line ``y`` of ``frame`` from cell ``first`` to ``last``, with blanks in ``around`` on both sides.

    Textual builds escape sequences from segments, one style per cell: 7 frames per second at 120 x 34. This strip
    returns them ready-made, and can be cropped without segments too. Segments are built only on demand, e.g. for a
    screenshot or a dialog over the picture. ``grain`` adjacent cells then look like the first of them, since dimming
    each style takes time.
    """

    __slots__ = ("_around", "_first", "_frame", "_grain", "_last", "_left", "_right", "_y")

    def __init__(
        self,
        frame: CellFrame | QuadrantFrame,
        y: int,
        around: Style,
        left: int,
        right: int,
        first: int = 0,
        last: int | None = None,
        grain: int = 1,
    ) -> None:
        self._frame, self._y, self._around = frame, y, around
        self._left, self._right, self._grain = left, right, grain
        self._first, self._last = first, frame.columns if last is None else last
        super().__init__(left + self._last - self._first + right)

    def render(self, console: Console) -> str:
        if self._render_cache is None:
            system = console._color_system
            blanks = [
                Strip.render_style(self._around, " " * width, system) if width and system else " " * width
                for width in (self._left, self._right)
            ]
            picture = self._frame.line(self._y, self._first, self._last) if self._first < self._last else ""
            self._render_cache = blanks[0] + picture + blanks[1]
        return self._render_cache

    def crop(self, start: int, end: int | None = None) -> Strip:
        start = max(0, start)
        end = self.cell_length if end is None else min(self.cell_length, end)
        if (start, end) == (0, self.cell_length):
            return self
        if end <= start:
            return Strip([], 0)
        picture = self._last - self._first
        first = min(max(0, start - self._left), picture)
        last = min(max(0, end - self._left), picture)
        return PictureStrip(
            self._frame,
            self._y,
            self._around,
            max(0, min(end, self._left) - start),
            max(0, end - max(start, self._left + picture)),
            self._first + first,
            self._first + last,
            self._grain,
        )

    def make(self) -> list[Segment]:
        cells = []
        at = self._first
        while at < self._last:
            grain = at - at % self._grain
            width = min(grain + self._grain, self._last) - at
            glyph, fore, back = self._frame.cell(grain, self._y)
            cells.append(Segment(glyph * width, Style(color=_colour(fore), bgcolor=_colour(back))))
            at += width
        blanks = [
            [Segment(" " * width, self._around)] if width else [] for width in (self._left, self._right)
        ]
        return blanks[0] + cells + blanks[1]


def _colour(code: str) -> Color:
    """The colour of an SGR code such as ``2;10;20;30`` or ``5;17``."""
    kind, *values = map(int, code.split(";"))
    return Color.from_rgb(*values) if kind == 2 else Color.from_ansi(values[0])
