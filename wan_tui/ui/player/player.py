"""The player: one film of a list at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.style import Style
from textual.widgets import Static

from wan_tui.domain.text import clean_line
from wan_tui.media.posters import PosterShelf
from wan_tui.ui.player.film_item import FilmItem
from wan_tui.ui.player.film_screen import MOVING_ACTIONS, FilmScreen
from wan_tui.ui.player.filmstrip_view import FilmstripView
from wan_tui.ui.player.viewing import Viewing


class PlayerScreen(FilmScreen):
    """Plays ``films`` from index ``start``."""

    DEFAULT_CSS = """
    PlayerScreen {
        & #title {
            height: 1; padding: 0 1; background: $panel; color: $foreground; text-style: bold;
            text-wrap: nowrap; text-overflow: ellipsis;
        }
        & #about { display: none; height: auto; max-height: 30%; padding: 0 1; color: $text-warning; }
        &.-noted #about { display: block; }
        & #facts { display: none; width: 42; max-width: 50%; height: 1fr; padding: 1 2; background: $surface; }
        &.-facts #facts { display: block; }
        & FilmstripView { display: none; }
        &.-stills FilmstripView { display: block; }
        &.-stills FilmStage, &.-stills PlayerBar { display: none; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n,right_square_bracket", "turn(1)", "Next", id="player.next", tooltip="Next film"),
        Binding(
            "N,left_square_bracket",
            "turn(-1)",
            "Previous",
            show=False,
            id="player.previous",
            tooltip="Previous film",
        ),
        Binding("i", "facts", "Prompt", id="player.facts", tooltip="Prompt and parameters"),
        Binding("t", "stills", "Stills", id="player.stills", tooltip="The film in six stills"),
    ]

    def __init__(
        self,
        films: Sequence[FilmItem],
        start: int,
        viewing: Viewing,
        shelf: PosterShelf,
        *,
        note: str = "",
        link: str = "",
        stills: bool = False,
    ) -> None:
        """``note`` and ``link`` are shown above the first film. ``stills``: start with the stills."""
        super().__init__(viewing)
        self._films = films
        self._at = start
        self._noted = films[start].key if note else None
        self._shelf = shelf
        link = clean_line(link, 5_000)  # sent to the terminal both as text and as the target of the link
        self._note = Content.assemble(note, " " if link else "", (link, Style(link=link)))
        self.set_class(stills, "-stills")

    @property
    def film(self) -> FilmItem:
        """The current film."""
        return self._films[self._at]

    @property
    def films_on_screen(self) -> Sequence[FilmItem]:
        return (self.film,)

    def compose(self) -> ComposeResult:
        yield Static(id="title", markup=False)
        yield Static(self._note, id="about")
        yield from super().compose()

    def compose_beside(self) -> ComposeResult:
        yield FilmstripView(self._shelf, self._viewing)
        with VerticalScroll(id="facts", classes="text", can_focus=False):
            yield Static(markup=False)

    def relist(self, films: Sequence[FilmItem], at: int) -> None:
        """Replace the list by ``films``, which has the current film at index ``at``."""
        self._films, self._at = films, at
        self._show_title()
        self.refresh_bindings()

    def _show_title(self) -> None:
        place = f"{self._at + 1}/{len(self._films)} " if len(self._films) > 1 else ""
        self.query_one("#title", Static).update(clean_line(place + self.film.title, 400))

    def begin(self) -> None:
        self._show_title()
        lines = [
            Content.assemble((label, "bold $text-primary"), "\n", text, "\n")
            for label, text in self.film.facts()
        ]
        self.query_one("#facts Static", Static).update(Content("\n").join(lines))
        self.set_class(self.film.key == self._noted, "-noted")
        super().begin()
        if self.has_class("-stills"):
            self._show_stills("")

    @property
    def held(self) -> bool:
        return super().held or self.has_class("-stills")

    def slow_down(self) -> None:
        super().slow_down()
        if self._strained and not self.has_class("-stills"):
            self.action_stills()
            self._show_stills("The connection is too slow for video. Press t to retry.")

    def _show_stills(self, note: str) -> None:
        self.query_one(FilmstripView).show(self.film, self.stage.quality.colours, note)

    def action_turn(self, films: int) -> None:
        self._at = (self._at + films) % len(self._films)
        self.begin()

    def action_facts(self) -> None:
        self.toggle_class("-facts")

    def action_stills(self) -> None:
        self.toggle_class("-stills")
        stills = self.has_class("-stills")
        self.stage.freeze(self.held)
        self.refresh_bindings()
        if stills:
            self._show_stills("")

    def key_word(self, action: str) -> str | None:
        if action == "stills" and self.has_class("-stills"):
            return "Film"
        return super().key_word(action)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "turn":
            return len(self._films) > 1
        if action in MOVING_ACTIONS and self.has_class("-stills"):
            return False
        return super().check_action(action, parameters)
