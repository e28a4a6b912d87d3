"""A still picture on the screen: quadrant cells everywhere, the terminal's own pictures where it has them."""

from __future__ import annotations

import asyncio
from itertools import count

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual import work
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from wan_tui.media import iterm2, kitty, sixel
from wan_tui.media.aspect import QUADRANTS, frame_cells
from wan_tui.media.files import png
from wan_tui.media.picture import Picture
from wan_tui.media.quadrants import Cell, quadrants
from wan_tui.ui.terminal_writer import terminal_writer
from wan_tui.ui.viewing import Viewing
from wan_tui.ui.widgets.clearance import is_clear, is_held

_image_numbers = count(100)


class StillView(Widget):
    """Shows a picture as large as fits, in the middle. It is made ready in a thread.

    A picture that the terminal draws is shown while nothing lies over it; else the cells are.
    """

    ALLOW_SELECT = False

    DEFAULT_CSS = """
    StillView { width: 1fr; height: 1fr; }
    """

    def __init__(
        self,
        viewing: Viewing,
        *,
        id: str | None = None,  # noqa: A002 - as every widget has it
    ) -> None:
        super().__init__(id=id)
        self._viewing = viewing
        self._picture: Picture | None = None
        self._cells: list[list[Cell]] = []
        self._image = ""
        self._drawn = False
        self._number = next(_image_numbers)

    def show(self, picture: Picture | None) -> None:
        """Show this picture, or none."""
        if picture is not self._picture:
            self._picture = picture
            self._prepare()

    def on_mount(self) -> None:
        if self._viewing.still != "cells" and not self.app.is_headless:
            self.screen.screen_layout_refresh_signal.subscribe(self, lambda _: self._settle())
            self.app.screen_change_signal.subscribe(self, lambda _: self._settle())
            self.app.app_suspend_signal.subscribe(self, lambda _: self._erase())
            self.app.app_resume_signal.subscribe(self, lambda _: self.refresh())

    def on_unmount(self) -> None:
        self._erase()

    def on_hide(self) -> None:
        self._erase()

    def on_resize(self) -> None:
        self._prepare()

    @work(exclusive=True)
    async def _prepare(self) -> None:
        picture, size = self._picture, self.size
        cells: list[list[Cell]] = []
        image = ""
        if picture is not None and size:
            cells = await asyncio.to_thread(_to_cells, picture, size, self._viewing.cell_aspect)
            image = await asyncio.to_thread(self._to_image, picture, len(cells[0]), len(cells))
        self._erase()
        self._cells, self._image = cells, image
        self.refresh()
        self.call_after_refresh(self._settle)

    def render_lines(self, crop: Region) -> list[Strip]:
        if self._image:
            # Blanks are painted where the picture is; some terminals then have it no more.
            self._drawn = self._drawn and self._viewing.still == "kitty"
            self.call_after_refresh(self._settle)
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        line = y - self._top
        if self._shows_image or not 0 <= line < len(self._cells):
            return Strip.blank(self.size.width, self.rich_style)
        cells = self._cells[line]
        left = (self.size.width - len(cells)) // 2
        blank = Segment(" " * left, self.rich_style)
        picture = [Segment(glyph, _style(fore, back)) for glyph, fore, back in cells]
        return Strip([blank, *picture]).adjust_cell_length(self.size.width, self.rich_style)

    # ---- pictures that the terminal draws

    @property
    def _top(self) -> int:
        return (self.size.height - len(self._cells)) // 2

    @property
    def _shows_image(self) -> bool:
        return bool(self._image) and not self.app.is_headless and is_clear(self)

    def _settle(self) -> None:
        """Bring what the terminal draws in line with whether it may."""
        if not self._image or not self.is_attached:
            return
        if is_held(self):
            self.refresh()
        elif not self._shows_image:
            if self._drawn:
                self._erase()
                self.refresh()
        elif not self._drawn:
            self._drawn = True
            region = self.content_region
            left = region.x + (region.width - len(self._cells[0])) // 2
            place = f"\x1b[{region.y + self._top + 1};{left + 1}H"
            terminal_writer(self.app)(place + self._image)

    def _erase(self) -> None:
        if self._drawn and self._viewing.still == "kitty":
            terminal_writer(self.app)(kitty.remove(self._number))
        self._drawn = False

    def _to_image(self, picture: Picture, columns: int, rows: int) -> str:
        if self.app.is_headless:
            return ""
        if self._viewing.still == "kitty":
            return kitty.show(picture, columns, rows, self._number)
        if self._viewing.still == "iterm2":
            return iterm2.show(png(picture), columns, rows)
        if self._viewing.still == "sixel" and self._viewing.cell_pixels:
            width, height = self._viewing.cell_pixels
            return sixel.show(picture.shrink(columns * width, rows * height))
        return ""


def _to_cells(picture: Picture, size: tuple[int, int], cell_aspect: float) -> list[list[Cell]]:
    framing = frame_cells((size[0], size[1]), picture.size, QUADRANTS, cell_aspect)
    return quadrants(picture.shrink(*framing.pixels))


def _style(fore: int, back: int) -> Style:
    colours = [Color.from_rgb(value & 255, value >> 8 & 255, value >> 16) for value in (fore, back)]
    return Style(color=colours[0], bgcolor=colours[1])
