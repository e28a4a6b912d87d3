"""The turns that downloads take."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.patience import PATIENCE
from wan_tui.domain.job import Job, JobState
from wan_tui.domain.observations import FilmSaved, Observation
from wan_tui.domain.parameters import DEFAULT_MODEL, Dialect
from wan_tui.engine.clock import Clock
from wan_tui.engine.connection_monitor import ConnectionMonitor
from wan_tui.engine.downloader import Downloader
from wan_tui.engine.schedule import Schedule

MADE = Job(
    id="01JOB",
    state=JobState.COMPLETED,
    model=DEFAULT_MODEL,
    parameters={},
    endpoint=Dialect.VENDOR,
    created_at=datetime(2026, 11, 22, tzinfo=UTC),
    video_url="https://films.example/a.mp4",
)


async def test_dead_links_that_wait_for_a_key_hold_up_no_other_download(tmp_path: Path) -> None:
    """More of them than there are turns; the film whose link lives is fetched all the same."""
    film = tmp_path / "film.mp4"
    film.write_bytes(b"film")
    seen: list[Observation] = []

    async def record(job_id: str, observation: Observation) -> None:
        seen.append(observation)

    films: Any = SimpleNamespace(adopt=lambda job, finish: film, forget=lambda job: None)
    links: Any = SimpleNamespace(forget=lambda job_id: None)
    recorder: Any = SimpleNamespace(record=record)
    client: Any = None
    link = ConnectionMonitor(lambda event: None, has_key=False)
    context: Any = SimpleNamespace(
        recorder=recorder,
        connection=link,
        schedule=Schedule(),
        clock=Clock(),
        announce=lambda event: None,
    )
    downloader = Downloader(context, client, films, links)
    dead = [asyncio.create_task(downloader.step(replace(MADE, video_url=None))) for _ in range(5)]
    await asyncio.sleep(0)
    async with asyncio.timeout(PATIENCE):
        await downloader.step(MADE)
    assert seen == [FilmSaved(str(film), 4)]
    for task in dead:
        task.cancel()
    await asyncio.gather(*dead, return_exceptions=True)
