"""Forwards the terminal's cursor position reports to the topmost screen that is not a dialog."""

from __future__ import annotations

from typing import TypeVar

from textual import events
from textual.app import App

Result = TypeVar("Result")


class AnsweringApp(App[Result]):
    """Sends the report to the screen below all dialogs: the terminal has drawn what was sent before it was asked.

    A player waits for that. Any other screen would have itself, and what is above it, painted anew.
    """

    def on_cursor_position(self, event: events.CursorPosition) -> None:
        asking = next(screen for screen in reversed(self.screen_stack) if not screen.is_modal)
        asking.post_message(events.CursorPosition(event.x, event.y))
