"""Forwards cursor position reports to the topmost non-modal screen."""

from __future__ import annotations

from typing import TypeVar

from textual import events
from textual.app import App

Result = TypeVar("Result")


class AnsweringApp(App[Result]):
    """Sends the report to the screen below all dialogs.

    It means that the terminal has drawn everything sent before the query. A player waits for that; any other screen
    would repaint itself and everything above it.
    """

    def on_cursor_position(self, event: events.CursorPosition) -> None:
        asking = next(screen for screen in reversed(self.screen_stack) if not screen.is_modal)
        asking.post_message(events.CursorPosition(event.x, event.y))
