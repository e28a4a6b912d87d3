"""The line that tells where we are connected, what is at work, and the money."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.widget import Widget

from wan_tui.domain.events import Event

if TYPE_CHECKING:
    from wan_tui.engine import Engine
    from wan_tui.settings import Settings


class StatusBar(Widget):
    """One line, from 60 columns up."""

    DEFAULT_CSS = "StatusBar { height: 1; }"

    def __init__(self, engine: Engine, settings: Settings, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._engine = engine
        self._settings = settings

    def news(self, events: Sequence[Event]) -> None:
        """Take a batch of the engine's news in, with one repaint."""

    def show_selection(self, shown: int, marked: int, query: str) -> None:
        """Tell how many jobs the filter lets through and how many are marked."""
