"""Shows text on a page of its own, to be read or selected with the terminal's own means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Static

from wan_tui.domain.text import clean_text


class ShowText(Screen[None]):
    """Shows ``texts``, pairs of a heading and what it stands over, below one ``sentence``."""

    DEFAULT_CSS = """
    ShowText {
        & > VerticalScroll { padding: 1 0; }
        & Static { height: auto; }
        & .sentence { text-style: bold; margin-bottom: 1; }
        & .heading { color: $text-muted; }
        & .text { margin-bottom: 1; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q,space", "dismiss(None)", "Back", show=False),
        Binding("j", "down", "Down", show=False),
        Binding("k", "up", "Up", show=False),
    ]

    def __init__(self, sentence: str, texts: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._sentence = sentence
        self._texts = texts

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            if self._sentence:
                yield Static(self._sentence, classes="sentence", markup=False)
            for heading, text in self._texts:
                yield Static(heading, classes="heading", markup=False)
                yield Static(clean_text(text), classes="text", markup=False)
        yield Static("esc goes back", classes="heading")

    def action_down(self) -> None:
        self.query_one(VerticalScroll).scroll_down(animate=False)

    def action_up(self) -> None:
        self.query_one(VerticalScroll).scroll_up(animate=False)
