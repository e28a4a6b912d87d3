"""Tracks unsuccessful lookups of an order or generation, and when to give up.

A single empty result proves nothing: the service's log lags, a new generation is not known everywhere, a clock may be
off by days. So giving up depends on the number of answered lookups and the time between them, never on the clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

MAX_GAP = 3900.0
"""Seconds. Lookups are at most an hour apart; a longer gap, while no program ran, counts as this much."""

MIN_LOOKS = 12
"""Minimum number of lookups before giving up."""


@dataclass(frozen=True, slots=True)
class Search:
    """Lookups that were answered and found nothing, over all runs of the program.

    ``seconds`` is the sum of the gaps between them. ``last_at`` is the last one by the service's clock, if known.
    """

    seconds: float = 0.0
    looks: int = 0
    last_at: datetime | None = None

    def looked(self, at: datetime | None, since_last: float | None, *, longest: float = MAX_GAP) -> Search:
        """Add a lookup. ``at``: its time by the service's clock; ``since_last``: seconds since the previous lookup by
        this machine's monotonic clock, or None if another run made it: then the service's clock is used.
        """
        if since_last is None and at is not None and self.last_at is not None:
            since_last = (at - self.last_at).total_seconds()
        gap = min(max(since_last or 0.0, 0.0), longest) if self.looks else 0.0
        return Search(self.seconds + gap, self.looks + 1, at or self.last_at)

    def exhausted(self, span: float) -> bool:
        """Whether to give up: looked for at least ``span`` seconds and often enough."""
        return self.seconds >= span and self.looks >= MIN_LOOKS
