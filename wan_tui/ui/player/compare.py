"""Two films side by side, in step, with their differences below."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import ClassVar

from rich.cells import cell_len
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from wan_tui.domain.text import ELLIPSIS, clean_line
from wan_tui.ui.player.film_item import FilmItem, differences
from wan_tui.ui.player.film_screen import FilmScreen
from wan_tui.ui.player.viewing import Viewing

_SEEN = 24
"""Cells of a title that are visible in a window of any size."""


class CompareScreen(FilmScreen):
    """Plays ``left`` and ``right`` by one clock, with the player's keys."""

    DEFAULT_CSS = """
    CompareScreen {
        & #titles { height: 1; background: $panel; color: $foreground; text-style: bold; }
        & #titles Static { width: 1fr; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
        & #differences { height: auto; max-height: 40%; background: $surface; }
        & .difference { height: auto; }
        & .difference Static { width: 1fr; height: auto; padding: 0 1; }
        & #same { height: 1; padding: 0 1; color: $text-muted; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "swap", "Swap", id="compare.swap", tooltip="Swap the sides"),
    ]

    def __init__(self, left: FilmItem, right: FilmItem, viewing: Viewing) -> None:
        super().__init__(viewing)
        self._films = (left, right)

    @property
    def films_on_screen(self) -> Sequence[FilmItem]:
        return self._films

    def compose(self) -> ComposeResult:
        with Horizontal(id="titles"):
            for _ in self._films:
                yield Static(markup=False)
        yield from super().compose()

    def compose_below(self) -> ComposeResult:
        yield VerticalScroll(id="differences", classes="text", can_focus=False)

    def begin(self) -> None:
        self._show_differences()
        super().begin()

    def action_swap(self) -> None:
        """Swap the sides; both films continue from where they are."""
        self._films = (self._films[1], self._films[0])
        self._show_differences()
        self.play_on(self.stage.playback_clock)

    @work(exclusive=True)
    async def _show_differences(self) -> None:
        titles = titles_apart(*self._films)
        for place, title in zip(self.query("#titles Static").results(Static), titles, strict=True):
            place.update(title)
        rows: list[Widget] = [
            Horizontal(
                *(
                    Static(Content.assemble((f"{label}  ", "$text-primary"), text))
                    for text in _marked(*(text or "–" for text in texts))
                ),
                classes="difference",
            )
            for label, texts in differences(self._films)
        ]
        below = self.query_one("#differences")
        await below.remove_children()
        await below.mount(*(rows or [Static("The parameters are the same.", id="same")]))


def titles_apart(left: FilmItem, right: FilmItem) -> tuple[str, str]:
    """Titles that distinguish the two films in half a line each.

    The prompts, starting just before they differ if that is late; if they are equal, the parameters that differ; if
    those are equal too, the ends of the file names.
    """
    prompts = clean_line(left.title, 200), clean_line(right.title, 200)
    if prompts[0] != prompts[1]:
        pairs = enumerate(zip(*prompts, strict=False))
        unlike = next((at for at, (a, b) in pairs if a != b), min(map(len, prompts)))
        if cell_len(prompts[0][:unlike]) < _SEEN:
            return prompts
        # Start a word or two earlier; not every script separates words with spaces.
        start = prompts[0].rfind(" ", unlike - 16, unlike - 6) + 1 or unlike - 8
        return ELLIPSIS + prompts[0][start:], ELLIPSIS + prompts[1][start:]
    apart = [(label, texts) for label, texts in differences((left, right)) if label != "Prompt"]
    if apart:
        one, other = (
            " · ".join(f"{label} {clean_line(texts[side]) or '–'}" for label, texts in apart)
            for side in range(2)
        )
        return one, other
    return _end(left), _end(right)


def _end(film: FilmItem) -> str:
    name = clean_line(film.path.name)
    return name if len(name) <= _SEEN else ELLIPSIS + name[1 - _SEEN :]


def _marked(left: str, right: str) -> tuple[Content, Content]:
    """Both texts, with the words that the other does not have in bold."""
    words = re.findall(r"\s+|\S+", left), re.findall(r"\s+|\S+", right)
    parts: tuple[list[tuple[str, str]], list[tuple[str, str]]] = ([], [])
    for kind, a, b, c, d in SequenceMatcher(None, *words, autojunk=False).get_opcodes():
        style = "$text-muted" if kind == "equal" else "bold $foreground"
        parts[0].append(("".join(words[0][a:b]), style))
        parts[1].append(("".join(words[1][c:d]), style))
    return Content.assemble(*parts[0]), Content.assemble(*parts[1])
