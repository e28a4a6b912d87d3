"""Strips side by side on one line that keep their ready-made pictures.

``Strip.join`` would ask each picture for its segments, a style per cell. See ``picture_strip.py``.

Private: Strip._render_cache. Upstream issue: none.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.segment import Segment
from textual.strip import Strip

from wan_tui.ui.compat.ready_strip import ReadyStrip

TEXTUAL_PRIVATE = ("textual.strip:Strip._render_cache",)


class StripRow(ReadyStrip):
    """The cells of ``parts``, from left to right."""

    __slots__ = ("_parts",)

    def __init__(self, parts: Sequence[Strip]) -> None:
        self._parts = tuple(parts)
        super().__init__(sum(part.cell_length for part in self._parts))

    def make(self) -> list[Segment]:
        return [segment for part in self._parts for segment in part]

    def render(self, console: Console) -> str:
        if self._render_cache is None:
            self._render_cache = "".join([part.render(console) for part in self._parts])
        return self._render_cache

    def crop(self, start: int, end: int | None = None) -> Strip:
        start = max(0, start)
        end = self.cell_length if end is None else min(self.cell_length, end)
        if (start, end) == (0, self.cell_length):
            return self
        parts, at = [], 0
        for part in self._parts:
            first, last = max(start, at), min(end, at + part.cell_length)
            if first < last:
                parts.append(part.crop(first - at, last - at))
            at += part.cell_length
        return StripRow(parts)
