"""A service that has too much to do."""

from __future__ import annotations

import asyncio
import itertools
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tests.faults.conftest import END, Rig
from tests.faults.rig import Recorded, Step, http
from tests.faults.waiting import current
from tests.patience import until
from wan_tui.domain.errors import Money
from wan_tui.domain.job import JobState
from wan_tui.engine.clock import Clock

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


async def test_retry_after_is_obeyed(rig: Rig) -> None:
    """429 with Retry-After: 1 twice, then 200: exactly one accepted, the waits obeyed, a fresh client id each time."""
    arrivals: list[float] = []

    def busy(request: Recorded) -> Step:
        arrivals.append(time.monotonic())
        return http(429, json={"message": "slow down"}, headers={"Retry-After": "1"})

    def taken(request: Recorded) -> Step:
        arrivals.append(time.monotonic())
        return rig.service.answer_order(request)

    rig.service.play("order", busy, busy, taken)
    job = await rig.end_of_one_order()
    assert job.state is JobState.SAVED, job.error
    assert [order.client_id.rpartition(".")[0] for order in rig.service.till] == [f"{job.id}.3"]
    gaps = [after - before for before, after in itertools.pairwise(arrivals)]
    print("waited", gaps)
    assert all(gap > 0.99 for gap in gaps)


_DATE = format_datetime(NOW, usegmt=True)
_RETRY_AFTER = [
    "0",
    "-10",
    "61",
    "1.5",
    "1e9",
    "",
    "9" * 35,
    "soon",
    format_datetime(NOW - timedelta(hours=1), usegmt=True),
    format_datetime(NOW + timedelta(seconds=30), usegmt=True),
    format_datetime(NOW + timedelta(days=400), usegmt=True),
    "Zun, 06 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 99999 08:49:37 GMT",
]


@pytest.mark.parametrize("value", _RETRY_AFTER)
async def test_odd_retry_after(rig: Rig, value: str) -> None:
    """429 with any Retry-After, the server's clock being 3 hours off: bounded waits, no crash, one accepted."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        await asyncio.sleep(min(seconds, 0.01))

    busy = http(429, json={"message": "busy"}, headers={"Retry-After": value, "Date": _DATE})
    rig.service.play("order", busy)
    async with rig.engine(clock=Clock(sleep=sleep)) as watched:
        job = await watched.reaches((await rig.order(watched)).id, *END)
    assert job.state is JobState.SAVED, job.error
    assert all(0 < wait <= 60.0 for wait in waits)


async def test_endless_429(rig: Rig) -> None:
    """429 for ever without a Retry-After: 5 tries more, then it is the user's turn, nothing ordered."""
    rig.service.always("order", http(429, json={"message": "busy"}))
    async with rig.engine() as watched:
        ordered = await rig.order(watched)
        await watched.until(
            lambda: (job := watched.engine.job(ordered.id)) is not None and watched.engine.stuck(job)
        )
    assert len(rig.service.requests("order")) == 6
    [job] = await rig.checked()
    assert job.state is JobState.WAITING
    assert job.problem is not None
    assert job.problem.money is Money.FREE


async def test_429_that_was_taken_after_all(rig: Rig) -> None:
    """429 although the order was taken: the look in the log before the next try finds it, so nothing is sent twice."""
    rig.service.play("order", rig.service.accept(http(429, json={"message": "busy"})))
    job = await rig.end_of_one_order()
    assert job.state is JobState.SAVED, job.error
    assert len(rig.service.requests("order")) == 1


async def test_429_and_the_log_is_no_use(rig: Rig) -> None:
    """429 although the order was taken, and the log does not answer: it is not sent again before the log has spoken."""
    rig.service.play("order", rig.service.accept(http(429, json={"message": "busy"})))
    rig.service.play("logs", *[http(500)] * 4)
    job = await rig.end_of_one_order()
    assert job.state is JobState.SAVED, job.error
    assert len(rig.service.requests("order")) == 1


async def test_429_and_the_log_never_answers(rig: Rig) -> None:
    """The same for ever: after a while it is the user's turn; nothing was sent twice."""
    rig.service.play("order", rig.service.accept(http(429, json={"message": "busy"})))
    rig.service.always("logs", http(403, json={"message": "A management key is needed"}))
    async with rig.engine() as watched:
        ordered = await rig.order(watched)
        await until(lambda: watched.engine.stuck(current(watched, ordered.id)))
    assert len(rig.service.requests("order")) == 1


@pytest.mark.usefixtures("slow_disk")
async def test_429_that_was_taken_and_held_back_since(rig: Rig) -> None:
    """A day later it is too old to be sent without the user's word, but not to be looked for: it is found by itself.

    That it is the user's turn is said only together with why, however slow the disk is.
    """
    rig.service.play("order", rig.service.accept(http(429, json={"message": "busy"})))
    rig.service.always("logs", http(500))
    async with rig.engine() as watched:
        ordered = await rig.order(watched)
        await until(lambda: watched.engine.stuck(current(watched, ordered.id)))
        assert (problem := current(watched, ordered.id).problem) is not None
        assert problem.code == "not_looked_up"
    rig.service.heal()
    rig.service.show_rows()
    later = Clock(now=lambda: datetime.now(UTC) + timedelta(hours=20))
    async with rig.engine(clock=later) as watched:
        assert (await watched.reaches(ordered.id, *END)).state is JobState.SAVED
    assert len(rig.service.requests("order")) == 1
