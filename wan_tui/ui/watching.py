"""From jobs to films on the screen: what the studio calls to have them watched here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from wan_tui.domain.job import Job
from wan_tui.media.posters import PosterShelf
from wan_tui.ui.film_item import FilmItem
from wan_tui.ui.viewing import Viewing

if TYPE_CHECKING:
    from wan_tui.ui.screens.compare import CompareScreen
    from wan_tui.ui.screens.player import PlayerScreen


def film_of(job: Job) -> FilmItem | None:
    """The film of a job, if it was ever saved."""
    return FilmItem(Path(job.film_path), job.request, job.id) if job.film_path else None


class Watching:
    """Makes the screens that show films on this terminal. The player is imported when it is first wanted."""

    def __init__(self, viewing: Viewing, shelf: PosterShelf) -> None:
        self.viewing = viewing
        self.shelf = shelf

    def player(self, job: Job, among: Sequence[Job]) -> PlayerScreen | None:
        """Play the film of ``job``; next and previous go through those ``among`` which it is listed.

        None if it has no film.
        """
        from wan_tui.ui.screens.player import PlayerScreen

        films = [film for film in map(film_of, among) if film is not None]
        start = next((place for place, film in enumerate(films) if film.key == job.id), None)
        if start is None:
            own = film_of(job)
            return PlayerScreen([own], 0, self.viewing, self.shelf) if own else None
        return PlayerScreen(films, start, self.viewing, self.shelf)

    def comparison(self, jobs: Sequence[Job]) -> CompareScreen | None:
        """Play the films of two jobs side by side; None unless there are two."""
        from wan_tui.ui.screens.compare import CompareScreen

        films = [film for film in map(film_of, jobs) if film is not None]
        return CompareScreen(films[0], films[1], self.viewing) if len(films) == 2 else None
