"""Values out of JSON that anybody may have written: what is not of the kind that is wanted is None."""

from __future__ import annotations

_ABSURD = 1e15
"""An amount that nobody has; NaN and infinity are not below it either."""
_UNCOUNTABLE = 1 << 63


def as_text(value: object) -> str | None:
    """A text that is not empty."""
    return value if isinstance(value, str) and value else None


def as_whole(value: object) -> int | None:
    """A whole number; true and false are none, nor what nobody could count."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if abs(value) < _UNCOUNTABLE else None


def as_amount(value: object) -> float | None:
    """A number that can be money or a size; true, NaN, infinity and what no float can hold are none."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if abs(value) < _ABSURD else None
