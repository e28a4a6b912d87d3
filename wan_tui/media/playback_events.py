"""What a playback reports to the screen."""

from __future__ import annotations

from dataclasses import dataclass

from wan_tui.media.cannot_play import CannotPlay
from wan_tui.media.film_facts import FilmFacts
from wan_tui.media.painting import Painted
from wan_tui.media.playback_clock import State


@dataclass(frozen=True, slots=True)
class Opened:
    """The films are open; ``facts`` in their order."""

    films: tuple[FilmFacts, ...]


@dataclass(frozen=True, slots=True)
class Shot:
    """The state of all films at one moment. Position and duration in seconds, ``frame`` counted from 0."""

    generation: int
    pictures: tuple[Painted, ...]
    position: float
    duration: float
    frame: int
    state: State
    damaged: tuple[bool, ...]
    """Which films are damaged, as far as they have been read."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The films cannot be played: ``problems``, one per film, None for an intact one."""

    problems: tuple[CannotPlay | None, ...]


@dataclass(frozen=True, slots=True)
class TooSlow:
    """The connection is too slow for the current quality."""


PlaybackEvent = Opened | Shot | Failed | TooSlow
