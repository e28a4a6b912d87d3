"""Watches the film folders, so that the list can show missing and damaged films without disk access."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from wan_tui.domain.events import Event, JobChanged, Listener
from wan_tui.domain.film_state import FilmState
from wan_tui.domain.job import Job, JobState
from wan_tui.engine.clock import Clock
from wan_tui.library.films import FilmFolder, Stamp
from wan_tui.library.history import History

_CHECK_SECONDS = 30.0

_SHOWN = 100
"""Number of newest jobs, likely visible, that are updated after the first scan."""

_Sizes = Mapping[Path, Mapping[str, int]]
"""Bytes of each film by folder and name."""


class FilmWatch:
    """Scans the film folders and announces jobs whose film disappeared, came back or changed its size."""

    def __init__(
        self, folders: Iterable[FilmFolder], history: History, clock: Clock, announce: Listener
    ) -> None:
        self._folders = {films.folder: films for films in folders}
        self._history = history
        self._clock = clock
        self._announce = announce
        self._sizes: _Sizes | None = None
        self._saved_since: dict[Path, int] = {}
        """Sizes of films saved since the scan behind ``_sizes`` began."""
        self._spoiled: dict[Path, Stamp] = {}
        """Films that a viewer reported as damaged, with the stamp of that file."""
        self._looking = asyncio.Lock()

    def state(self, job: Job) -> FilmState | None:
        """The film's state at the last scan; None if not scanned yet or not in our folders."""
        if job.film_path is None or self._sizes is None:
            return None
        film = Path(job.film_path)
        sizes = self._sizes.get(film.parent)
        if sizes is None:
            return None
        found = FilmState.of(self._saved_since.get(film, sizes.get(film.name)), job.film_size)
        return FilmState.DAMAGED if found is not FilmState.MISSING and film in self._spoiled else found

    def notice(self, event: Event) -> None:
        """Count a film as present once it is saved, before the next scan."""
        if not isinstance(event, JobChanged) or event.job.film_path is None:
            return
        before = event.before
        newly = (
            before is None or before.state is not JobState.SAVED or before.film_path != event.job.film_path
        )
        if event.job.state is JobState.SAVED and newly:
            self._saved_since[Path(event.job.film_path)] = event.job.film_size or 1

    async def add_spoiled(self, film: Path) -> None:
        """Mark a film as damaged until its file changes."""
        folder = self._folders.get(film.parent)
        if folder is None:
            return
        stamp = await asyncio.to_thread(folder.stamp, film.name)
        if stamp is None:
            await self.look()
        elif self._spoiled.get(film) != stamp:
            self._spoiled[film] = stamp
            self._announce_changes({film.name})

    async def look(self) -> None:
        """Scan once."""
        async with self._looking:
            before = dict(self._saved_since)
            found, mended, changed = await asyncio.to_thread(self._compare, self._sizes, dict(self._spoiled))
            moved = await asyncio.to_thread(self._learn, found)
            self._sizes = found
            for film in mended:
                self._spoiled.pop(film, None)
            for film in before:
                self._saved_since.pop(film, None)
        self._announce_changes({*changed, *moved})

    def _learn(self, found: _Sizes) -> Collection[str]:
        """Update the film places; return the names of films that moved, among jobs likely to be visible."""
        shown = [row for row in self._history.index.rows()[:_SHOWN] if row.film]
        before = [self._path(row.id) for row in shown]
        self._history.films.learn(found)
        return [row.film for row, path in zip(shown, before, strict=True) if self._path(row.id) != path]

    def _path(self, job_id: str) -> str | None:
        job = self._history.get(job_id)
        return job.film_path if job is not None else None

    def _compare(
        self, known: _Sizes | None, spoiled: Mapping[Path, Stamp]
    ) -> tuple[_Sizes, Collection[Path], Collection[str]]:
        """Scan the folders. Returns sizes, the ``spoiled`` films whose file changed, and the names of all changes."""
        found = {path: films.sizes() for path, films in self._folders.items()}
        changed = {
            name
            for path, sizes in found.items()
            for name, _ in sizes.items() ^ (known or found)[path].items()
        }
        mended = [
            film for film, stamp in spoiled.items() if self._folders[film.parent].stamp(film.name) != stamp
        ]
        return found, mended, {*changed, *(film.name for film in mended)}

    def _announce_changes(self, names: Collection[str]) -> None:
        for row in self._history.index.rows() if names else ():
            if row.film in names and (job := self._history.get(row.id)) is not None:
                self._announce(JobChanged(job, job))

    async def run(self) -> None:
        """Scan periodically until cancelled."""
        while True:
            await self.look()
            await self._clock.sleep(_CHECK_SECONDS)
