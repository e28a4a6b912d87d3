"""Timestamps as ISO 8601 text in UTC, and lengths of time in words.

Every time from outside (a record, an answer, a header, a link) passes through ``bounded``, so that arithmetic,
comparison and conversion to any time zone cannot overflow.
"""

from __future__ import annotations

from datetime import UTC, datetime

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2500, 1, 1, tzinfo=UTC)
"""Bounds of plausible times, centuries away from datetime's own."""

MINUTE, HOUR, DAY = 60, 3600, 86400


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC with milliseconds and a Z."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def bounded(moment: datetime) -> datetime:
    """``moment`` in UTC, clamped to EARLIEST and LATEST. A naive time counts as UTC."""
    if moment.year < EARLIEST.year:
        return EARLIEST
    if moment.year >= LATEST.year:
        return LATEST
    if moment.tzinfo is UTC:  # fast path: most times are our own
        return moment
    utc = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    return min(max(utc, EARLIEST), LATEST)


def parse_iso(text: object) -> datetime | None:
    """Parse ISO 8601; None for anything else."""
    if not isinstance(text, str):
        return None
    try:
        return bounded(datetime.fromisoformat(text))
    except ValueError:
        return None


def span(seconds: float) -> str:
    """A length of time in its largest unit, rounded down: ``40 s``, ``12 min``, ``23 h``, ``6 d``."""
    whole = max(0, int(seconds))
    for unit, name in ((365 * DAY, "y"), (60 * DAY, "mo"), (2 * DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if whole >= unit:
            size = {"mo": 30 * DAY, "d": DAY}.get(name, unit)
            return f"{whole // size} {name}"
    return f"{whole} s"
