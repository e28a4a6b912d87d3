"""What became of the files of saved films, as the commands tell it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from wan_tui.domain.film_state import FilmState
from wan_tui.domain.job import Job
from wan_tui.library.film_places import FilmPlaces
from wan_tui.library.films import FilmFolder
from wan_tui.library.history import History
from wan_tui.settings import Paths

FETCH_AGAIN = "f in the studio fetches a film again while its link lives"


def open_history(paths: Paths) -> History:
    """The history for reading, with every film located in the folders as they are now. Blocks."""
    films = FilmPlaces(paths.film_folders)
    films.look()
    return History.open(paths.data, films=films, read_only=True)


def film_state(job: Job, folders: Sequence[Path]) -> FilmState | None:
    """How the job's film is, by one look at its file; None where it has none, or not in ``folders``. Blocks."""
    if (film := _film(job, folders)) is None:
        return None
    stamp = FilmFolder(film.parent).stamp(film.name)
    return FilmState.of(stamp[0] if stamp else None, job.film_size)


class SavedFilms:
    """For many jobs: by the folders as they were read when the history was opened."""

    def __init__(self, films: FilmPlaces) -> None:
        self._films = films

    def state(self, job: Job) -> FilmState | None:
        """As ``film_state`` tells it."""
        if (film := _film(job, self._films.folders)) is None:
            return None
        return FilmState.of(self._films.sizes[film.parent].get(film.name), job.film_size)


def _film(job: Job, folders: Sequence[Path]) -> Path | None:
    film = Path(job.film_path) if job.film_path is not None else None
    return film if film is not None and film.parent in folders else None
