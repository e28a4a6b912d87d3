"""Helpers for tests of the job pane: open a studio with the focus in the list, and inspect it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from unittest.mock import patch

from textual.pilot import Pilot

from wan_tui.ui.app import Studio
from wan_tui.ui.jobs.job_list import JobList
from wan_tui.ui.jobs.job_pane import JobPane
from wan_tui.ui.jobs.job_table import JobTable
from wan_tui.ui.shell import event_batcher
from wan_tui.ui.shell.feedback_line import FeedbackLine


@asynccontextmanager
async def at_jobs(app: Studio, size: tuple[int, int] = (120, 40)) -> AsyncIterator[Pilot[Any]]:
    """Run the studio with the focus in the job list; events are delivered without delay."""
    with patch.object(event_batcher, "PAUSE", 0.0):
        async with app.run_test(size=size) as pilot:
            await app.ready.wait()
            await pilot.pause()
            await pilot.press("escape")
            yield pilot


async def settled(pilot: Pilot[Any]) -> None:
    """Wait until announced events are on the screen: one round for the batch, one for what it causes."""
    await pilot.pause()
    await pilot.pause()


async def filtered(pilot: Pilot[Any]) -> None:
    """Wait until a search in a thread has finished and its result is on the screen."""
    searches = [worker for worker in pilot.app.workers if worker.group == "filter"]
    if searches:  # an empty list would mean all workers
        await pilot.app.workers.wait_for_complete(searches)
    await settled(pilot)


def studio_screen(pilot: Pilot[Any]) -> Any:
    return pilot.app.screen_stack[0]


def pane(pilot: Pilot[Any]) -> JobPane:
    found: JobPane = studio_screen(pilot).query_one(JobPane)
    return found


def jobs(pilot: Pilot[Any]) -> JobList:
    return pane(pilot).query_one(JobList)


def table(pilot: Pilot[Any]) -> JobTable:
    return pane(pilot).query_one(JobTable)


def lines(pilot: Pilot[Any]) -> list[str]:
    """The table as painted, line by line."""
    shown = table(pilot)
    return [shown.render_line(y).text.rstrip() for y in range(shown.size.height)]


def feedback(pilot: Pilot[Any]) -> str:
    """The feedback line as shown on the topmost screen; "" if it is hidden."""
    lines = [line for line in pilot.app.screen.query(FeedbackLine) if line.display]
    return "\n".join(str(line.render()) for line in lines)


def all_feedback(pilot: Pilot[Any]) -> str:
    """All feedback shown or waiting, line by line."""
    app = pilot.app
    assert isinstance(app, Studio)
    queue = app._feedback._queue
    return "\n".join(line.text for line in filter(None, (queue._answer, *queue._waiting)))
