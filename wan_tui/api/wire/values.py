"""Values out of JSON of unknown shape."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

_DECIMAL = re.compile(r"[0-9]{1,15}(\.[0-9]{1,15})?")


def mapping(value: object) -> Mapping[str, Any]:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else {}


def text(value: object) -> str | None:
    """A text that is not blank, without blanks around it."""
    return value.strip() or None if isinstance(value, str) else None


def number(value: object) -> float | None:
    """A finite number; true, NaN, infinity and numbers written as text are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        result = float(value)
    except OverflowError:
        return None
    return result if math.isfinite(result) else None


def amount(value: object) -> float | None:
    """A number above zero: nothing is free by accident."""
    result = number(value)
    return result if result is not None and result > 0 else None


def decimal(header: str | None) -> float | None:
    """An amount from a header."""
    return amount(float(header)) if header and _DECIMAL.fullmatch(header.strip()) else None


def identifier(value: object) -> str | None:
    """An opaque id, exactly as given; None where it could not travel in an address or be shown."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**30:
        value = str(value)
    found = text(value)
    return found if found and len(found) <= 512 and found.isprintable() else None
