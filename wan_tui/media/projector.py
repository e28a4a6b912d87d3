"""Several films and the pictures they make at one moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from wan_tui.domain.text import sentences
from wan_tui.media.decode import CannotPlay, FilmFacts, as_named
from wan_tui.media.painting import Painted, Painter, Target
from wan_tui.media.reel import BUDGET, Reel

_In = TypeVar("_In")
_Out = TypeVar("_Out")


class CannotShow(CannotPlay):
    """Some of the films cannot be shown; ``sentences`` say why, one a film, "" for a sound one."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__(" ".join(filter(None, sentences)))
        self.sentences = tuple(sentences)


class Projector:
    """Shows films in step; one that is shorter stands still at its end. Times are seconds.

    ``locate`` gives the file that a path stands for. Used by one thread. Raises CannotShow, also from the
    constructor.
    """

    def __init__(self, films: Sequence[Path], locate: Callable[[Path], Path] = as_named) -> None:
        self._reels: list[Reel] = []
        try:
            self._reels += _of_each(lambda film: Reel(locate(film), BUDGET // len(films)), films)
        except BaseException:
            self.close()
            raise
        self._painters = [Painter() for _ in self._reels]
        self.frames: tuple[int, ...] = ()
        """The frame of each film that was painted last."""
        self.facts: tuple[FilmFacts, ...] = tuple(reel.facts for reel in self._reels)
        self.duration = max(facts.duration for facts in self.facts)
        self.rate = max(facts.rate for facts in self.facts)
        self.last = max(reel.time(reel.facts.frames - 1) for reel in self._reels)
        """When the last frame of all is due."""

    def close(self) -> None:
        """Let go of the files and the pictures."""
        for reel in self._reels:
            reel.close()

    def until_change(self, position: float) -> float:
        """How much later than ``position`` another picture is due; 0 if it is already."""
        waits = []
        for reel, frame in zip(self._reels, self.frames, strict=True):
            at = reel.index_at(position)
            if at != frame:
                return 0.0
            last = at + 1 >= reel.facts.frames
            waits.append((self.duration if last else reel.time(at + 1)) - position)
        return min(waits)

    def time_of_step(self, position: float, frames: int) -> float:
        """When the frame of the first film is due that lies so many ``frames`` from the one at ``position``."""
        reel = self._reels[0]
        return reel.time(min(max(reel.index_at(position) + frames, 0), reel.facts.frames - 1))

    def paint(self, position: float, targets: Sequence[Target], afresh: bool) -> tuple[Painted, ...]:
        """The pictures at ``position``; ``afresh``: for new targets, or a screen that shows nothing of them."""
        if afresh:
            for reel, painter, target in zip(self._reels, self._painters, targets, strict=True):
                reel.frame_as(target.framing)
                painter.forget()
        self.frames = tuple(reel.index_at(position) for reel in self._reels)
        pictures = _of_each(lambda reel: reel.picture(reel.index_at(position)), self._reels)
        return tuple(
            painter.paint(picture, target)
            for painter, picture, target in zip(self._painters, pictures, targets, strict=True)
        )

    def read_ahead(self, position: float) -> bool:
        """Decode one frame of each film that comes after ``position``; False when there is nothing to do."""
        found = [reel.fill(reel.index_at(position)) for reel in self._reels]
        return any(found)


def _of_each(make: Callable[[_In], _Out], sources: Sequence[_In]) -> list[_Out]:
    """What ``make`` makes of each; raises CannotShow when it cannot of one or more, after all were tried."""
    made, told = [], []
    for source in sources:
        try:
            made.append(make(source))
            told.append("")
        except CannotPlay as problem:
            told.append(sentences(problem.message, problem.next_step))
    if any(told):
        raise CannotShow(told)
    return made
