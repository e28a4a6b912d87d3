"""The posters of the gallery's tiles, made ready in the background, from what can be seen outward.

A poster that lies on the disk takes some milliseconds in a thread. One that must be made takes half a second in a
process of low priority; those come after all that only have to be read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from textual.cache import LRUCache

from wan_tui.media.decode import CannotPlay, FilmSpoiled
from wan_tui.media.framing import QUADRANTS, frame_cells
from wan_tui.media.picture import Picture
from wan_tui.media.posters import PosterShelf
from wan_tui.media.quadrants import QuadrantFrame, paint
from wan_tui.ui.player.viewing import Viewing

_KEPT = 120
"""Tiles kept in memory: some ten kilobytes each, and a hundred with the picture. More where more are wanted."""


class PosterWanted(NamedTuple):
    """A job's film with its length in bytes, and the largest size of its poster in cells."""

    job_id: str
    film: Path
    length: int | None
    columns: int
    rows: int


class Tile(NamedTuple):
    """A poster in cells and, where the terminal draws it, as a picture with as many pixels as those have."""

    frame: QuadrantFrame
    picture: Picture | None


class TilePosters:
    """Call ``want`` with all that is needed now; ``came`` is called with the id of each job whose poster is there."""

    def __init__(
        self,
        shelf: PosterShelf,
        viewing: Viewing,
        run: Callable[[Coroutine[Any, Any, None]], object],
        came: Callable[[str], None],
        *,
        draws: bool = False,
        spoiled: Callable[[Path], object] = lambda film: None,
    ) -> None:
        """``run`` runs a coroutine in the background until the screen is gone. ``draws``: pictures are needed too.
        ``spoiled`` is called with a film that is damaged.
        """
        self._shelf = shelf
        self._viewing = viewing
        self._run = run
        self._came = came
        self._draws = draws
        self._spoiled = spoiled
        self._tiles: LRUCache[PosterWanted, Tile] = LRUCache(_KEPT)
        self._none: set[str] = set()
        """Ids of jobs whose film gave no poster."""
        self._queue: list[PosterWanted] = []
        self._to_make: list[PosterWanted] = []
        self._running = False

    def get(self, wanted: PosterWanted) -> Tile | None:
        return self._tiles.get(wanted)

    def has_none(self, job_id: str) -> bool:
        """Whether the film of this job gave no poster."""
        return job_id in self._none

    def retry(self, job_ids: Collection[str]) -> None:
        """Their films may be others now."""
        self._none.difference_update(job_ids)

    def want(self, posters: Sequence[PosterWanted]) -> None:
        """Make these ready, in this order; what was wanted before is forgotten."""
        self._tiles.maxsize = max(_KEPT, len(posters))
        self._queue = [
            wanted for wanted in posters if wanted not in self._tiles and wanted.job_id not in self._none
        ]
        self._to_make = []
        if self._queue and not self._running:
            self._running = True
            self._run(self._fulfil())

    async def _fulfil(self) -> None:
        try:
            while self._queue or self._to_make:
                if self._queue:
                    await self._read(self._queue.pop(0))
                else:
                    await self._make(self._to_make.pop(0))
        finally:
            self._running = False

    async def _read(self, wanted: PosterWanted) -> None:
        poster = await asyncio.to_thread(self._shelf.poster, wanted.film)
        if poster is None:
            self._to_make.append(wanted)
        else:
            await self._keep(wanted, poster)

    async def _make(self, wanted: PosterWanted) -> None:
        try:
            strip = await self._shelf.strip(wanted.film)
        except CannotPlay as problem:
            self._none.add(wanted.job_id)  # told when it is played
            self._came(wanted.job_id)
            if isinstance(problem, FilmSpoiled):
                self._spoiled(wanted.film)
        else:
            await self._keep(wanted, strip.poster)

    async def _keep(self, wanted: PosterWanted, poster: Picture) -> None:
        self._tiles[wanted] = await asyncio.to_thread(self._paint, wanted, poster)
        self._came(wanted.job_id)

    def _paint(self, wanted: PosterWanted, poster: Picture) -> Tile:
        framing = frame_cells(
            (wanted.columns, wanted.rows), poster.size, QUADRANTS, self._viewing.cell_aspect
        )
        frame = paint(poster.shrink(*framing.pixels), self._viewing.quality.colours)
        return Tile(frame, self._as_drawn(poster, frame) if self._draws else None)

    def _as_drawn(self, poster: Picture, frame: QuadrantFrame) -> Picture:
        """No more pixels than its cells have: the terminal would throw the others away."""
        if self._viewing.cell_pixels is None:
            return poster
        across, down = self._viewing.cell_pixels
        width, height = frame.columns * across, frame.lines * down
        larger = width < poster.width and height < poster.height
        return poster.shrink(width, height) if larger else poster
