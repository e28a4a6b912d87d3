"""The details pane."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.ui.conftest import NOW, FakeEngine, make_job
from tests.ui.pilots import at_jobs, pane, settled
from wan_tui.domain.events import DownloadProgress
from wan_tui.domain.job import JobState
from wan_tui.ui.app import Studio
from wan_tui.ui.jobs.job_details import JobDetails

Make = Callable[..., Studio]


def text(details: JobDetails) -> str:
    """What is painted, from the first visible line to the last."""
    return "\n".join(details.render_line(y).text.rstrip() for y in range(details.size.height))


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (200, 60)])
async def test_everything_can_be_read_at_any_size(studio: Make, size: tuple[int, int]) -> None:
    """Scrolled from top to end, every entry comes into sight, and no line is longer than the pane."""
    engine = FakeEngine([make_job(1, prompt="龍が夜空を飛ぶ " * 60 + "x" * 300)])
    async with at_jobs(studio(engine), size) as pilot:
        await pilot.press("enter")
        details = pane(pilot).query_one(JobDetails)
        assert text(details).startswith("State")
        seen = text(details)
        for _ in range(60):
            await pilot.press("j")
            seen += text(details)
        for label in ("File", "Cost", "Seed", "Ordered", "Took", "Job", "Address"):
            assert label in seen
        width = details.scrollable_content_region.width
        assert all(details.render_line(y).cell_length == width for y in range(details.size.height))


async def test_scrolling_by_keys(studio: Make) -> None:
    """j k g G and half pages; another job begins at its top."""
    engine = FakeEngine([make_job(1, prompt="word " * 400), make_job(2)])
    async with at_jobs(studio(engine), (80, 24)) as pilot:
        await pilot.press("enter", "j", "j", "k")
        details = pane(pilot).query_one(JobDetails)
        assert details.scroll_offset.y == 1
        await pilot.press("G")
        assert details.scroll_offset.y == details.max_scroll_y > 0
        await pilot.press("ctrl+u")
        assert 0 < details.scroll_offset.y < details.max_scroll_y
        await pilot.press("g")
        assert details.scroll_offset.y == 0
        await pilot.press("G", "2", "j", "enter")
        assert details.scroll_offset.y == 0


async def test_news_of_the_shown_job_is_shown(studio: Make) -> None:
    """From generating to saved, with the download in between."""
    engine = FakeEngine([make_job(1, JobState.COMPLETED)])
    job_id = engine.index.rows()[0].id
    async with at_jobs(studio(engine), (160, 50)) as pilot:
        details = pane(pilot).query_one(JobDetails)
        engine.announce(DownloadProgress(job_id, 1_000_000, 4_000_000))
        await settled(pilot)
        assert "25 % of 4.0 MB" in text(details)
        engine.change(job_id, state=JobState.SAVED, film_path="/films/boat.mp4", film_size=4_000_000)
        await settled(pilot)
        assert "/films/boat.mp4" in text(details)
        assert "Download" not in text(details)


async def test_times_run_on_while_a_job_runs(studio: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pane is painted by the second while something counts, and left alone when nothing does."""
    engine = FakeEngine([make_job(1, JobState.GENERATING)])
    async with at_jobs(studio(engine), (160, 50)) as pilot:
        details = pane(pilot).query_one(JobDetails)
        assert "3:00" in text(details)
        monkeypatch.setattr(engine, "now", lambda: NOW + timedelta(seconds=5))
        details._tick()
        assert "3:05" in text(details)


async def test_no_job_no_blank(studio: Make) -> None:
    """An empty pane says what it is for."""
    async with at_jobs(studio(FakeEngine()), (120, 40)) as pilot:
        assert "Select a job" in text(pane(pilot).query_one(JobDetails))


async def test_hostile_texts_are_text(studio: Make) -> None:
    """Markup and escape sequences in a prompt are shown as they are, or not at all, and do nothing."""
    engine = FakeEngine([make_job(1, prompt="cat [/bold] [@click=app.quit]x[/] \x1b]52;c;aGk=\x07")])
    async with at_jobs(studio(engine), (120, 40)) as pilot:
        shown = text(pane(pilot).query_one(JobDetails))
        assert "cat [/bold] [@click=app.quit]x[/]" in shown
        assert "\x1b" not in shown
        await pilot.click(JobDetails, offset=(30, 4))
        assert pilot.app.is_running
