"""Converts a picture to the text that shows it, for each kind of terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from wan_tui.media import iterm2, kitty
from wan_tui.media.cells import CellFrame, paint
from wan_tui.media.colours import Colours
from wan_tui.media.framing import Framing
from wan_tui.media.image_files import JpegEncoder
from wan_tui.media.picture import Picture

Way = Literal["cells", "kitty", "iterm2"]
Place = tuple[int, int, int, int]
"""First column and line, and the number of columns and lines, in cells."""


@dataclass(frozen=True, slots=True)
class Target:
    """Position and protocol of a picture: ``left`` and ``top`` are its first cell on the screen, counted from 0.

    ``covered``: something overlaps the picture; then cells are used, which the screen can crop.
    """

    framing: Framing
    left: int
    top: int
    way: Way = "cells"
    colours: Colours = Colours.FULL
    covered: bool = False
    image: int = 1

    @property
    def place(self) -> Place:
        """The cells that the picture covers."""
        return self.left, self.top, self.framing.columns, self.framing.rows


@dataclass(frozen=True, slots=True)
class Painted:
    """A prepared picture: ``text`` shows it if the previous one is on the screen.

    ``cells`` is None if the terminal draws the picture itself.
    """

    target: Target
    text: str
    cells: CellFrame | None


class Painter:
    """Paints the pictures of one film, each as an update of the last. Used by one thread."""

    def __init__(self) -> None:
        self._last: Painted | None = None
        self._jpeg: JpegEncoder | None = None

    def forget(self) -> None:
        """Assume nothing about the screen's content."""
        self._last = None

    def paint(self, picture: Picture, target: Target) -> Painted:
        """Prepare ``picture`` for ``target``; it has the target's size in pixels."""
        if target.way == "cells" or target.covered:
            self._last = self._cells(picture, target)
        else:
            self._last = Painted(target, _at(target, self._image(picture, target)), None)
        return self._last

    def _cells(self, picture: Picture, target: Target) -> Painted:
        width, height = target.framing.columns, target.framing.rows * 2
        if picture.size != (width, height):
            picture = picture.shrink(width, height)
        last = self._last
        shown = last.cells if last is not None and last.target == target else None
        cells = paint(picture, target.colours, shown)
        return Painted(target, cells.delta(shown, target.left, target.top), cells)

    def _image(self, picture: Picture, target: Target) -> str:
        framing = target.framing
        if target.way == "kitty":
            return kitty.show(picture, framing.columns, framing.rows, target.image)
        if self._jpeg is None or self._jpeg.size != picture.size:
            self._jpeg = JpegEncoder(*picture.size)
        return iterm2.show(self._jpeg.encode(picture), framing.columns, framing.rows)


def _at(target: Target, text: str) -> str:
    return f"\x1b[{target.top + 1};{target.left + 1}H{text}"
