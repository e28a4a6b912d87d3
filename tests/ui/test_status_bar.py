"""The status bar."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.ui.conftest import FakeEngine, make_job
from tests.ui.pilots import at_jobs, settled, studio_screen
from wan_tui.domain.events import BalanceChanged, Connection, ConnectionChanged
from wan_tui.domain.job import Cost, JobState
from wan_tui.ui.app import Studio
from wan_tui.ui.shell.status_bar import StatusBar

Make = Callable[..., Studio]


def bar(pilot: Pilot[Any]) -> str:
    status: StatusBar = studio_screen(pilot).query_one(StatusBar)
    return status.render().plain


async def test_where_what_and_how_much(studio: Make, busy_engine: FakeEngine) -> None:
    """Link and host, what is at work, what is left, what today cost."""
    async with at_jobs(studio(busy_engine)) as pilot:
        assert bar(pilot).startswith("● online · api.aimlapi.com")
        assert "2 running · 1 waiting · 1 in doubt · $12.34 left · 1 to save · $4.20 today" in bar(pilot)


async def test_it_follows_the_news(studio: Make) -> None:
    """A film that is done leaves the count and adds to today's money; the balance goes down."""
    engine = FakeEngine([make_job(1, JobState.GENERATING)])
    async with at_jobs(studio(engine)) as pilot:
        assert "1 running" in bar(pilot)
        engine.change(engine.index.rows()[0].id, state=JobState.SAVED, cost=Cost(0.5, None, "answer"))
        engine.balance = 11.84
        engine.announce(BalanceChanged(11.84))
        await settled(pilot)
        assert "nothing running · $11.84 left · $0.50 today" in bar(pilot)


@pytest.mark.parametrize(
    ("link", "word"),
    [
        (Connection.OFFLINE, "○ offline"),
        (Connection.NO_KEY, "! no key"),
        (Connection.KEY_REFUSED, "! key refused"),
    ],
)
async def test_trouble_with_the_link(studio: Make, link: Connection, word: str) -> None:
    """The state is a word and a sign, with the reason as plain text."""
    engine = FakeEngine()
    async with at_jobs(studio(engine)) as pilot:
        engine.connection = link
        engine.announce(ConnectionChanged(link, "because of [/b]"))
        await settled(pilot)
        assert bar(pilot).startswith(f"{word}: because of [/b]")


async def test_demo(studio: Make) -> None:
    """The demo does not pose as the service."""
    async with at_jobs(studio(FakeEngine(), demo=True)) as pilot:
        assert bar(pilot).startswith("● online · demo")


@pytest.mark.parametrize("width", [60, 66, 80, 120])
async def test_it_fits_one_line(studio: Make, busy_engine: FakeEngine, width: int) -> None:
    """Where there is no room the least needed is left out, never cut in half."""
    busy_engine.connection = Connection.OFFLINE
    async with at_jobs(studio(busy_engine), (width, 24)) as pilot:
        busy_engine.announce(ConnectionChanged(Connection.OFFLINE, "no route to the host " * 5))
        await settled(pilot)
        status: StatusBar = studio_screen(pilot).query_one(StatusBar)
        assert status.render().cell_length <= status.size.width
        assert "2 running" in bar(pilot)


async def test_too_many_jobs_to_ask_about_each_in_its_rhythm(studio: Make) -> None:
    """Why a film that is done may still be shown as being made."""
    engine = FakeEngine([make_job(1, JobState.GENERATING)])
    engine.crowded_round = 1250.0
    async with at_jobs(studio(engine)) as pilot:
        assert "1 running, each checked every 20 min · $12.34 left" in bar(pilot)


@pytest.mark.parametrize(
    ("states", "shown"),
    [
        ([JobState.GENERATING, JobState.WAITING], "1 running, each checked every 20 min · 1 waiting"),
        ([JobState.UNCONFIRMED], "1 in doubt · $12.34 left"),
        ([JobState.COMPLETED], "nothing running · $12.34 left"),
    ],
)
async def test_only_running_jobs_are_asked_about(studio: Make, states: list[JobState], shown: str) -> None:
    """Not orders that wait or are looked for, nor films that are being fetched."""
    engine = FakeEngine([make_job(number, state) for number, state in enumerate(states, 1)])
    engine.crowded_round = 1250.0
    async with at_jobs(studio(engine)) as pilot:
        assert shown in bar(pilot)
