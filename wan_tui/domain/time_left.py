"""Estimates the remaining time of a job from the durations of the user's earlier jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MIN_FILMS = 3
"""Minimum number of films for an estimate."""

_UNSEEN_SECONDS = 60.0
_UNSEEN_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """Remaining seconds: the median (``low``) and 90th percentile (``high``) of comparable films.

    ``slow``: the job has already taken longer than every earlier film, so there is no estimate.
    """

    low: float
    high: float
    slow: bool = False


def end_was_seen(submitted: float, seen_running: float, completed: float) -> bool:
    """Whether ``completed`` is close to the film's completion, rather than the time of a much later poll.

    Times are in Unix seconds; ``seen_running`` is when the job was last seen running. The gap between the two may be
    a minute or a quarter of the duration; a larger one means that no program polled in between.
    """
    return completed - seen_running <= max(_UNSEEN_SECONDS, _UNSEEN_SHARE * (completed - submitted))


def time_left(elapsed: float, past: Sequence[float]) -> TimeLeft | None:
    """Estimate from ``past``, durations of finished films in seconds; None if there are too few.

    Only films that took longer than ``elapsed`` seconds are comparable.
    """
    if len(past) < MIN_FILMS:
        return None
    rest = sorted(duration - elapsed for duration in past if duration > elapsed)
    if not rest:
        return TimeLeft(0.0, 0.0, slow=True)
    return TimeLeft(_quantile(rest, 0.5), _quantile(rest, 0.9))


def _quantile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least ``share`` of ``ordered`` do not exceed."""
    rank = -int(-share * len(ordered) // 1)  # rounded up
    return ordered[max(rank, 1) - 1]
