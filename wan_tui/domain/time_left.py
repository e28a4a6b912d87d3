"""How long a job will still take, learned from how long the user's own earlier ones took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

FEWEST = 3
"""From fewer films than this nothing is concluded."""

_UNSEEN_SECONDS = 60.0
_UNSEEN_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """Seconds still to go: half of the comparable films took ``low`` or less, nine in ten ``high`` or less.

    ``slow``: it has already taken longer than every film before it, so nothing can be said.
    """

    low: float
    high: float
    slow: bool = False


def end_was_seen(submitted: float, seen_running: float, completed: float) -> bool:
    """Whether ``completed`` is about when the film was completed, and not when somebody looked again.

    Times in seconds since 1970; ``seen_running`` is when it was last known to be at work. Unseen may remain a minute,
    or a quarter of the whole: more happens only where no program asked meanwhile.
    """
    return completed - seen_running <= max(_UNSEEN_SECONDS, _UNSEEN_SHARE * (completed - submitted))


def time_left(elapsed: float, past: Sequence[float]) -> TimeLeft | None:
    """Estimate from ``past``, the durations of finished films in seconds; None where there are too few.

    Only films that took longer than ``elapsed`` seconds are comparable: the others are out of the race.
    """
    if len(past) < FEWEST:
        return None
    rest = sorted(duration - elapsed for duration in past if duration > elapsed)
    if not rest:
        return TimeLeft(0.0, 0.0, slow=True)
    return TimeLeft(_quantile(rest, 0.5), _quantile(rest, 0.9))


def _quantile(ordered: Sequence[float], share: float) -> float:
    """The smallest of ``ordered`` that at least ``share`` of them do not exceed."""
    rank = -int(-share * len(ordered) // 1)  # rounded up
    return ordered[max(rank, 1) - 1]
