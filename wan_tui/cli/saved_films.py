"""Whether the files of saved films still exist, for the commands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from wan_tui.domain.film_state import FilmState
from wan_tui.domain.job import Job
from wan_tui.library.film_places import FilmPlaces
from wan_tui.library.films import FilmFolder
from wan_tui.library.history import History
from wan_tui.settings import Paths

FETCH_AGAIN = "f in the studio fetches a film again until its link expires"


def open_history(paths: Paths) -> History:
    """Open the history read-only, with every film located in the current folders. Blocks."""
    films = FilmPlaces(paths.film_folders)
    films.look()
    return History.open(paths.data, films=films, read_only=True)


def film_state(job: Job, folders: Sequence[Path]) -> FilmState | None:
    """Check the job's film file; None if it has none, or none in ``folders``. Blocks."""
    if (film := _film(job, folders)) is None:
        return None
    stamp = FilmFolder(film.parent).stamp(film.name)
    return FilmState.of(stamp[0] if stamp else None, job.film_size)


class SavedFilms:
    """Film states of many jobs, from the folder listings read when the history was opened."""

    def __init__(self, films: FilmPlaces) -> None:
        self._films = films

    def state(self, job: Job) -> FilmState | None:
        """Same as ``film_state``, without reading the disk."""
        if (film := _film(job, self._films.folders)) is None:
            return None
        return FilmState.of(self._films.sizes[film.parent].get(film.name), job.film_size)


def _film(job: Job, folders: Sequence[Path]) -> Path | None:
    film = Path(job.film_path) if job.film_path is not None else None
    return film if film is not None and film.parent in folders else None
