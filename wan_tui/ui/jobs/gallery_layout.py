"""Jobs as tiles: a poster each, or how far it has come, with a short line below."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Offset, Region, Size
from textual.strip import Strip

from wan_tui.domain.film_state import LOST
from wan_tui.domain.job import Job, JobState
from wan_tui.ui import formatting
from wan_tui.ui.compat.picture_strip import PictureStrip
from wan_tui.ui.compat.strip_row import StripRow
from wan_tui.ui.formatting import fit
from wan_tui.ui.jobs.job_columns import CURSOR, MARK, ROLES, STAR, note_text, time_text
from wan_tui.ui.jobs.job_geometry import span_of
from wan_tui.ui.jobs.job_layout import Shown
from wan_tui.ui.jobs.progress_bar import bar, fraction
from wan_tui.ui.jobs.tile_pictures import TilePictures
from wan_tui.ui.jobs.tile_posters import PosterWanted, Tile, TilePosters

if TYPE_CHECKING:
    from wan_tui.domain.rows import JobRow
    from wan_tui.engine.api import EngineApi
    from wan_tui.ui.jobs.downloads import Downloads

_LEAST_WIDTH = 22
"""Cells of the narrowest tile, its margins included."""
_MARGINS = 2
"""A column for cursor and mark on the left of each tile, and a blank one on its right."""
_SHAPE = 9 / 16
"""Height by width of the room for a poster. Films of other shapes stand in the middle of it."""
_CURSOR_BAR = "▌"
_EMPTY_MARGIN = 2

Piece = tuple[str, str]
"""Text and the role that styles it."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells: tiles side by side, and the room for the poster of each."""

    per_row: int
    columns: int
    rows: int

    @property
    def height(self) -> int:
        """Lines of a tile: poster and caption."""
        return self.rows + 1


def grid(width: int, cell_aspect: float) -> Grid:
    """As many tiles side by side as fit."""
    per_row = max(1, width // _LEAST_WIDTH)
    columns = max(1, width // per_row - _MARGINS)
    return Grid(per_row, columns, max(1, round(columns * _SHAPE / cell_aspect)))


class GalleryLayout:
    """Tiles in rows. ``JobLayout`` says what the methods are for."""

    def __init__(
        self,
        engine: EngineApi,
        downloads: Downloads,
        posters: TilePosters,
        pictures: TilePictures | None,
        cell_aspect: float,
        style: Callable[[str], Style],
    ) -> None:
        """``pictures`` where the terminal draws some. ``cell_aspect``: height of a cell by its width. ``style`` as in
        ``JobTable.component``.
        """
        self._engine = engine
        self._downloads = downloads
        self._posters = posters
        self._pictures = pictures
        self._cell_aspect = cell_aspect
        self._style = style

    def per_row(self, width: int) -> int:
        return self._grid(width).per_row

    def height(self, width: int) -> int:
        return self._grid(width).height

    def look_at(self, visible: Sequence[JobRow], near: Sequence[JobRow], width: int) -> None:
        posters = (self._wanted(row, self._grid(width)) for row in (*visible, *near))
        self._posters.want([poster for poster in posters if poster is not None])

    @property
    def draws(self) -> bool:
        return self._pictures is not None

    def refreshed(self, regions: Sequence[Region]) -> None:
        if self._pictures is not None:
            self._pictures.refreshed(regions)

    def place(self, jobs: Sequence[tuple[JobRow, Region]], size: Size) -> None:
        if self._pictures is not None:
            self._pictures.place(dict(self._places(jobs, size)))

    def changed(self, job_ids: Collection[str]) -> None:
        self._posters.retry(job_ids)

    def leave(self) -> None:
        self._posters.want(())
        if self._pictures is not None:
            self._pictures.place({})

    def forget_styles(self) -> None:
        """None are kept."""

    def _places(
        self, jobs: Sequence[tuple[JobRow, Region]], size: Size
    ) -> Iterator[tuple[PosterWanted, tuple[Tile, Offset]]]:
        """Each poster that can be seen whole, and where its picture goes."""
        tiles = self._grid(size.width)
        for row, region in jobs:
            wanted = self._wanted(row, tiles)
            tile = self._posters.get(wanted) if wanted is not None else None
            if wanted is None or tile is None or region.y < 0 or region.y + tiles.rows > size.height:
                continue
            across, down = (tiles.columns - tile.frame.columns) // 2, (tiles.rows - tile.frame.lines) // 2
            yield wanted, (tile, Offset(region.x + 1 + across, region.y + down))

    def line(self, jobs: Sequence[Shown], y: int, width: int, *, focus: bool) -> Strip:
        tiles = self._grid(width)
        parts: list[Strip] = []
        for number, job in enumerate(jobs):
            left, right = span_of(number, width, tiles.per_row)
            spare = right - left - tiles.columns - _MARGINS + 1
            parts.append(self._margin(job, y == tiles.rows, focus))
            parts.append(self._tile_line(job, y, tiles, focus))
            parts.append(Strip.blank(spare, self._style("text")))
        # Not adjust_cell_length, which would ask each picture for its segments.
        used = sum(part.cell_length for part in parts)
        parts.append(Strip.blank(width - used, self._style("text")))
        return StripRow(parts)

    def _tile_line(self, job: Shown, y: int, tiles: Grid, focus: bool) -> Strip:
        if y == tiles.rows:
            return self._caption(job, tiles.columns, focus)
        tile = self._tile(job.row, tiles)
        if tile is not None:
            frame = tile.frame
            line = y - (tiles.rows - frame.lines) // 2
            if not 0 <= line < frame.lines:
                return Strip.blank(tiles.columns, self._style("tile"))
            left = (tiles.columns - frame.columns) // 2
            return PictureStrip(frame, line, self._style("tile"), left, tiles.columns - frame.columns - left)
        lines = list(self._instead(job.row, tiles.columns - 2 * _EMPTY_MARGIN))
        at = y - (tiles.rows - len(lines)) // 2
        pieces = lines[at] if 0 <= at < len(lines) else []
        text = Strip([Segment(words, self._style(role) + self._style("tile")) for words, role in pieces])
        before = max(0, (tiles.columns - text.cell_length) // 2)
        blank = Strip.blank(before, self._style("tile"))
        return Strip.join([blank, text]).adjust_cell_length(tiles.columns, self._style("tile"))

    def _instead(self, row: JobRow, width: int) -> Iterator[list[Piece]]:
        """What stands in a tile without a poster: how far the film has come, or why there is none."""
        now = self._engine.now()
        progress = self._downloads.of(row.id)
        note = note_text(self._engine, row, progress, now)
        if row.state is JobState.SAVED:
            if note.startswith("!"):
                yield [(fit_words(note, width), "warning")]
            elif self._film(row) is None or self._posters.has_none(row.id):
                yield [("no picture", "muted")]
            return
        yield [(fit_words(formatting.state_word(row.state), width), ROLES[row.state])]
        part = fraction(self._engine, row, progress, now)
        if part is not None:
            done, left = bar(part, width)
            yield [(done, "running"), (left, "muted")]
        if note:
            yield [(fit_words(note, width), "warning" if note.startswith("!") else "muted")]

    def _caption(self, job: Shown, width: int, focus: bool) -> Strip:
        row = job.row
        over = self._style("cursor") if job.cursor else Style.null()
        if job.cursor and not focus:
            over = Style(bgcolor=over.bgcolor)
        time = time_text(row, self._engine.now().timestamp())
        pieces = [
            (formatting.SIGNS[row.state] + " ", ROLES[row.state]),
            (f"{STAR} " if row.starred else "", "mark"),
            (f"{time} ", "muted"),
        ]
        used = sum(len(text) for text, _ in pieces)
        pieces.append((fit(row.prompt, max(0, width - used)), "text"))
        strip = Strip([Segment(text, self._style(role) + over) for text, role in pieces if text])
        return strip.adjust_cell_length(width, self._style("text") + over)

    def _margin(self, job: Shown, caption: bool, focus: bool) -> Strip:
        """The column on the left of a tile."""
        sign = " "
        if job.cursor and focus:
            sign = CURSOR if caption else _CURSOR_BAR
        if job.marked and caption:
            sign = MARK
        return Strip([Segment(sign, self._style("mark"))], 1)

    def _tile(self, row: JobRow, tiles: Grid) -> Tile | None:
        wanted = self._wanted(row, tiles)
        return None if wanted is None else self._posters.get(wanted)

    def _wanted(self, row: JobRow, tiles: Grid) -> PosterWanted | None:
        job = self._film(row)
        if job is None or job.film_path is None:
            return None
        return PosterWanted(row.id, Path(job.film_path), job.film_size, tiles.columns, tiles.rows)

    def _film(self, row: JobRow) -> Job | None:
        """The job, if its film is here whole."""
        job = self._engine.job(row.id) if row.film else None
        if job is None or job.film_path is None or self._engine.film_state(job) in LOST:
            return None
        return job

    def _grid(self, width: int) -> Grid:
        return grid(width, self._cell_aspect)


def fit_words(text: str, width: int) -> str:
    """``text`` in at most ``width`` cells, without padding."""
    return fit(text, width).rstrip()
