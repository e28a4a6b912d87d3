"""Properties of an open film."""

from __future__ import annotations

from dataclasses import dataclass

_ASKEW = "Shown as stored: its rotation or skew cannot be shown here."


@dataclass(frozen=True, slots=True)
class FilmFacts:
    """Size in (square) pixels, duration in seconds, frames per second, number of frames."""

    width: int
    height: int
    duration: float
    rate: float
    frames: int
    cut_off: bool = False
    """Whether the file has fewer frames than it claims."""
    askew: bool = False
    """Whether its display matrix is not a rotation by right angles."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.width, self.height

    @property
    def remark(self) -> str:
        """A note if the film is not shown as intended, else ""."""
        return _ASKEW if self.askew else ""
