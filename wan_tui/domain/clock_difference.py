"""How far this machine's clock is from the service's, in words."""

from __future__ import annotations

from wan_tui.domain.times import span

TOLERANCE = 60.0
"""Seconds our clock may differ from the service's before it is said."""


def difference(offset: float) -> str | None:
    """``26 h ahead of the service's``; None if our clock is right.

    ``offset``: seconds that the service's is ahead of ours.
    """
    if abs(offset) <= TOLERANCE:
        return None
    return f"{span(60 * round(abs(offset) / 60))} {'behind' if offset > 0 else 'ahead of'} the service's"
