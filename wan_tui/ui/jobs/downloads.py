"""The progress of downloads, kept once for all widgets that show it."""

from __future__ import annotations

from collections.abc import Sequence

from wan_tui.domain.events import DownloadProgress, Event, JobChanged
from wan_tui.domain.job import JobState


class Downloads:
    """The progress of a download is kept while the film is being fetched."""

    def __init__(self) -> None:
        self._progress: dict[str, DownloadProgress] = {}

    def of(self, job_id: str) -> DownloadProgress | None:
        """How far the film of this job is; None: it is not being fetched."""
        return self._progress.get(job_id)

    def take_events(self, events: Sequence[Event]) -> None:
        """Handle a batch of engine events."""
        for event in events:
            if isinstance(event, DownloadProgress):
                self._progress[event.job_id] = event
            elif isinstance(event, JobChanged) and event.job.state is not JobState.COMPLETED:
                self._progress.pop(event.job.id, None)
