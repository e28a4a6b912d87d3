"""A film in six stills, side by side."""

from __future__ import annotations

from textual import work
from textual.app import ComposeResult
from textual.containers import Grid
from textual.widget import Widget
from textual.widgets import Static

from wan_tui.media.colours import Colours
from wan_tui.media.decode import CannotPlay, FilmSpoiled
from wan_tui.media.filmstrip import STILLS
from wan_tui.media.posters import PosterShelf
from wan_tui.ui.messages import SpoiledFilmFound
from wan_tui.ui.player.film_item import FilmItem, problem_text
from wan_tui.ui.player.still_view import StillView
from wan_tui.ui.player.viewing import Viewing


class FilmstripView(Widget):
    """The filmstrip of one film, or the reason why there is none."""

    DEFAULT_CSS = """
    FilmstripView {
        width: 1fr; height: 1fr;
        & Grid { grid-size: 3 2; grid-gutter: 1 1; }
        & .note { height: auto; width: 1fr; text-align: center; padding: 0 1; color: $text-muted; }
        &.-failed Grid { display: none; }
        &.-failed .note { height: 1fr; content-align: center middle; padding: 0 4; color: $foreground; }
    }
    """

    def __init__(self, shelf: PosterShelf, viewing: Viewing) -> None:
        super().__init__()
        self._shelf = shelf
        self._viewing = viewing

    def compose(self) -> ComposeResult:
        with Grid():
            for _ in range(STILLS):
                yield StillView(self._viewing)
        yield Static(classes="note", markup=False)

    @work(exclusive=True)
    async def show(self, film: FilmItem, colours: Colours, note: str = "") -> None:
        """Show the stills of ``film`` in ``colours`` with ``note`` below, or the reason why there are none."""
        place = self.query_one(".note", Static)
        self.remove_class("-failed")
        place.update("Making stills…")
        try:
            strip = await self._shelf.strip(film.path)
        except CannotPlay as problem:
            self.add_class("-failed")
            place.update(problem_text(problem))
            if isinstance(problem, FilmSpoiled):
                self.post_message(SpoiledFilmFound(film.path))
            return
        for view, still in zip(self.query(StillView), strip.stills, strict=False):
            view.show(still, colours)
        place.update(note)
