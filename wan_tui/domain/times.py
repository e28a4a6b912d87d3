"""Timestamps as ISO 8601 text in UTC.

Every time from outside (a record, an answer, a header, a link) passes through ``bounded``, so that arithmetic,
comparison and conversion to any time zone cannot overflow.
"""

from __future__ import annotations

from datetime import UTC, datetime

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2500, 1, 1, tzinfo=UTC)
"""Bounds of plausible times, centuries away from datetime's own."""


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
