"""How far the films are that are being fetched, kept once for all who show it."""

from __future__ import annotations

from collections.abc import Sequence

from wan_tui.domain.events import DownloadProgress, Event, JobChanged
from wan_tui.domain.job import JobState


class Downloads:
    """What is known of a job's download is kept as long as its film is on the way."""

    def __init__(self) -> None:
        self._progress: dict[str, DownloadProgress] = {}

    def of(self, job_id: str) -> DownloadProgress | None:
        """How far the film of this job is; None: it is not being fetched."""
        return self._progress.get(job_id)

    def take_events(self, events: Sequence[Event]) -> None:
        """Take in a batch of what the engine announced."""
        for event in events:
            if isinstance(event, DownloadProgress):
                self._progress[event.job_id] = event
            elif isinstance(event, JobChanged) and event.job.state is not JobState.COMPLETED:
                self._progress.pop(event.job.id, None)
