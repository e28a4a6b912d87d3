"""Shows a still: as a picture if the terminal supports that, else as quadrant cells."""

from __future__ import annotations

import asyncio

from textual import work
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from wan_tui.media import kitty
from wan_tui.media.colours import Colours
from wan_tui.media.framing import QUADRANTS, frame_cells
from wan_tui.media.picture import Picture
from wan_tui.media.quadrants import QuadrantFrame, paint
from wan_tui.ui.compat.occlusion import is_clear, is_held
from wan_tui.ui.compat.picture_strip import picture_line
from wan_tui.ui.compat.terminal_writer import terminal_writer
from wan_tui.ui.player.still_image import image_numbers, still_image
from wan_tui.ui.player.viewing import Viewing


class StillView(Widget):
    """Shows a picture as large as fits, centred. It is prepared in a thread.

    A picture that the terminal draws is shown while nothing covers it, otherwise the cells.
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
        self._colours = viewing.quality.colours
        self._cells: QuadrantFrame | None = None
        self._image = ""
        self._drawn = False
        self._number = next(image_numbers)

    def show(self, picture: Picture | None, colours: Colours | None = None) -> None:
        """Show ``picture``, or nothing, in ``colours`` (default: those of films)."""
        colours = colours or self._viewing.quality.colours
        if picture is not self._picture or colours is not self._colours:
            self._picture, self._colours = picture, colours
            self._prepare()

    def on_mount(self) -> None:
        if self._viewing.still != "cells" and not self.app.is_headless:
            self.screen.screen_layout_refresh_signal.subscribe(self, lambda _: self._settle())
            self.app.screen_change_signal.subscribe(self, lambda _: self._settle())
            self.app.app_suspend_signal.subscribe(self, lambda _: self._erase(), immediate=True)
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
        cells: QuadrantFrame | None = None
        image = ""
        if picture is not None and size:
            cells = await asyncio.to_thread(self._to_cells, picture, size, self._colours)
            image = await asyncio.to_thread(self._to_image, picture, cells.columns, cells.lines)
        self._erase()
        self._cells, self._image = cells, image
        self.refresh()
        self.call_after_refresh(self._settle)

    def render_lines(self, crop: Region) -> list[Strip]:
        if self._image:
            # Blanks are painted over the picture, which removes it in some terminals.
            self._drawn = self._drawn and self._viewing.still == "kitty"
            self.call_after_refresh(self._settle)
        cells = None if self._shows_image else self._cells
        return [picture_line(cells, y, self).crop(crop.x, crop.right) for y in range(crop.y, crop.bottom)]

    # ---- pictures that the terminal draws

    @property
    def _shows_image(self) -> bool:
        return bool(self._image) and not self.app.is_headless and is_clear(self)

    def _settle(self) -> None:
        """Draw or remove the terminal's picture, depending on whether it is covered."""
        cells = self._cells
        if not self._image or cells is None or not self.is_attached:
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
            left = region.x + (region.width - cells.columns) // 2
            top = region.y + (region.height - cells.lines) // 2
            place = f"\x1b[{top + 1};{left + 1}H"
            terminal_writer(self.app)(place + self._image)

    def _erase(self) -> None:
        if self._drawn and self._viewing.still == "kitty":
            terminal_writer(self.app)(kitty.remove(self._number))
        self._drawn = False

    def _to_cells(self, picture: Picture, size: Size, colours: Colours) -> QuadrantFrame:
        framing = frame_cells((size.width, size.height), picture.size, QUADRANTS, self._viewing.cell_aspect)
        return paint(picture.shrink(*framing.pixels), colours)

    def _to_image(self, picture: Picture, columns: int, rows: int) -> str:
        if self.app.is_headless:
            return ""
        return still_image(self._viewing, picture, columns, rows, self._number)
