"""How far a job has come, as a bar of cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wan_tui.domain.events import DownloadProgress
from wan_tui.domain.job import JobState

if TYPE_CHECKING:
    from datetime import datetime

    from wan_tui.domain.rows import JobRow
    from wan_tui.engine.api import EngineApi

DONE, LEFT = "━", "─"
_MOST = 0.97
"""An estimate never fills the bar: only the film does."""


def fraction(
    engine: EngineApi, row: JobRow, progress: DownloadProgress | None, now: datetime
) -> float | None:
    """The part of the film that is made, by the estimate, or fetched; None if unknown or if neither goes on."""
    if row.state is JobState.COMPLETED:
        return min(1.0, progress.received / progress.total) if progress and progress.total else None
    if not row.state.running or (job := engine.job(row.id)) is None:
        return None
    left = engine.time_left(job, now)
    if left is None:
        return None
    elapsed = max(0.0, now.timestamp() - (row.submitted_at or row.created_at))
    rest = 0.0 if left.slow else (left.low + left.high) / 2
    return min(_MOST, elapsed / max(1.0, elapsed + rest))


def bar(part: float, width: int) -> tuple[str, str]:
    """What is done and what is left, together ``width`` cells."""
    done = max(0, min(width, int(part * width)))
    return DONE * done, LEFT * (width - done)
