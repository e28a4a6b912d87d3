"""When the balance is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.unit.engine.conftest import Rig
from tests.unit.library.jobs import make_job
from wan_tui.domain.errors import Failure, Money
from wan_tui.domain.events import JobChanged
from wan_tui.domain.job import JobState
from wan_tui.domain.parameters import DEFAULT_MODEL
from wan_tui.engine import prices
from wan_tui.engine.clock import Clock
from wan_tui.engine.connection_monitor import ConnectionMonitor
from wan_tui.engine.prices import Prices
from wan_tui.engine.schedule import Schedule


async def test_a_film_shows_in_the_balance_soon(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not only at the next of the regular questions."""
    monkeypatch.setattr(prices, "ACCOUNT_SECONDS", 1e9)
    async with rig.engine() as watched:
        engine = watched.engine
        await watched.until(lambda: engine.balance is not None)
        before = engine.balance or 0.0
        job = await engine.submit(rig.request())
        await watched.reaches(job.id, JobState.SAVED)
        await watched.until(lambda: (engine.balance or 0.0) < before)


class Account:
    """Counts the questions; each answer is another one. ``waits`` are the sleeps asked for, which end at will."""

    key = object()
    clock_offset: float | None = None

    def __init__(self) -> None:
        self.questions = 0
        self.catalogue: float | None = None
        self.waits: list[tuple[float, asyncio.Event]] = []

    async def balance(self) -> float:
        self.questions += 1
        return float(self.questions)

    async def price(self, model: str, defaults: object) -> float | None:
        return self.catalogue

    async def sleep(self, seconds: float) -> None:
        over = asyncio.Event()
        self.waits.append((seconds, over))
        await over.wait()


@contextmanager
def asking(account: Account) -> Iterator[Prices]:
    api: Any = account
    link = ConnectionMonitor(lambda event: None, has_key=True)
    asked = Prices(api, link, Schedule(), Clock(sleep=account.sleep), lambda event: None)
    task = asyncio.create_task(asked.run())
    try:
        yield asked
    finally:
        task.cancel()


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_price_that_was_not_told_is_asked_for_again() -> None:
    """A catalogue that was down when the program began: the price is known at the next of the regular questions."""
    account = Account()
    with asking(account) as asked:
        await settle()
        assert asked.known(DEFAULT_MODEL) is None
        account.catalogue = 0.5
        account.waits[-1][1].set()
        await settle()
        assert asked.known(DEFAULT_MODEL) == 0.5


async def test_many_changes_are_one_question() -> None:
    """Jobs that were taken or came to an end within some seconds of each other."""
    account = Account()
    taken = make_job(1, state=JobState.SUBMITTING), make_job(1, state=JobState.QUEUED, generation_id="g")
    with asking(account) as asked:
        await settle()
        assert account.questions == 1
        for _ in range(5):
            asked.notice(JobChanged(taken[1], taken[0]))
            await settle()
        assert account.questions == 1
        seconds, over = account.waits[-1]
        assert seconds < 10
        over.set()
        await settle()
        assert account.questions == 2
        assert account.waits[-1][0] >= 300


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"state": JobState.QUEUED}, {"state": JobState.GENERATING}),
        ({"state": JobState.SAVED}, {"state": JobState.SAVED, "starred": True}),
        (
            {"state": JobState.SUBMITTING, "generation_id": None},
            {"state": JobState.FAILED, "generation_id": None, "error": Failure("rejected", "", Money.FREE)},
        ),
    ],
    ids=["at work", "starred", "refused"],
)
async def test_what_moves_no_money_is_no_reason_to_ask(before: dict[str, Any], after: dict[str, Any]) -> None:
    """The regular question is soon enough."""
    account = Account()
    with asking(account) as asked:
        await settle()
        old = make_job(1, **{"generation_id": "g", **before})
        asked.notice(JobChanged(make_job(1, **{"generation_id": "g", **after}), old))
        await settle()
        assert [seconds for seconds, _ in account.waits] == [300.0]
