"""Moments as text: ISO 8601 in UTC.

Every moment that comes from outside (a record, an answer, a header, a link) passes ``bounded``, so that adding to it,
comparing it and showing it in any zone cannot fail, however absurd it was.
"""

from __future__ import annotations

from datetime import UTC, datetime

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2500, 1, 1, tzinfo=UTC)
"""No job, film or answer is older or newer. From here to where datetime ends are centuries."""


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC with milliseconds and a Z."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def bounded(moment: datetime) -> datetime:
    """``moment`` in UTC, or the end of what can be that it lies beyond. A time without a zone is UTC."""
    if moment.year < EARLIEST.year:
        return EARLIEST
    if moment.year >= LATEST.year:
        return LATEST
    if moment.tzinfo is UTC:  # ours are, and there are very many
        return moment
    utc = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    return min(max(utc, EARLIEST), LATEST)


def parse_iso(text: object) -> datetime | None:
    """Read ISO 8601; anything else is None."""
    if not isinstance(text, str):
        return None
    try:
        return bounded(datetime.fromisoformat(text))
    except ValueError:
        return None
