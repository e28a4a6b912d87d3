"""What became of the saved films: looked at now and then, so that the list can tell without the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from wan_tui.domain.events import Event, JobChanged, Listener
from wan_tui.domain.film_state import FilmState
from wan_tui.domain.job import Job, JobState
from wan_tui.engine.clock import Clock
from wan_tui.library.films import FilmFolder, Stamp
from wan_tui.library.history import History

_CHECK_SECONDS = 30.0


class FilmWatch:
    """Remembers what is in the film folder and tells of the jobs whose film went, came back, or changed its size."""

    def __init__(self, films: FilmFolder, history: History, clock: Clock, announce: Listener) -> None:
        self._films = films
        self._history = history
        self._clock = clock
        self._announce = announce
        self._sizes: Mapping[str, int] | None = None
        """Bytes by name; a spoiled film counts as empty."""
        self._spoiled: dict[str, Stamp] = {}

    def state(self, job: Job) -> FilmState | None:
        """How the film was when last looked at; None: not looked yet, or not in our folder."""
        if job.film_path is None or self._sizes is None:
            return None
        path = Path(job.film_path)
        if path.parent != self._films.folder:
            return None
        return FilmState.of(self._sizes.get(path.name), job.film_size)

    def notice(self, event: Event) -> None:
        """A film is present from the moment it is saved, not from the next look on."""
        if self._sizes is None or not isinstance(event, JobChanged) or event.job.film_path is None:
            return
        before = event.before
        newly = (
            before is None or before.state is not JobState.SAVED or before.film_path != event.job.film_path
        )
        if event.job.state is JobState.SAVED and newly:
            self._sizes = {**self._sizes, Path(event.job.film_path).name: event.job.film_size or 1}

    async def add_spoiled(self, film: Path) -> None:
        """This file was found damaged: tell so until it is changed."""
        if film.parent == self._films.folder:
            stamp = await asyncio.to_thread(self._films.stamp, film.name)
            if stamp is not None:
                self._spoiled[film.name] = stamp
            await self.look()

    async def look(self) -> None:
        """Look once."""
        known = self._sizes
        found, changed = await asyncio.to_thread(self._compare, known)
        if known is not None and self._sizes is not None and self._sizes is not known:
            # Saved while we looked.
            found |= {name: size for name, size in self._sizes.items() if name not in known}
        self._sizes = found
        for row in self._history.index.rows() if changed else ():
            if row.film in changed and (job := self._history.get(row.id)) is not None:
                self._announce(JobChanged(job, job))

    def _compare(self, known: Mapping[str, int] | None) -> tuple[dict[str, int], set[str]]:
        """What is in the folder, and the names of what is otherwise than ``known``."""
        found = self._films.sizes()
        for name, stamp in self._spoiled.copy().items():
            if name in found and self._films.stamp(name) == stamp:
                found[name] = 0
        return found, {name for name, _ in found.items() ^ (found if known is None else known).items()}

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self.look()
            await self._clock.sleep(_CHECK_SECONDS)
