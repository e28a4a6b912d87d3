"""Pasted text, whatever it holds, is one paste: nothing in it acts as a key."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

from textual import events
from textual._xterm_parser import (  # Textual's own reader has no other door
    BRACKETED_PASTE_END,
    BRACKETED_PASTE_START,
    XTermParser,
)
from textual.app import App
from textual.driver import Driver
from textual.message import Message

from wan_tui.domain.text import without_controls

Result = TypeVar("Result")

_READERS = ("textual.drivers.linux_driver", "textual.drivers.win32")
"""Modules that make a parser of what the terminal sends."""


class PasteParser(XTermParser):
    """Takes pasted text out before the keys are read.

    Textual's own parser takes the first escape in a pasted text for the end of it, and what follows for keys.
    """

    def __init__(self, debug: bool = False) -> None:
        self._pasted: str | None = None
        """What has come of an open paste."""
        self._tail = ""
        """The last characters outside of pastes, as many as the mark of a paste is longer than one."""
        super().__init__(debug)

    def feed(self, data: str) -> Iterable[Message]:
        if not data:
            yield from super().feed(data)
        while data:
            if self._pasted is None:
                keys, data = self._until_paste(data)
                yield from self._keys(keys)
            else:
                text, found, rest = (self._pasted + data).partition(BRACKETED_PASTE_END)
                self._pasted, data = (None, rest) if found else (text, "")
                if found:
                    yield events.Paste(without_controls(text))

    def _until_paste(self, data: str) -> tuple[str, str]:
        """Split ``data`` where a paste begins, which may have begun in what came before."""
        before = len(self._tail)
        seen = self._tail + data
        at = seen.find(BRACKETED_PASTE_START)
        if at < 0:
            self._tail = seen[1 - len(BRACKETED_PASTE_START) :]
            return data, ""
        self._tail, self._pasted = "", ""
        end = at + len(BRACKETED_PASTE_START)
        # The other parser must not stay within the mark: it is given an empty paste.
        return seen[before:end] + BRACKETED_PASTE_END, seen[end:]

    def _keys(self, data: str) -> Iterator[Message]:
        return (message for message in super().feed(data) if not isinstance(message, events.Paste))


class PastingApp(App[Result]):
    """Reads the terminal with PasteParser."""

    def get_driver_class(self) -> type[Driver]:
        driver = super().get_driver_class()
        for name in _READERS:
            if name in sys.modules:
                # The drivers offer no choice of a parser.
                vars(sys.modules[name])["XTermParser"] = PasteParser
        return driver
