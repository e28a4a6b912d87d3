"""Several films and their pictures at one moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from wan_tui.media.decode import CannotPlay, as_named
from wan_tui.media.film_facts import FilmFacts
from wan_tui.media.frame_cache import BUDGET, FrameCache
from wan_tui.media.painting import Painted, Painter, Target

_In = TypeVar("_In")
_Out = TypeVar("_Out")


_SAME = 0.001
"""Seconds; pictures due within this time count as one step."""


class CannotShow(CannotPlay):
    """Some films cannot be shown: ``problems``, one per film, None for an intact one."""

    def __init__(self, problems: Sequence[CannotPlay | None]) -> None:
        super().__init__(" ".join(problem.sentence for problem in problems if problem))
        self.problems = tuple(problems)


class Projector:
    """Shows films in step; a shorter one stops at its end. Times are seconds.

    ``locate`` returns the file for a path. Used by one thread. Raises CannotShow, also from the constructor.
    """

    def __init__(self, films: Sequence[Path], locate: Callable[[Path], Path] = as_named) -> None:
        self._caches: list[FrameCache] = []
        try:
            _of_each(lambda film: self._open(locate(film), BUDGET // len(films)), films)
        except BaseException:
            self.close()
            raise
        self._painters = [Painter() for _ in self._caches]
        self.frames: tuple[int, ...] = ()
        """The frame of each film that was painted last."""
        self.facts: tuple[FilmFacts, ...] = tuple(cache.facts for cache in self._caches)
        self.duration = max(facts.duration for facts in self.facts)
        self.rate = max(facts.rate for facts in self.facts)
        self.last = max(cache.time(cache.facts.frames - 1) for cache in self._caches)
        """When the last frame of all films is due."""

    def _open(self, film: Path, budget: int) -> None:
        self._caches.append(FrameCache(film, budget))

    def close(self) -> None:
        """Close the files and free the pictures."""
        for cache in self._caches:
            cache.close()

    @property
    def damaged(self) -> tuple[bool, ...]:
        """Which films are damaged, as far as they have been read."""
        return tuple(cache.damaged for cache in self._caches)

    def until_change(self, position: float) -> float:
        """Seconds after ``position`` until another picture is due; 0 if it is due already."""
        waits = []
        for cache, frame in zip(self._caches, self.frames, strict=True):
            at = cache.index_at(position)
            if at != frame:
                return 0.0
            last = at + 1 >= cache.facts.frames
            waits.append((self.duration if last else cache.time(at + 1)) - position)
        return min(waits)

    def time_of_step(self, position: float, pictures: int) -> float:
        """The position ``pictures`` steps after (or before) ``position``; a step is a frame change of any film."""
        for _ in range(abs(pictures)):
            position = self._following(position) if pictures > 0 else self._preceding(position)
        return position

    def _following(self, position: float) -> float:
        at = [(cache, cache.index_at(position)) for cache in self._caches]
        ahead = [cache.time(index + 1) for cache, index in at if index + 1 < cache.facts.frames]
        # Frame times of films in step may differ by rounding.
        return max((time for time in ahead if time < min(ahead) + _SAME), default=position)

    def _preceding(self, position: float) -> float:
        at = [(cache, cache.index_at(position)) for cache in self._caches]
        since = max(cache.time(index) for cache, index in at)
        before = [(cache, index if cache.time(index) < since - _SAME else index - 1) for cache, index in at]
        return max((cache.time(index) for cache, index in before if index >= 0), default=0.0)

    def paint(self, position: float, targets: Sequence[Target], afresh: bool) -> tuple[Painted, ...]:
        """The pictures at ``position``; ``afresh``: for new targets or an empty screen."""
        if afresh:
            for cache, painter, target in zip(self._caches, self._painters, targets, strict=True):
                cache.frame_as(target.framing)
                painter.forget()
        self.frames = tuple(cache.index_at(position) for cache in self._caches)
        pictures = _of_each(lambda cache: cache.picture(cache.index_at(position)), self._caches)
        return tuple(
            painter.paint(picture, target)
            for painter, picture, target in zip(self._painters, pictures, targets, strict=True)
        )

    def read_ahead(self, position: float) -> bool:
        """Decode one frame of each film after ``position``; False if there is nothing to do."""
        found = [cache.fill(cache.index_at(position)) for cache in self._caches]
        return any(found)


def _of_each(make: Callable[[_In], _Out], sources: Sequence[_In]) -> list[_Out]:
    """The results of ``make`` for all films. Tries all of them, then raises CannotShow if any failed."""
    made: list[_Out] = []
    problems: list[CannotPlay | None] = []
    for source in sources:
        try:
            made.append(make(source))
            problems.append(None)
        except CannotPlay as problem:
            problems.append(problem)
    if any(problems):
        raise CannotShow(problems)
    return made
