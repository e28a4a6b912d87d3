"""Cache of a film's scaled frames, so that loops, steps and seeks need no decoding."""

from __future__ import annotations

from pathlib import Path

from wan_tui.media.decode import FilmReader, FilmSpoiled, Scaler
from wan_tui.media.film_facts import FilmFacts
from wan_tui.media.framing import Framing
from wan_tui.media.picture import BYTES_PER_PIXEL, Picture

BUDGET = 64 << 20
"""Maximum bytes of cached pictures per film: 5 seconds take 5 MB at 120 x 34 cells, 138 MB at 640 x 360 pixels."""

_FEWEST = 8


class FrameCache:
    """The frames of one film. Used by one thread.

    Raises CannotPlay from the constructor, and FilmSpoiled from ``picture`` if no frame can be decoded.
    """

    def __init__(self, path: Path, budget: int = BUDGET) -> None:
        self._reader = FilmReader(path)
        self._scaler = Scaler()
        self._budget = budget
        self._framing: Framing | None = None
        self._kept: dict[int, Picture] = {}
        self._lost: set[int] = set()
        self.facts: FilmFacts = self._reader.facts

    def close(self) -> None:
        """Close the file and free the pictures."""
        self._reader.close()
        self._kept.clear()

    @property
    def damaged(self) -> bool:
        """Whether undecodable data was found."""
        return self._reader.damaged

    def index_at(self, time: float) -> int:
        """The index of the frame shown at ``time`` seconds."""
        return self._reader.index_at(time)

    def time(self, index: int) -> float:
        """When frame ``index`` is due, in seconds."""
        return self._reader.time(index)

    def frame_as(self, framing: Framing) -> None:
        """Change the picture size. Cached pictures are rescaled and used until the film has been read again.

        Cropped ones cannot be reused.
        """
        if self._framing is not None and self._framing.cut and framing != self._framing:
            self._kept.clear()
        self._framing = framing

    def picture(self, index: int) -> Picture:
        """The picture of frame ``index``, or of the nearest intact frame."""
        framing = self._wanted()
        kept = self._kept.get(index)
        if kept is None and index not in self._lost:
            self._decode_to(index)
            kept = self._kept.get(index)
        if kept is None:
            kept = self._nearest(index)
        if kept.size == framing.pixels:
            return kept
        return self._scaler.resize(kept, *framing.scaled).middle(*framing.pixels)

    def fill(self, index: int) -> bool:
        """Decode one frame that will be needed soon after ``index``; False if the cache is full."""
        wanted = self._wanted().pixels
        for ahead in range(min(self.facts.frames, self._capacity - 2)):
            following = (index + ahead) % self.facts.frames
            kept = self._kept.get(following)
            if following not in self._lost and (kept is None or kept.size != wanted):
                self._decode_to(following, index)
                return True
        return False

    @property
    def _capacity(self) -> int:
        width, height = self._wanted().pixels
        return max(_FEWEST, self._budget // (width * height * BYTES_PER_PIXEL))

    def _wanted(self) -> Framing:
        if self._framing is None:
            raise ValueError("frame_as() comes first")
        return self._framing

    def _decode_to(self, index: int, current: int | None = None) -> None:
        """Decode up to frame ``index`` and cache it; skipped frames are not scaled."""
        if not self._reader.next_index <= index <= self._reader.next_index + self._capacity:
            self._reader.seek(index)
        while (at := self._reader.read()) is not None:
            if at >= index:
                self._keep(at, index if current is None else current)
                break
        if at != index:
            self._lost.add(index)

    def _keep(self, index: int, current: int) -> None:
        if index not in self._kept and len(self._kept) >= self._capacity:
            # The frame that is needed last if playback continues from here.
            del self._kept[max(self._kept, key=lambda kept: (kept - current) % self.facts.frames)]
        framing = self._wanted()
        self._kept[index] = self._reader.scaled(*framing.scaled).middle(*framing.pixels)

    def _nearest(self, index: int) -> Picture:
        if not self._kept:
            self._decode_to(0)
        if not self._kept:
            raise FilmSpoiled("No frame of this film can be decoded.")
        return self._kept[min(self._kept, key=lambda kept: abs(kept - index))]
