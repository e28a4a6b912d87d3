"""Measures the terminal again after a burst of size changes.

Private: App._driver, Driver._in_band_window_resize. Upstream issue: none.
"""

from __future__ import annotations

import shutil
from typing import TypeVar

from textual import events
from textual.app import App
from textual.geometry import Size
from textual.timer import Timer

TEXTUAL_PRIVATE = (
    "textual.app:App._driver",
    "textual.drivers.linux_driver:LinuxDriver._in_band_window_resize",
)

Result = TypeVar("Result")

SETTLED_SECONDS = 0.25


class ResizingApp(App[Result]):
    """Measures again once size changes have ended.

    The signal interrupts whatever is running, even the handling of an earlier one; then the older size arrives last
    and would be kept.
    """

    _settling: Timer | None = None

    def on_resize(self, event: events.Resize) -> None:
        if self._settling is not None:
            self._settling.stop()
        self._settling = self.set_timer(SETTLED_SECONDS, self._measure)

    def _measure(self) -> None:
        # In-band reports arrive in order, and the environment may disagree with them.
        if self.is_headless or getattr(self._driver, "_in_band_window_resize", False):
            return
        size = Size(*shutil.get_terminal_size())
        if size != self.size:
            self.post_message(events.Resize(size, size))
