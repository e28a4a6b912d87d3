"""What became of the files of saved films, as ``list``, ``show`` and ``doctor`` tell it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from wan_tui.domain.film_state import FilmState
from wan_tui.domain.job import Job
from wan_tui.library.films import FilmFolder

FETCH_AGAIN = "f in the studio fetches a film again while its link lives"


class SavedFilms:
    """Reads each folder once, when the first of its films is asked about; the usual one or one of earlier days."""

    def __init__(self) -> None:
        self._sizes: dict[Path, dict[str, int]] = {}

    def state(self, job: Job) -> FilmState | None:
        """How the job's film is; None where it has none. Blocks."""
        if job.film_path is None:
            return None
        film = Path(job.film_path)
        if film.parent not in self._sizes:
            self._sizes[film.parent] = {}
            with suppress(ValueError):  # the history was damaged: no folder can have that name
                self._sizes[film.parent] = FilmFolder(film.parent).sizes()
        return FilmState.of(self._sizes[film.parent].get(film.name), job.film_size)
