"""Measures the terminal once more after a burst of size changes.

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
    """Measures once more when changes of size have come to an end.

    The signal for a change is handled in the middle of whatever runs, the handling of an earlier one included:
    then the older size arrives last, and the picture would keep it.
    """

    _settling: Timer | None = None

    def on_resize(self, event: events.Resize) -> None:
        if self._settling is not None:
            self._settling.stop()
        self._settling = self.set_timer(SETTLED_SECONDS, self._measure)

    def _measure(self) -> None:
        # A terminal that tells its size in band tells it in order, and the environment may say otherwise.
        if self.is_headless or getattr(self._driver, "_in_band_window_resize", False):
            return
        size = Size(*shutil.get_terminal_size())
        if size != self.size:
            self.post_message(events.Resize(size, size))
