"""Reads values from JSON of unknown shape."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

_DECIMAL = re.compile(r"[0-9]{1,15}(\.[0-9]{1,15})?")


def mapping(value: object) -> Mapping[str, Any]:
    """``value`` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def text(value: object) -> str | None:
    """A non-blank string, stripped; else None."""
    return value.strip() or None if isinstance(value, str) else None


def number(value: object) -> float | None:
    """A finite number; None for booleans, NaN, infinity and numeric strings."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        result = float(value)
    except OverflowError:
        return None
    return result if math.isfinite(result) else None


def amount(value: object) -> float | None:
    """A number above zero: a zero price is treated as unknown."""
    result = number(value)
    return result if result is not None and result > 0 else None


def decimal(header: str | None) -> float | None:
    """An amount in a header."""
    return amount(float(header)) if header and _DECIMAL.fullmatch(header.strip()) else None


def identifier(value: object) -> str | None:
    """An opaque id, unchanged; None if it cannot be used in a URL or shown."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**30:
        value = str(value)
    found = text(value)
    return found if found and len(found) <= 512 and found.isprintable() else None
