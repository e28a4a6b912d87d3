"""Asks for a film file and reads the recipe in it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import unquote

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from wan_tui.domain.text import clean_text, sentences
from wan_tui.media.recipe import NoRecipe, Recipe, recipe_of


class RecipeFile(ModalScreen[Recipe | None]):
    """Ends with the recipe of a file, or None."""

    DEFAULT_CSS = """
    RecipeFile {
        align: center middle;
        background: $background 60%;
        & > Vertical {
            width: 72;
            max-width: 96%;
            height: auto;
            border: round $border;
            border-title-style: bold;
            background: $surface;
            padding: 1 2;
        }
        & Static { height: auto; }
        & Input { margin: 1 0; }
        & #answer { color: $text-error; }
    }
    """

    BINDINGS = [Binding("escape", "dismiss(None)", "Back", id="recipe.back", tooltip="Back without a recipe")]

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = "Recipe of a film"
            box.border_subtitle = "enter brings it into the form · esc back"
            yield Static("Every film saved by wan-tui carries what it was made of.", markup=False)
            yield Input(placeholder="path of an MP4 file", compact=True)
            yield Static(markup=False, id="answer")

    @on(Input.Submitted)
    def _read(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip():
            self.run_worker(self._fetch(path_of(event.value)), exclusive=True)

    async def _fetch(self, path: Path) -> None:
        try:
            recipe = await asyncio.to_thread(recipe_of, path)
        except NoRecipe as error:
            reason = sentences(error.message, error.next_step)
            self.query_one("#answer", Static).update(clean_text(reason, 300))
            return
        self.dismiss(recipe)


def path_of(text: str) -> Path:
    """The file that was typed, pasted, or dropped on the terminal: quoted, as a link, or with a tilde."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1]
    if text.startswith("file://"):
        text = unquote(text.removeprefix("file://"))
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)
