"""The latest films as a strip of posters, where the form leaves room."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from importlib import import_module
from itertools import islice
from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.events import Click
from textual.widget import Widget

from wan_tui.domain.events import Event, JobChanged, LibraryLoaded
from wan_tui.ui.jobs.job_table import JobTable
from wan_tui.ui.messages import FilmChosen

if TYPE_CHECKING:
    from wan_tui.domain.rows import JobRow
    from wan_tui.engine.api import EngineApi
    from wan_tui.ui.jobs.downloads import Downloads
    from wan_tui.ui.jobs.job_layout import JobLayout
    from wan_tui.ui.messages import EngineEvents

_BORDER, _LEAST = 2, 7
_SECONDS_TO_AGE = 30


class LatestFilms(Vertical):
    """The newest films and those that are being made. A click goes to the job in the list."""

    DEFAULT_CSS = """
    LatestFilms {
        height: 1fr;
        border: round $border-blurred;
        border-title-style: bold;
        border-title-color: $text-muted;
        & JobTable { scrollbar-size-vertical: 0; }
    }
    """

    def __init__(
        self,
        engine: EngineApi,
        events: EngineEvents,
        downloads: Downloads,
        gallery: Callable[[JobTable], JobLayout],
    ) -> None:
        super().__init__(id="latest")
        self.border_title = "Latest films"
        self._engine = engine
        self._events = events
        self._tiles = _Tiles(engine, downloads)
        self._gallery = gallery
        self._layout: JobLayout | None = None

    def compose(self) -> ComposeResult:
        yield self._tiles

    def on_mount(self) -> None:
        self._events.subscribe(self, self.take_events)
        self._reload()
        self.set_interval(1, self._tiles.tick)
        self.set_interval(_SECONDS_TO_AGE, self._tiles.repaint_all)

    @property
    def least_rows(self) -> int:
        """Rows of a strip with one row of tiles, its border included."""
        column = self.parent.size.width if isinstance(self.parent, Widget) else self.size.width
        return (self._layout.height(column - _BORDER) if self._layout else _LEAST) + _BORDER

    def take_events(self, events: Sequence[Event]) -> None:
        """Handle a batch of engine events."""
        changed = [event for event in events if isinstance(event, JobChanged)]
        if any(isinstance(event, LibraryLoaded) for event in events) or any(map(_comes_or_goes, changed)):
            self._reload()
        else:
            self._tiles.jobs_changed({event.job.id for event in changed})

    def on_resize(self) -> None:
        self._reload()

    def _reload(self) -> None:
        shown = (row for row in self._engine.index.rows() if _is_shown(row))
        rows = list(islice(shown, self._tiles.room))
        if rows and self._layout is None:
            if self.size:
                self._load()
        else:
            self._tiles.set_rows(rows, "The first film appears here.")

    @work(exclusive=True, group="latest")
    async def _load(self) -> None:
        """What shows pictures is loaded with the first film, and beside the event loop."""
        await asyncio.to_thread(import_module, "wan_tui.ui.jobs.gallery_layout")
        self._layout = self._gallery(self._tiles)
        self._tiles.use(self._layout)
        self._reload()


class _Tiles(JobTable, can_focus=False):
    """Has no cursor of its own."""

    shows_cursor = False

    def on_click(self, event: Click) -> None:
        event.stop()
        row = self.job_at(event.offset)
        if row is not None:
            self.post_message(FilmChosen(row.id))


def _is_shown(row: JobRow) -> bool:
    return not row.trashed and (bool(row.film) or row.state.running)


def _comes_or_goes(change: JobChanged) -> bool:
    before, job = change.before, change.job
    return before is None or (before.state, before.film_path, before.trashed_at) != (
        job.state,
        job.film_path,
        job.trashed_at,
    )
