"""How long and how often something was looked for in vain: what may be concluded from finding nothing.

Finding nothing proves nothing by itself: the service's log runs late, a fresh generation is not known everywhere, a
clock may be off by days. So the verdict rests on looks that were made and answered, and on the time between them,
never on what a clock says now.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

LONGEST_GAP = 3900.0
"""Seconds. Looks are an hour apart at most; longer pauses, when nobody looked, count as no more than this."""

FEWEST_LOOKS = 12
"""From fewer looks nothing is concluded, however long they took."""


@dataclass(frozen=True, slots=True)
class Search:
    """Looks that were answered and showed nothing, over all runs of the program.

    ``seconds`` between them add up. ``last_at`` is the time of the last one by the service's own clock, where known.
    """

    seconds: float = 0.0
    looks: int = 0
    last_at: datetime | None = None

    def looked(
        self, at: datetime | None, since_last: float | None, *, longest: float = LONGEST_GAP
    ) -> Search:
        """One more look. ``at``: by the service's clock; ``since_last``: seconds since the one before by this
        machine's monotonic clock, None where another run made it: then the service's clock tells.
        """
        if since_last is None and at is not None and self.last_at is not None:
            since_last = (at - self.last_at).total_seconds()
        gap = min(max(since_last or 0.0, 0.0), longest) if self.looks else 0.0
        return Search(self.seconds + gap, self.looks + 1, at or self.last_at)

    def in_vain(self, span: float) -> bool:
        """The verdict: looked for long enough, ``span`` seconds, and often enough, to give up."""
        return self.seconds >= span and self.looks >= FEWEST_LOOKS
