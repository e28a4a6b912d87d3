"""Cases thought out by someone who had not seen the mending: clocks set in between, odd rows, other keys."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.faults.conftest import END, KEY, Jumps, Rig
from tests.faults.rig import Recorded, Reset, Step, http
from tests.faults.service import Taken, asked_for, log_row
from tests.faults.test_evidence import BRISK, HASTY, OTHER_ACCOUNT, doubtful, known
from tests.faults.test_identity import backup_before_it_left, left_waiting, restore
from tests.faults.waiting import current
from tests.unit.engine.conftest import Watched
from wan_tui.domain.errors import Money
from wan_tui.domain.job import Job, JobState
from wan_tui.domain.times import iso


def real_now() -> datetime:
    return datetime.now(UTC)


def ledger_of(rig: Rig, *rows: dict[str, Any]) -> None:
    rig.service.always("ledger", http(json={"data": rows, "pagination": {"has_more": False}}))


def charge(at: datetime, **changes: Any) -> dict[str, Any]:
    return {"created_at": iso(at), "direction": "CHARGE", "reference_id": "gen-77", **changes}


def taken_before(rig: Rig, job: Job) -> Taken:
    """The order of ``job`` as another process sent it, not in the log yet."""
    order = Taken("gen-77", f"{job.id}.1.OTHER", real_now(), in_log=False, key=f"Bearer {KEY}")
    rig.service.till.append(order)
    return order


async def line_goes_quiet(rig: Rig) -> None:
    """The service tells no more time outside of what is asked on purpose."""
    rig.service.always("balance", [Reset()])
    rig.service.always("prices", [Reset()])
    await asyncio.sleep(0.1)


async def stuck_or_saved(watched: Watched, job: Job) -> None:
    await watched.until(
        lambda: (
            watched.engine.stuck(current(watched, job.id)) or current(watched, job.id).state is JobState.SAVED
        )
    )


@pytest.mark.parametrize("hours", [-72, 26, 72])
async def test_a_clock_set_between_the_last_answer_and_the_order(rig: Rig, hours: int) -> None:
    """A busy account: the row is on the log's second page, and it is looked for there."""
    rig.service.clock = real_now
    jumps = Jumps()
    async with rig.engine(clock=jumps.clock(), interval=0.002) as watched:
        await watched.engine.refresh()
        await line_goes_quiet(rig)
        jumps.ahead = timedelta(hours=hours)
        job = await doubtful(rig, watched)
        foreign = log_row(Taken("other", "other", real_now()))
        rig.service.rows = [{**foreign, "inference_id": f"other-{n}"} for n in range(150)]
        rig.service.show_rows()
        ended = await watched.reaches(job.id, *END)
    assert ended.state is JobState.SAVED, ended.error


@pytest.mark.parametrize("hours", [-49, 49])
async def test_a_gateway_with_a_wrong_date_when_the_order_was_sent(rig: Rig, hours: int) -> None:
    """The log never shows the order, the ledger a charge at another time than was noted: never "not charged"."""
    rig.service.clock = lambda: real_now() + timedelta(hours=hours)
    ledger_of(rig, charge(real_now()))
    async with rig.engine(interval=HASTY) as watched:
        await watched.engine.refresh()
        job = await doubtful(rig, watched)
        rig.service.till[0].id = "gen-77"
        rig.service.clock = real_now
        ended = await watched.reaches(job.id, *END)
        assert ended.error is not None
        assert ended.error.money is Money.UNKNOWN
        await watched.engine.try_again(job.id)
        await watched.reaches(job.id, JobState.SAVED)


@pytest.mark.parametrize("row", [{"created_at": None}, {"direction": "DEBIT"}, {"direction": None}], ids=str)
async def test_a_charge_hours_later_or_in_other_words(rig: Rig, row: dict[str, Any]) -> None:
    """Charged when the film is made, or called something else: it may be the order's, and is never ruled out."""
    ledger_of(rig, charge(real_now() + timedelta(hours=3), **row))
    async with rig.engine(interval=HASTY) as watched:
        job = await doubtful(rig, watched)
        rig.service.till[0].id = "gen-77"
        ended = await watched.reaches(job.id, *END)
        assert ended.error is not None
        assert ended.error.money is Money.UNKNOWN
        await watched.engine.try_again(job.id)
        await watched.reaches(job.id, JobState.SAVED)


@pytest.mark.parametrize("word", ["processing", "billed", None])
async def test_a_log_row_with_a_word_nobody_has_heard_of(rig: Rig, word: str | None) -> None:
    """The service has the order of another run: it is followed, not sent again."""
    job = left_waiting(rig)
    rig.service.rows = [{**log_row(taken_before(rig, job)), "status": word}]
    async with rig.engine(interval=BRISK) as watched:
        await known(watched)
        assert (await watched.reaches(job.id, *END)).state is JobState.SAVED
    assert rig.service.requests("order") == []


@pytest.mark.parametrize("status", [429, 503])
async def test_a_ledger_that_cannot_be_read_for_a_moment(rig: Rig, status: int) -> None:
    """It is the last witness of an order of another run: waited for, and believed."""
    job = left_waiting(rig)
    taken_before(rig, job)
    ledger_of(rig, charge(real_now()))
    rig.service.play("ledger", http(status), http(status))
    async with rig.engine(interval=BRISK) as watched:
        await known(watched)
        await stuck_or_saved(watched, job)
        problem = current(watched, job.id).problem
        assert problem is not None
        assert problem.code == "maybe_charged"
    assert rig.service.requests("order") == []


async def test_a_backup_opened_with_another_key(rig: Rig) -> None:
    """The log of another key shows nothing of what was sent since: the user is asked."""
    job, copy = await backup_before_it_left(rig)
    async with rig.engine(interval=BRISK) as watched:
        await known(watched)
        await watched.engine.try_again(job.id)
        await watched.reaches(job.id, JobState.SAVED)
    restore(rig, copy)
    async with rig.engine(interval=BRISK, key=OTHER_ACCOUNT) as watched:
        await known(watched)
        await stuck_or_saved(watched, job)
        problem = current(watched, job.id).problem
        assert problem is not None
        assert problem.code == "other_key"
    assert len(rig.service.requests("order")) == 1


@pytest.mark.parametrize("status", [302, 409, 500])
async def test_an_id_of_an_order_that_came_to_nothing(rig: Rig, status: int) -> None:
    """The log says failed: not charged, and no day of asking for a film that never was."""

    def refuse(request: Recorded) -> Step:
        rig.service.take(request, "gen-77", succeeded=False)
        rig.service.always("status", http(404))
        return http(status, json={"message": "no"}, headers={"x-inference-id": "gen-77"})

    rig.service.play("order", refuse)
    async with rig.engine(interval=HASTY) as watched:
        ended = await watched.reaches((await rig.order(watched)).id, *END)
    assert ended.error is not None
    assert (ended.error.code, ended.error.money) == ("failed_at_service", Money.FREE)


async def test_another_key_that_is_not_let_see_the_job(rig: Rig) -> None:
    """403 instead of 404: the job says that it waits for its key, which itself stays in use."""
    rig.service.always(
        "status", lambda request: http(json={"id": asked_for(request), "status": "generating"})
    )
    async with rig.engine() as watched:
        job = await watched.reaches((await rig.order(watched)).id, JobState.GENERATING)
    rig.service.always("status", http(403, json={"message": "This generation belongs to another account"}))
    async with rig.engine(interval=HASTY, key=OTHER_ACCOUNT) as watched:
        await known(watched)
        await watched.until(
            lambda: (problem := current(watched, job.id).problem) is not None and problem.code == "other_key"
        )
        assert current(watched, job.id).state is JobState.GENERATING
    rig.service.heal()
    async with rig.engine() as watched:
        await known(watched)
        assert (await watched.reaches(job.id, *END)).state is JobState.SAVED
