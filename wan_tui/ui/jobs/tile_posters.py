"""The posters of the gallery's tiles, made ready in the background, from what can be seen outward.

A poster that lies on the disk takes some milliseconds in a thread. One that must be made takes half a second in a
process of low priority; those come after all that only have to be read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from textual.cache import LRUCache

from wan_tui.media.decode import CannotPlay
from wan_tui.media.framing import QUADRANTS, frame_cells
from wan_tui.media.picture import Picture
from wan_tui.media.posters import PosterShelf
from wan_tui.media.quadrants import QuadrantFrame, paint
from wan_tui.ui.player.viewing import Viewing

_KEPT = 240
"""Tiles kept in memory, each of some ten kilobytes."""


class PosterWanted(NamedTuple):
    """A job's film, and the largest size of its poster in cells."""

    job_id: str
    film: Path
    columns: int
    rows: int


class Tile(NamedTuple):
    """A poster in cells, and the picture it was made of."""

    frame: QuadrantFrame
    picture: Picture


class TilePosters:
    """Call ``want`` with all that is needed now; ``came`` is called with the id of each job whose poster is there."""

    def __init__(
        self,
        shelf: PosterShelf,
        viewing: Viewing,
        run: Callable[[Coroutine[Any, Any, None]], object],
        came: Callable[[str], None],
    ) -> None:
        """``run`` runs a coroutine in the background until the screen is gone."""
        self._shelf = shelf
        self._viewing = viewing
        self._run = run
        self._came = came
        self._tiles: LRUCache[PosterWanted, Tile] = LRUCache(_KEPT)
        self._none: set[Path] = set()
        """Films of which there is no poster."""
        self._wishes: list[PosterWanted] = []
        self._to_make: list[PosterWanted] = []
        self._running = False

    def get(self, wish: PosterWanted) -> Tile | None:
        return self._tiles.get(wish)

    def has_none(self, film: Path) -> bool:
        """Whether there cannot be a poster of ``film``."""
        return film in self._none

    def want(self, wishes: Sequence[PosterWanted]) -> None:
        """Make these ready, in this order; earlier wishes are forgotten."""
        self._wishes = [wish for wish in wishes if wish not in self._tiles and wish.film not in self._none]
        self._to_make = []
        if self._wishes and not self._running:
            self._running = True
            self._run(self._fulfil())

    async def _fulfil(self) -> None:
        try:
            while self._wishes or self._to_make:
                if self._wishes:
                    await self._read(self._wishes.pop(0))
                else:
                    await self._make(self._to_make.pop(0))
        finally:
            self._running = False

    async def _read(self, wish: PosterWanted) -> None:
        poster = await asyncio.to_thread(self._shelf.poster, wish.film)
        if poster is None:
            self._to_make.append(wish)
        else:
            await self._keep(wish, poster)

    async def _make(self, wish: PosterWanted) -> None:
        try:
            strip = await self._shelf.strip(wish.film)
        except CannotPlay:
            self._none.add(wish.film)  # told when it is played
            self._came(wish.job_id)
        else:
            await self._keep(wish, strip.poster)

    async def _keep(self, wish: PosterWanted, poster: Picture) -> None:
        self._tiles[wish] = await asyncio.to_thread(self._paint, wish, poster)
        self._came(wish.job_id)

    def _paint(self, wish: PosterWanted, poster: Picture) -> Tile:
        framing = frame_cells((wish.columns, wish.rows), poster.size, QUADRANTS, self._viewing.cell_aspect)
        return Tile(paint(poster.shrink(*framing.pixels), self._viewing.quality.colours), poster)
