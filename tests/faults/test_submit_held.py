"""An order that could only fail is not sent: it waits, says why, and goes out when that is over."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.conftest import END, Rig
from tests.faults.rig import http
from tests.faults.waiting import current
from tests.unit.engine.conftest import Watched
from wan_tui.domain.errors import Money
from wan_tui.domain.job import Job, JobState
from wan_tui.domain.parameters import DEFAULT_MODEL as MODEL
from wan_tui.library import disk


async def held(watched: Watched, job: Job) -> Job:
    """The job, once it waits for the user's word."""
    await watched.until(lambda: watched.engine.stuck(current(watched, job.id)))
    return current(watched, job.id)


@pytest.mark.parametrize(("folder", "free"), [("films", 5 << 20), ("data", 1 << 20), ("films", 0)])
async def test_a_full_disk_is_found_before_the_order(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, folder: str, free: int
) -> None:
    """Films or history: nothing is sent, nothing is charged; with room again, f sends it once."""
    full = True

    # The films folder is made with the first film: until then the one above it tells.
    places = {rig.home / folder, rig.home / "data" if folder == "data" else rig.home}

    def space(place: Path) -> int:
        return free if full and place in places else 1 << 40

    monkeypatch.setattr(disk, "free_space", space)
    async with rig.engine() as watched:
        job = await held(watched, await rig.order(watched))
        assert (job.state, job.attempts, rig.service.requests("order")) == (JobState.WAITING, (), [])
        assert job.problem is not None
        assert (job.problem.code, job.problem.money) == ("disk_full", Money.FREE)
        full = False
        await watched.engine.try_again(job.id)
        assert (await watched.reaches(job.id, *END)).state is JobState.SAVED
    assert len(rig.service.requests("order")) == 1


async def test_a_disk_that_cannot_tell_stops_nothing(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network share may refuse the question and take the film."""

    def refuse(place: Path) -> int:
        if not rig.service.requests("order"):
            raise OSError(38, "not implemented")
        return 1 << 40

    monkeypatch.setattr(disk, "free_space", refuse)
    assert (await rig.end_of_one_order()).state is JobState.SAVED


async def test_a_balance_below_the_price_holds_the_order(rig: Rig) -> None:
    """Both numbers are told; topped up, f sends it, and the old balance is not believed."""
    rig.service.always("balance", http(json={"current_balance": 0.1, "currency": "USD"}))
    async with rig.engine() as watched:
        await watched.until(lambda: watched.engine.balance == 0.1 and watched.engine.price(MODEL) is not None)
        job = await held(watched, await rig.order(watched))
        assert (job.state, rig.service.requests("order")) == (JobState.WAITING, [])
        assert job.problem is not None
        assert (job.problem.code, job.problem.money) == ("no_credits", Money.FREE)
        assert "$0.10" in job.problem.message
        assert "$0.50" in job.problem.message
        rig.service.heal()
        await watched.engine.try_again(job.id)
        assert (await watched.reaches(job.id, *END)).state is JobState.SAVED


async def test_a_balance_topped_up_meanwhile_is_asked_for(rig: Rig) -> None:
    """What was read minutes ago holds nothing."""
    rig.service.play("balance", http(json={"current_balance": 0.1, "currency": "USD"}))
    async with rig.engine() as watched:
        await watched.until(lambda: watched.engine.balance == 0.1 and watched.engine.price(MODEL) is not None)
        assert (await watched.reaches((await rig.order(watched)).id, *END)).state is JobState.SAVED


async def test_a_balance_that_is_not_told_any_more_holds_nothing(rig: Rig) -> None:
    """The service knows it, and refuses for nothing."""
    rig.service.play("balance", http(json={"current_balance": 0.1, "currency": "USD"}))
    rig.service.always("balance", http(500, json={"message": "broken"}))
    async with rig.engine() as watched:
        await watched.until(lambda: watched.engine.balance == 0.1 and watched.engine.price(MODEL) is not None)
        assert (await watched.reaches((await rig.order(watched)).id, *END)).state is JobState.SAVED
