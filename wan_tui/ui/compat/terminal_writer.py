"""Writes our own escape sequences to the terminal, in order with Textual's output.

Private: App._driver. Upstream issue: none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.app import App

TEXTUAL_PRIVATE = ("textual.app:App._driver",)


def terminal_writer(app: App[Any]) -> Callable[[str], None]:
    """Return a function that writes to the terminal of ``app``, from any thread."""

    def write(sequence: str) -> None:
        # Apart from a bare OSC 52, Textual has no public way to its output. Bypassing that could put our sequence
        # in the middle of one of Textual's.
        driver = app._driver
        if driver is not None:
            driver.write(sequence)

    return write
