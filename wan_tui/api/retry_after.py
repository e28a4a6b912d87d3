"""Parses Retry-After."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from wan_tui.domain.times import bounded

LONGEST = 900.0
"""Maximum seconds; longer values are capped."""

_SECONDS = re.compile(r"\+?[0-9]+")


def retry_after(value: str | None, date: str | None = None, *, longest: float = LONGEST) -> float | None:
    """Seconds to wait by a ``Retry-After`` header (RFC 9110, 10.2.3), at most ``longest``; None to use our own delay.

    A date is relative to the answer's ``Date``, so that wrong clocks do no harm. Zero, past dates, fractions and
    invalid values are None.
    """
    if value is None:
        return None
    value = value.strip()
    if _SECONDS.fullmatch(value):
        digits = value.lstrip("+0")
        seconds = longest if len(digits) > 9 else float(digits or 0)
    else:
        until = http_date(value)
        if until is None:
            return None
        seconds = (until - (http_date(date) or datetime.now(UTC))).total_seconds()
    return min(seconds, longest) if seconds > 0 else None


def http_date(value: str | None) -> datetime | None:
    """Parse an HTTP date; None if invalid."""
    try:
        return bounded(parsedate_to_datetime(value or ""))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
