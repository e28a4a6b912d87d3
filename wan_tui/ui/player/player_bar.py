"""The bar below a film: state, time, progress, and playback settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from wan_tui.media.playback_clock import State


@dataclass(frozen=True, slots=True)
class Progress:
    """What the bar shows; times in seconds. ``notes`` are on the right; if space is short, the last go first."""

    state: State = "playing"
    position: float = 0.0
    duration: float = 0.0
    notes: tuple[str, ...] = ()


_SHORTEST = 6
"""Cells; a shorter bar is omitted."""


class PlayerBar(Widget):
    """Repainted only when its content has changed."""

    DEFAULT_CSS = """
    PlayerBar { height: 1; padding: 0 1; background: $panel; color: $text-muted; }
    """

    def __init__(self, painted: Callable[[int], None]) -> None:
        """``painted`` is called with the number of bytes of each repaint."""
        super().__init__()
        self._painted = painted
        self._progress: Progress | None = None
        self._content = Content("")

    def show(self, progress: Progress | None) -> None:
        """Show ``progress``; None: nothing is playing."""
        self._progress = progress
        content = self._compose_line(self.size.width - 2)
        if not content.is_same(self._content):
            self._content = content
            self.refresh()

    def on_resize(self) -> None:
        self._content = self._compose_line(self.size.width - 2)
        self.refresh()

    def render(self) -> Content:
        return self._content

    def render_lines(self, crop: Region) -> list[Strip]:
        strips = super().render_lines(crop)
        self._painted(sum(len(strip.render(self.app.console).encode()) for strip in strips))
        return strips

    def _compose_line(self, room: int) -> Content:
        progress = self._progress
        if progress is None:
            return Content("")
        state = f"{progress.state:7}"
        time = f"{_clock(progress.position)} / {_clock(progress.duration)}"
        room -= len(state) + len(time) + 4
        notes = list(progress.notes)
        # If space is short, drop all notes but the first, then the bar, then that note.
        while notes and room - _length(notes) < (_SHORTEST if notes[1:] else 0):
            notes.pop()
        width = room - _length(notes)
        width = width if width >= _SHORTEST else 0
        part = progress.position / progress.duration if progress.duration else 0.0
        done = min(width, round(width * part))
        return Content.assemble(
            (state, "bold $foreground"),
            "  ",
            (time, "$foreground"),
            "  ",
            ("━" * done, "$primary"),
            ("─" * (width - done), "$foreground-disabled"),
            *("  " + note for note in notes),
        )


def _length(notes: Sequence[str]) -> int:
    return sum(len(note) + 2 for note in notes)


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{seconds % 60:04.1f}"
