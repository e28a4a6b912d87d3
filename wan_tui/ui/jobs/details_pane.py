"""The details of one job, with the poster of its film beside them where there is room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal

from wan_tui.domain.events import Event, JobChanged, LibraryLoaded
from wan_tui.domain.film_state import FilmState
from wan_tui.ui.jobs.job_details import JobDetails

if TYPE_CHECKING:
    from wan_tui.engine.api import EngineApi
    from wan_tui.ui.jobs.downloads import Downloads
    from wan_tui.ui.messages import EngineEvents
    from wan_tui.ui.player.poster import Poster

_NOT_SHOWN = frozenset({FilmState.MISSING, FilmState.DAMAGED})

_SHEET_WIDTH = 40
"""Cells that the text keeps."""
_LEAST_WIDTH, _LEAST_HEIGHT = 20, 6
"""A smaller poster shows nothing worth its room."""
_MOST_WIDTH = 56


class DetailsPane(Horizontal):
    """Holds JobDetails and, from the first film on, its poster."""

    DEFAULT_CSS = """
    DetailsPane {
        border: round $border-blurred;
        border-title-style: bold;
        &:focus-within { border: round $border; }
    }
    """

    def __init__(
        self,
        engine: EngineApi,
        events: EngineEvents,
        downloads: Downloads,
        make_poster: Callable[[], Poster],
    ) -> None:
        """``make_poster`` is called once a film is to be shown."""
        super().__init__(id="details")
        self.border_title = "Details"
        self._engine = engine
        self._events = events
        self._downloads = downloads
        self._make_poster = make_poster
        self._poster: Poster | None = None
        self._job_id: str | None = None

    def compose(self) -> ComposeResult:
        yield JobDetails(self._engine, self._events, self._downloads)

    def on_mount(self) -> None:
        self._events.subscribe(self, self.take_events)

    def show(self, job_id: str | None) -> None:
        """Show this job from its first line; None: none is chosen."""
        self._job_id = job_id
        self.query_one(JobDetails).show(job_id)
        self._show_poster()

    def take_events(self, events: Sequence[Event]) -> None:
        """Handle a batch of engine events: the film may have come, or be gone."""
        if any(self._concerns_film(event) for event in events):
            self._show_poster()

    def on_resize(self) -> None:
        self._show_poster()

    def _concerns_film(self, event: Event) -> bool:
        if isinstance(event, JobChanged):
            before = event.before
            return event.job.id == self._job_id and (
                before is None or before.film_path != event.job.film_path
            )
        return isinstance(event, LibraryLoaded)

    def _show_poster(self) -> None:
        width, height = self._room
        film = self._film() if width >= _LEAST_WIDTH and height >= _LEAST_HEIGHT else None
        if self._poster is not None:
            self._poster.fit(width, height)
            self._poster.show_film(film)
        elif film is not None:
            # What shows pictures is loaded only now, and after the text has been painted.
            self.call_after_refresh(self._add_poster)

    async def _add_poster(self) -> None:
        if self._poster is None:
            self._poster = self._make_poster()
            await self.mount(self._poster)
            self._show_poster()

    @property
    def _room(self) -> tuple[int, int]:
        """What a poster may take, in cells."""
        width = self.size.width
        return min(_MOST_WIDTH, width - _SHEET_WIDTH, width * 2 // 5), self.size.height

    def _film(self) -> Path | None:
        job = self._engine.job(self._job_id) if self._job_id else None
        if job is None or job.film_path is None or self._engine.film_state(job) in _NOT_SHOWN:
            return None
        return Path(job.film_path)
