"""What is known of a film once it is open."""

from __future__ import annotations

from dataclasses import dataclass

_ASKEW = "Shown as it is stored: the angle or slant that it is meant to have cannot be shown here."


@dataclass(frozen=True, slots=True)
class FilmFacts:
    """What a film is: size in (square) pixels, length in seconds, frames a second, number of frames."""

    width: int
    height: int
    duration: float
    rate: float
    frames: int
    cut_off: bool = False
    """Whether the file holds fewer frames than it says."""
    askew: bool = False
    """Whether it is meant to be shown in a way that is no turn by right angles."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.width, self.height

    @property
    def remark(self) -> str:
        """A sentence on what is not shown as it is meant; "" where all is."""
        return _ASKEW if self.askew else ""
