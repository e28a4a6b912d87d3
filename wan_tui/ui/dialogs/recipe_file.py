"""Asks for a film file and reads the recipe in it."""

from __future__ import annotations

import asyncio
import os
import shlex
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from wan_tui.domain.text import clean_text
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

    BINDINGS = [Binding("escape", "dismiss(None)", "Back", id="recipe.back", tooltip="Cancel")]

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = "Recipe of a film"
            box.border_subtitle = "enter loads it into the form · esc back"
            yield Static("Every film saved by wan-tui contains its recipe.", markup=False)
            yield Input(placeholder="path of an MP4 file", compact=True)
            yield Static(markup=False, id="answer")

    @on(Input.Submitted)
    def _read(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip():
            self.run_worker(self._fetch(event.value), exclusive=True)

    async def _fetch(self, text: str) -> None:
        try:
            recipe = await asyncio.to_thread(lambda: recipe_of(path_of(text)))
        except NoRecipe as error:
            reason = error.sentence
            self.query_one("#answer", Static).update(clean_text(reason, 300))
            return
        self.dismiss(recipe)


def path_of(text: str) -> Path:
    """The file that was typed, pasted, or dropped on the terminal: as it stands, quoted or escaped as for a shell,
    as a link, or with a tilde. Looks at the disk: a name may hold quotes and backslashes.
    """
    text = text.strip()
    readings = [text, text.strip("'\"")]
    if os.name != "nt":  # where a backslash parts folders
        with suppress(ValueError):  # no shell could read it
            words = shlex.split(text)
            readings += words if len(words) == 1 else [text]
    paths = [_path(reading) for reading in readings if reading]
    return next((path for path in paths if os.path.lexists(path)), paths[-1])


def _path(text: str) -> Path:
    if text.startswith("file://"):
        text = unquote(text.removeprefix("file://"))
    return Path(os.path.expanduser(text))
