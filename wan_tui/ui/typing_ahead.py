"""Letters that arrive together with the key that opens a field, as they do over a slow line."""

from __future__ import annotations

from typing import TypeVar

from textual import events
from textual.app import App

Result = TypeVar("Result")


class TypingAhead(App[Result]):
    """Hands letters that were typed ahead to the field that has the focus by now.

    Textual gives a key to what has the focus when it arrives and looks its bindings up when it has come back
    unused: after a quick “1” the letters of a prompt would act on jobs, and one of them orders.
    """

    _handed_on: events.Key | None = None

    def on_key(self, event: events.Key) -> None:
        from textual.widgets import Input, TextArea  # not before the first picture

        # A text field keeps every letter it is given: one that comes back was given to something else.
        field = isinstance(self.focused, Input | TextArea)
        if field and event.is_printable and event is not self._handed_on:
            event.prevent_default()
            self._handed_on = events.Key(event.key, event.character)
            self.post_message(self._handed_on)
