"""The poster of a film, beside its details."""

from __future__ import annotations

import asyncio
from pathlib import Path

from textual import work

from wan_tui.media.decode import CannotPlay, FilmSpoiled
from wan_tui.media.framing import QUADRANTS, frame_cells
from wan_tui.media.picture import Picture
from wan_tui.media.posters import PosterShelf
from wan_tui.ui.messages import SpoiledFilmFound
from wan_tui.ui.player.still_view import StillView
from wan_tui.ui.player.viewing import Viewing

_REST, _PAUSE = 0.05, 0.2
"""Seconds on a film before its poster is looked up, and then before it is made: fast scrolling does neither."""


class Poster(StillView):
    """As wide as its picture, and hidden without one. While the next film's poster is made, the width is kept."""

    DEFAULT_CSS = """
    Poster {
        height: 1fr;
        margin: 0 1 0 0;
        &.-empty { display: none; }
    }
    """

    def __init__(
        self,
        shelf: PosterShelf,
        viewing: Viewing,
        *,
        id: str | None = None,  # noqa: A002 - as every widget has it
    ) -> None:
        super().__init__(viewing, id=id)
        self._shelf = shelf
        self._film: Path | None = None
        self._poster: Picture | None = None
        self._room = (0, 0)
        self.add_class("-empty")

    def fit(self, width: int, height: int) -> None:
        """Set the maximum size in cells."""
        self._room = (width, height)
        self._take_room()

    def show_film(self, film: Path | None) -> None:
        """Show the poster of ``film`` once it is available; None: show nothing."""
        if film != self._film:
            self._film = film
            self._find(film)

    @work(exclusive=True, group="poster")
    async def _find(self, film: Path | None) -> None:
        if film is None:
            self._put(None)
            return
        await asyncio.sleep(_REST)
        strip = await asyncio.to_thread(self._shelf.cached, film)
        if strip is None:
            self.show(None)
            await asyncio.sleep(_PAUSE)
            try:
                strip = await self._shelf.strip(film)
            except FilmSpoiled:
                self.post_message(SpoiledFilmFound(film))
            except CannotPlay:
                pass  # the details are shown without a poster
        self._put(strip.poster if strip else None)

    def _put(self, picture: Picture | None) -> None:
        self._poster = picture
        self._take_room()
        self.set_class(picture is None, "-empty")
        self.show(picture)

    def _take_room(self) -> None:
        if self._poster is not None and all(self._room):
            aspect = self._viewing.cell_aspect
            self.styles.width = frame_cells(self._room, self._poster.size, QUADRANTS, aspect).columns
