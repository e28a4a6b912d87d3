"""Which saved films are still in their place: looked at now and then, so that the list can tell without the disk."""

from __future__ import annotations

import asyncio
from pathlib import Path

from wan_tui.domain.events import Event, JobChanged, Listener
from wan_tui.domain.job import Job, JobState
from wan_tui.engine.clock import Clock
from wan_tui.library.films import FilmFolder
from wan_tui.library.history import History

_CHECK_SECONDS = 30.0


class FilmWatch:
    """Remembers the names in the film folder and tells of the jobs whose film went or came back."""

    def __init__(self, films: FilmFolder, history: History, clock: Clock, announce: Listener) -> None:
        self._films = films
        self._history = history
        self._clock = clock
        self._announce = announce
        self._present: frozenset[str] | None = None

    def exists(self, job: Job) -> bool | None:
        """Whether the film is in its place; None: not looked yet, or not in our folder."""
        if job.film_path is None or self._present is None:
            return None
        path = Path(job.film_path)
        return path.name in self._present if path.parent == self._films.folder else None

    def notice(self, event: Event) -> None:
        """A film is present from the moment it is saved, not from the next look on."""
        if self._present is None or not isinstance(event, JobChanged) or event.job.film_path is None:
            return
        if event.job.state is JobState.SAVED and (
            event.before is None or event.before.state is not JobState.SAVED
        ):
            self._present |= {Path(event.job.film_path).name}

    async def look(self) -> None:
        """Look once."""
        known = self._present
        present = await asyncio.to_thread(self._films.names)
        if known is not None and self._present is not known:
            present |= (self._present or frozenset()) - known  # saved while we looked
        self._present = present
        changed = present ^ (present if known is None else known)
        for row in self._history.index.rows() if changed else ():
            if row.film in changed and (job := self._history.get(row.id)) is not None:
                self._announce(JobChanged(job, job))

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self.look()
            await self._clock.sleep(_CHECK_SECONDS)
