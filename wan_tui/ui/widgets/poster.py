"""One still that stands for a film, beside what is told of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from textual import work

from wan_tui.media.decode import CannotPlay
from wan_tui.media.picture import Picture
from wan_tui.media.posters import PosterShelf
from wan_tui.ui.viewing import Viewing
from wan_tui.ui.widgets.still_view import StillView

_PAUSE = 0.2
"""Seconds to stay at a film before its poster is made: running through a list makes none."""


class Poster(StillView):
    """Empty until there is a picture; a film that cannot be read has none.

    The class ``-empty`` tells the layout that there is nothing to show.
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
        self.add_class("-empty")

    def show_film(self, film: Path | None) -> None:
        """Show the poster of ``film`` as soon as there is one; None: show nothing."""
        if film != self._film:
            self._film = film
            self._find(film)

    @work(exclusive=True, group="poster")
    async def _find(self, film: Path | None) -> None:
        strip = await asyncio.to_thread(self._shelf.cached, film) if film else None
        if film is not None and strip is None:
            self._put(None)
            await asyncio.sleep(_PAUSE)
            try:
                strip = await self._shelf.strip(film)
            except CannotPlay:
                return
        self._put(strip.poster if strip else None)

    def _put(self, picture: Picture | None) -> None:
        self.set_class(picture is None, "-empty")
        self.show(picture)
