"""Worker for completed jobs: polls until the service gives the link, then fetches the film."""

from __future__ import annotations

from wan_tui.domain.job import Job
from wan_tui.engine.job_supervisor import Worker


class Completed:
    """Moves jobs from *completed* to *saved* or *expired*: with ``poller`` without a link, else ``downloader``."""

    def __init__(self, poller: Worker, downloader: Worker) -> None:
        self._poller = poller
        self._downloader = downloader

    def delay(self, job: Job) -> float | None:
        return self._worker(job).delay(job)

    async def step(self, job: Job) -> None:
        await self._worker(job).step(job)

    def _worker(self, job: Job) -> Worker:
        return self._poller if job.awaits_link else self._downloader
