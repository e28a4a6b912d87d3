"""Posters of tiles as pictures that the terminal draws over their cells.

A moment after the gallery has come to rest, so that scrolling sends none of them. Where a tile moves or something
covers the gallery, they go at once; the cells below are there all the time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
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
    place: Region
    """On the screen, not in the widget, which may move."""


class TilePictures:
    """Draws over ``widget``. ``place`` is called whenever tiles have been painted."""

    def __init__(self, widget: Widget, viewing: Viewing) -> None:
        self._widget = widget
        self._viewing = viewing
        self._wanted: Mapping[PosterWanted, tuple[Tile, Offset]] = {}
        self._drawn: dict[PosterWanted, Drawn] = {}
        self._timer: Timer | None = None
        app = widget.app
        # At once: afterwards the terminal belongs to another program, and nothing is written any more.
        app.app_suspend_signal.subscribe(widget, lambda _: self._remove_all(), immediate=True)
        app.app_resume_signal.subscribe(widget, lambda _: self._settle())
        app.screen_change_signal.subscribe(widget, lambda _: self._settle())
        widget.screen.screen_layout_refresh_signal.subscribe(widget, lambda _: self._settle())

    def place(self, wanted: Mapping[PosterWanted, tuple[Tile, Offset]]) -> None:
        """Draw each of these at the offset of its first cell from the widget's corner, and no others."""
        self._wanted = wanted
        self._settle()

    def refreshed(self, regions: Sequence[Region]) -> None:
        """Cells of these regions of the widget are painted again, or all of them, which in most terminals removes what
        was drawn over them.
        """
        if self._viewing.still != "kitty":
            on_screen = [region.translate(self._corner) for region in regions]
            for wanted, drawn in list(self._drawn.items()):
                if not regions or any(region.overlaps(drawn.place) for region in on_screen):
                    del self._drawn[wanted]

    def _settle(self) -> None:
        """Remove what has moved or is covered, and draw what is missing in a moment."""
        free = self._is_free
        self._remove(
            wanted
            for wanted, drawn in self._drawn.items()
            if not free or self._place_of(wanted) != drawn.place
        )
        if self._timer is not None:
            self._timer.stop()
        if free and self._wanted.keys() - self._drawn.keys():
            self._timer = self._widget.set_timer(REST, self._draw_missing)

    def _place_of(self, wanted: PosterWanted) -> Region | None:
        """Where the picture belongs on the screen now."""
        if wanted not in self._wanted:
            return None
        tile, at = self._wanted[wanted]
        return Region(*at, tile.frame.columns, tile.frame.lines).translate(self._corner)

    def _remove_all(self) -> None:
        self._remove(self._drawn)

    def _remove(self, pictures: Iterable[PosterWanted]) -> None:
        gone = [self._drawn.pop(wanted) for wanted in list(pictures)]
        if gone and self._viewing.still == "kitty":
            # In one go: each write takes a place in a queue that may be full.
            terminal_writer(self._widget.app)("".join(kitty.remove(drawn.number) for drawn in gone))
        elif gone:
            self._widget.refresh()

    def _draw_missing(self) -> None:
        if self._is_free and not is_held(self._widget):
            self._widget.run_worker(self._draw_all(), group="tile pictures", exclusive=True)

    async def _draw_all(self) -> None:
        for wanted, (tile, _) in list(self._wanted.items()):
            if wanted in self._drawn or tile.picture is None:
                continue
            number, frame = next(image_numbers), tile.frame
            image = await asyncio.to_thread(
                still_image, self._viewing, tile.picture, frame.columns, frame.lines, number
            )
            # Meanwhile it may have moved, or a dialog have come.
            place = self._place_of(wanted)
            if image and place is not None and self._is_free and not is_held(self._widget):
                self._drawn[wanted] = Drawn(number, place)
                terminal_writer(self._widget.app)(f"\x1b[{place.y + 1};{place.x + 1}H{image}")

    @property
    def _corner(self) -> Offset:
        return self._widget.content_region.offset

    @property
    def _is_free(self) -> bool:
        return self._widget.is_attached and self._widget.display and is_clear(self._widget)
