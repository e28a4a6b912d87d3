"""How long the service asks us to wait."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from wan_tui.domain.times import bounded

LONGEST = 900.0
"""Seconds. A longer wish is cut to this: the service may have forgotten it by then, and so may the user."""

_SECONDS = re.compile(r"\+?[0-9]+")


def retry_after(value: str | None, date: str | None = None, *, longest: float = LONGEST) -> float | None:
    """Seconds to wait by a ``Retry-After`` header (RFC 9110, 10.2.3), or None where our own pace is better.

    A date counts from the answer's own ``Date``, so that a wrong clock on either side does no harm.
    Zero, the past, fractions and anything unreadable are None; more than ``longest`` is ``longest``.
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
    """Read an HTTP date; anything else is None."""
    try:
        return bounded(parsedate_to_datetime(value or ""))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
