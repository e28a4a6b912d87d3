"""A strip that is written ready-made, and makes segments only for those who ask for them.

Private: Strip._segments. Upstream issue: none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.segment import Segment
from textual.strip import Strip

TEXTUAL_PRIVATE = ("textual.strip:Strip._segments",)


class ReadyStrip(Strip):
    """Subclasses say how it is rendered, cropped and made of segments."""

    __slots__ = ("_made",)

    def __init__(self, cell_length: int) -> None:
        self._made: list[Segment] | None = None
        super().__init__((), cell_length)

    def make(self) -> list[Segment]:
        """Return its segments."""
        raise NotImplementedError

    @property
    def _segments(self) -> list[Segment]:
        if self._made is None:
            self._made = self.make()
        return self._made

    @_segments.setter
    def _segments(self, value: object) -> None:
        self._made = None

    def __bool__(self) -> bool:
        return self.cell_length > 0

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        strips, at = [], 0
        for cut in cuts:
            if cut <= self.cell_length:
                strips.append(self.crop(at, cut))
                at = cut
        return strips
