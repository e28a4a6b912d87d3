"""Reads values from untrusted JSON; a value of the wrong type is None."""

from __future__ import annotations

_AMOUNT_LIMIT = 1e15
"""No real amount is larger. The comparison also rejects NaN and infinity."""
_COUNT_LIMIT = 1 << 63


def as_text(value: object) -> str | None:
    """A non-empty string."""
    return value if isinstance(value, str) and value else None


def as_whole(value: object) -> int | None:
    """An int below 2**63 in magnitude; booleans are rejected."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if abs(value) < _COUNT_LIMIT else None


def as_amount(value: object) -> float | None:
    """A number below 1e15 in magnitude; booleans, NaN and infinity are rejected."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if abs(value) < _AMOUNT_LIMIT else None
