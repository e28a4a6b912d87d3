"""Posters of tiles as pictures that the terminal draws over their cells.

A moment after the gallery has come to rest, so that scrolling sends none of them. Where a tile moves or something
covers the gallery, they go at once; the cells below are there all the time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from textual.geometry import Offset, Region
from textual.timer import Timer

from wan_tui.media import kitty
from wan_tui.ui.compat.occlusion import is_clear, is_held
from wan_tui.ui.compat.terminal_writer import terminal_writer
from wan_tui.ui.jobs.tile_posters import PosterWanted, Tile
from wan_tui.ui.player.still_image import image_numbers, still_image

if TYPE_CHECKING:
    from textual.widget import Widget

    from wan_tui.ui.player.viewing import Viewing

REST = 0.15
"""Seconds without a move until pictures are drawn."""


class Drawn(NamedTuple):
    number: int
    at: Offset


class TilePictures:
    """Draws over ``widget``. ``place`` is called whenever tiles have been painted."""

    def __init__(self, widget: Widget, viewing: Viewing) -> None:
        self._widget = widget
        self._viewing = viewing
        self._wanted: Mapping[PosterWanted, tuple[Tile, Offset]] = {}
        self._drawn: dict[PosterWanted, Drawn] = {}
        self._timer: Timer | None = None
        app = widget.app
        app.app_suspend_signal.subscribe(widget, lambda _: self.erase())
        app.app_resume_signal.subscribe(widget, lambda _: self._settle_soon())
        app.screen_change_signal.subscribe(widget, lambda _: self._settle_soon(now=True))
        widget.screen.screen_layout_refresh_signal.subscribe(widget, lambda _: self._settle_soon(now=True))

    def place(self, wanted: Mapping[PosterWanted, tuple[Tile, Offset]]) -> None:
        """Draw each of these at the offset of its first cell from the widget's corner, and no others."""
        self._wanted = wanted
        for wish, drawn in list(self._drawn.items()):
            if wish not in wanted or wanted[wish][1] != drawn.at:
                self._erase(wish)
        self._settle_soon()

    def rendered(self, crop: Region) -> None:
        """Cells of this region are painted, which in most terminals removes what was drawn over them."""
        if self._viewing.still != "kitty":
            for wish, drawn in list(self._drawn.items()):
                frame = self._wanted[wish][0].frame
                if crop.overlaps(Region(*drawn.at, frame.columns, frame.lines)):
                    del self._drawn[wish]

    def erase(self) -> None:
        """Remove all of them from the screen."""
        for wish in list(self._drawn):
            self._erase(wish)

    def _erase(self, wish: PosterWanted) -> None:
        number = self._drawn.pop(wish).number
        if self._viewing.still == "kitty":
            terminal_writer(self._widget.app)(kitty.remove(number))
        else:
            self._widget.refresh()

    def _settle_soon(self, *, now: bool = False) -> None:
        if now and self._drawn and not self._is_free:
            self.erase()
        if self._timer is not None:
            self._timer.stop()
        if self._wanted.keys() - self._drawn.keys():
            self._timer = self._widget.set_timer(REST, self._draw_missing)

    def _draw_missing(self) -> None:
        if self._is_free and not is_held(self._widget):
            self._widget.run_worker(self._draw_all(), group="tile pictures", exclusive=True)

    async def _draw_all(self) -> None:
        for wish, (tile, at) in list(self._wanted.items()):
            if wish in self._drawn:
                continue
            number, frame = next(image_numbers), tile.frame
            image = await asyncio.to_thread(
                still_image, self._viewing, tile.picture, frame.columns, frame.lines, number
            )
            # Meanwhile it may have moved, or a dialog have come.
            if image and self._is_free and self._wanted.get(wish) == (tile, at):
                corner = self._widget.content_region.offset + at
                self._drawn[wish] = Drawn(number, at)
                terminal_writer(self._widget.app)(f"\x1b[{corner.y + 1};{corner.x + 1}H{image}")

    @property
    def _is_free(self) -> bool:
        return self._widget.is_attached and self._widget.display and is_clear(self._widget)
