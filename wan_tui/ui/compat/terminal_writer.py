"""Escape sequences of ours for the terminal, in order with what Textual draws.

Private: App._driver. Upstream issue: none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.app import App

TEXTUAL_PRIVATE = ("textual.app:App._driver",)


def terminal_writer(app: App[Any]) -> Callable[[str], None]:
    """Return what writes to the terminal of ``app``; it may be called from any thread."""

    def write(sequence: str) -> None:
        # Textual offers one bare OSC 52 and no other way to its output, which must not be bypassed: a
        # sequence of ours in the middle of one of its own would be garbage on the screen.
        driver = app._driver
        if driver is not None:
            driver.write(sequence)

    return write
