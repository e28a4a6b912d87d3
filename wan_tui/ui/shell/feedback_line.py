"""The line that shows feedback on key presses, and background notices."""

from __future__ import annotations

from typing import Any

from rich.cells import set_cell_size
from textual.app import App
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Static

from wan_tui.domain.text import ELLIPSIS, clean_line
from wan_tui.ui.messages import Severity
from wan_tui.ui.shell.feedback import FeedbackQueue, FeedbackText

SIGNS: dict[Severity, str] = {"information": "", "success": "✓ ", "warning": "! ", "error": "✗ "}
"""Show the severity without colour."""

_MOST_LINES = 2
"""Maximum lines of feedback on a key press: it may cover key footer and status bar, never the list or the form."""


class FeedbackLine(Static):
    """Covers the key footer at the bottom of any screen. Warnings and errors take as many lines as they need."""

    DEFAULT_CSS = """
    FeedbackLine {
        display: none;
        layer: feedback;
        dock: bottom;
        width: 100%;
        height: auto;
        max-height: 6;
        padding: 0 1;
        background: $panel;
        color: $foreground;
        text-style: bold;
        &.-success { color: $text-success; }
        &.-warning { background: $warning-muted; color: $text-warning; }
        &.-error { background: $error-muted; color: $text-error; }
    }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)

    def show(self, line: FeedbackText | None, waiting: int, width: int) -> None:
        """Show ``line`` (None: nothing) on a screen ``width`` cells wide, and the number of lines ``waiting``."""
        self.display = line is not None
        if line is None:
            return
        for severity in SIGNS:
            self.set_class(severity == line.severity, f"-{severity}")
        more = f"  (+{waiting} more)" if waiting else ""
        text = SIGNS[line.severity] + clean_line(line.text, 600)
        if not line.stays:
            text = _shortened(text, width - 2, len(more))
        self.update(text + more)


def _shortened(text: str, width: int, reserved: int) -> str:
    """``text`` cut to ``_MOST_LINES`` lines, leaving ``reserved`` cells free."""
    lines = [line.plain.rstrip() for line in Content(text + "x" * reserved).wrap(width)]
    if len(lines) <= _MOST_LINES:
        return text
    last = set_cell_size(lines[_MOST_LINES - 1], width - reserved - 1).rstrip()
    return " ".join((*lines[: _MOST_LINES - 1], last)) + ELLIPSIS


class FeedbackDisplay:
    """Shows feedback on the topmost screen of ``app``."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._queue = FeedbackQueue()
        self._timer: Timer | None = None

    def start(self) -> None:
        """Start, once the app is running."""
        self._app.screen_change_signal.subscribe(self._app, lambda _: self._show())
        self._show()

    def answer(self, text: str, severity: Severity = "information") -> None:
        """Show feedback on a key press at once."""
        self._queue.answer(FeedbackText(text, severity))
        self._show()

    def announce(self, text: str, severity: Severity = "information") -> None:
        """Show a background notice when its turn comes."""
        self._queue.add(FeedbackText(text, severity))
        self._show()

    def key_pressed(self) -> None:
        """Hide a warning that has been read."""
        if self._queue.key_pressed():
            self._show()

    def _time_over(self) -> None:
        self._queue.expire()
        self._show()

    def _show(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if not self._app.is_running:
            return
        if (seconds := self._queue.seconds_left()) is not None:
            self._timer = self._app.set_timer(max(0.01, seconds), self._time_over)
        for screen in self._app.screen_stack:
            if screen is not self._app.screen:
                for line in screen.query(FeedbackLine):
                    line.show(None, 0, 0)
        # A screen that was just opened is not composed yet.
        self._app.screen.call_after_refresh(self._show_on, self._app.screen)

    def _show_on(self, screen: Screen[Any]) -> None:
        if not screen.is_active:
            return
        line = next(iter(screen.query(FeedbackLine)), None)
        if line is None:
            if self._queue.current is None:
                return
            line = FeedbackLine()
            screen.mount(line)
        line.show(self._queue.current, self._queue.waiting, screen.size.width)
