"""How far films are that are being fetched."""

from __future__ import annotations

from tests.ui.conftest import make_job
from wan_tui.domain.events import DownloadProgress, JobChanged
from wan_tui.domain.job import JobState
from wan_tui.ui.jobs.downloads import Downloads


def test_progress_is_kept_until_the_film_is_here() -> None:
    """The last one announced, whatever else changes about the job; of another job nothing is known."""
    job, saved = make_job(1, JobState.COMPLETED), make_job(1)
    half, more = DownloadProgress(job.id, 50, 100), DownloadProgress(job.id, 60, 100)
    downloads = Downloads()
    assert downloads.of(job.id) is None
    downloads.take_events([half, more])
    assert downloads.of(job.id) == more
    downloads.take_events([JobChanged(make_job(1, JobState.COMPLETED, starred=True), job)])
    assert downloads.of(job.id) == more
    assert downloads.of(make_job(2).id) is None
    downloads.take_events([JobChanged(saved, job)])
    assert downloads.of(job.id) is None
