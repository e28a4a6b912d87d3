"""Times and time windows as the service writes and reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from wan_tui.simulator.errors import bad_field

_PERIOD = re.compile(r"([1-9][0-9]{0,5})([hd])")
_LONGEST_WINDOW = 92 * 86400.0


def iso(seconds: float) -> str:
    """Unix seconds as the service writes them: UTC with milliseconds and `Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(name: str, text: str, *, offset_required: bool = False) -> float:
    """Unix seconds of an ISO 8601 text. Raises `ApiError` 400 naming the query field."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise bad_field(name, f"expected an ISO-8601 date, received {text[:100]!r}") from None
    if found.tzinfo is None:
        if offset_required:
            raise bad_field(name, f"expected an offset, received {text[:100]!r}")
        found = found.replace(tzinfo=UTC)
    return found.timestamp()


def window(query: Mapping[str, str], now: float, default: str | None) -> tuple[float, float]:
    """Start and end of a report from `period` or `start` + `end`, or from `default` if none is given.

    Raises `ApiError` 400, also if there is no default.
    """
    period, start, end = query.get("period"), query.get("start"), query.get("end")
    if period is not None and (start is not None or end is not None):
        raise bad_field("period", "expected either period or both start and end, received both")
    if (start is None) != (end is None):
        raise bad_field("start", "expected both start and end, received one of them")
    if period is None and start is None and default is None:
        raise bad_field("period", "expected a period, or both start and end, received nothing")
    if start is not None and end is not None:
        begins, ends = moment("start", start), moment("end", end)
    else:
        ends, begins = now, now - _length(period or default or "")
    if begins > ends:
        raise bad_field("end", "expected a moment not earlier than start")
    if ends - begins > _LONGEST_WINDOW:
        raise bad_field("period", "expected a window of 92 days at most")
    return begins, ends


def _length(period: str) -> float:
    found = _PERIOD.fullmatch(period)
    if found is None:
        raise bad_field(
            "period", f"expected a positive integer followed by h or d, received {period[:100]!r}"
        )
    return int(found[1]) * (3600.0 if found[2] == "h" else 86400.0)
