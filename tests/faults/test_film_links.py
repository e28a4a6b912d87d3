"""Links that a host refuses, and clocks that are wrong: a paid film is given up only when all who know say so."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tests.faults.conftest import END, Jumps, Rig
from tests.faults.rig import Recorded, Step, http
from tests.faults.service import asked_for
from tests.faults.waiting import asked, changes, current
from tests.patience import until
from wan_tui.domain.errors import Money
from wan_tui.domain.job import JobState
from wan_tui.engine.schedule import DAY

DENIED = (
    "<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Request has expired.</Message></Error>"
)
DAYS = timedelta(days=3)


def dated(moment: datetime) -> dict[str, str]:
    return {"Date": format_datetime(moment, usegmt=True)}


def link(rig: Rig, expires: datetime | None, path: str = "/film.mp4") -> str:
    query = f"?Expires={int(expires.timestamp())}" if expires else ""
    return rig.service.films.url + path + query


def completed_with(rig: Rig, url: str, headers: dict[str, str] | None = None) -> Callable[[Recorded], Step]:
    return lambda request: http(
        json=rig.service.completed(asked_for(request), video={"url": url}), headers=headers
    )


@pytest.mark.parametrize("ahead", [DAYS, -DAYS, timedelta(hours=26)], ids=str)
async def test_a_wrong_clock_gives_no_link_up(rig: Rig, ahead: timedelta) -> None:
    """Our clock is days off from the start: the link that lives for a day is asked, and the film is saved."""
    rig.service.always("status", completed_with(rig, link(rig, datetime.now(UTC) + timedelta(days=1))))
    async with rig.engine(clock=Jumps(ahead).clock()) as watched:
        job = await watched.reaches((await rig.order(watched)).id, *END)
    assert job.state is JobState.SAVED, job.error


@pytest.mark.parametrize("answer", [400, 401, 403, 404, 410], ids=str)
@pytest.mark.parametrize("times", [1, 2, 7])
async def test_a_host_that_says_no_at_first(rig: Rig, answer: int, times: int) -> None:
    """A host that does not have the film yet: tried again with growing waits, not a question to the service each."""
    url = link(rig, datetime.now(UTC) + timedelta(days=1))
    rig.service.always("status", completed_with(rig, url))
    rig.service.play("film", *[http(answer, DENIED)] * times)
    async with rig.engine(clock=Jumps(DAYS).clock()) as watched:
        job = await watched.reaches((await rig.order(watched)).id, *END)
    assert job.state is JobState.SAVED, job.error
    problems = {seen.problem for seen in changes(watched) if seen.problem}
    assert problems
    assert all(problem.money is Money.CHARGED for problem in problems)
    assert len(rig.service.requests("film")) == times + 1
    assert len(rig.service.requests("status")) - 1 <= (times + 1) // 2


async def test_a_page_that_says_access_denied_at_first(rig: Rig) -> None:
    """The same with HTTP 200 and a page."""
    rig.service.play("film", *[http(200, DENIED, headers={"Content-Type": "text/xml"})] * 2)
    job = await rig.end_of_one_order()
    assert job.state is JobState.SAVED, job.error


async def test_a_refusal_is_tried_on_without_a_key(rig: Rig) -> None:
    """The service takes the key no more: the link needs none, so the host is asked on."""
    rig.service.play("film", *[http(404)] * 4)
    rig.service.play("status", rig.service.answer_status)
    rig.service.always("status", http(401, json={"message": "no"}))
    job = await rig.end_of_one_order()
    assert job.state is JobState.SAVED, job.error


@pytest.mark.parametrize("who", ["host", "service"])
async def test_over_by_the_time_of_others(rig: Rig, who: str) -> None:
    """Refused, its date over by the time of host or service, no other link: expired, whatever our clock says."""
    expires = datetime.now(UTC) - timedelta(hours=1)
    now = dated(datetime.now(UTC))
    rig.service.always("status", completed_with(rig, link(rig, expires), now if who == "service" else None))
    rig.service.always("film", http(403, DENIED, headers=now if who == "host" else None))
    ahead = -DAYS if who == "host" else timedelta()
    async with rig.engine(clock=Jumps(ahead).clock()) as watched:
        job = await watched.reaches((await rig.order(watched)).id, *END)
        assert job.state is JobState.EXPIRED
        assert job.error is not None
        assert job.error.money is Money.CHARGED
        # It lives after all: whoever gave it up, f fetches it.
        rig.service.play("film", rig.service.whole_film)
        await watched.engine.try_again(job.id)
        assert (await watched.reaches(job.id, JobState.SAVED)).error is None


async def test_over_but_nobody_says_what_time_it_is(rig: Rig) -> None:
    """Neither host nor service tell the time: our clock alone gives nothing up."""
    rig.service.always("status", completed_with(rig, link(rig, datetime.now(UTC) - timedelta(hours=1))))
    rig.service.always("film", http(403, DENIED))
    async with rig.engine() as watched:
        job = await rig.order(watched)
        await asked(rig.service, "film", 6)
        assert current(watched, job.id).state is JobState.COMPLETED
        rig.service.heal()
        assert (await watched.reaches(job.id, *END)).state is JobState.SAVED


async def test_a_link_without_a_date_gets_a_day_of_trying(rig: Rig) -> None:
    """No date: given up after 24 hours of tries, counted over all runs; not by hours in which nobody tried."""
    rig.service.always("status", completed_with(rig, link(rig, None)))
    rig.service.always("film", http(404))
    async with rig.engine() as watched:
        job = await rig.order(watched)
        await asked(rig.service, "film", 4)
        assert current(watched, job.id).state is JobState.COMPLETED
    [record] = (rig.home / "films").glob("*.part.json")
    known = json.loads(record.read_text())
    assert 0 < known["refused"] < 60
    record.write_text(json.dumps({**known, "refused": 0.9 * DAY / 100}))
    jumps = Jumps(timedelta(days=9))
    async with rig.engine(clock=jumps.clock()) as watched:
        await asked(rig.service, "film", len(rig.service.requests("film")) + 3)
        assert current(watched, job.id).state is JobState.COMPLETED
    record.write_text(json.dumps({**known, "refused": DAY / 100}))
    async with rig.engine() as watched:
        assert (await watched.reaches(job.id, *END)).state is JobState.EXPIRED


async def test_a_fresh_link_is_taken_between(rig: Rig) -> None:
    """The host never gives the first link's film; the service has another link after a while."""
    first, second = (link(rig, datetime.now(UTC) + timedelta(days=1), f"/{n}.mp4") for n in (1, 2))
    rig.service.play("status", *[completed_with(rig, first)] * 3)
    rig.service.always("status", completed_with(rig, second))
    rig.service.always(
        "film", lambda request: rig.service.whole_film(request) if "/2" in request.target else http(403)
    )
    job = await rig.end_of_one_order()
    assert job.state is JobState.SAVED, job.error


async def test_waits_grow(rig: Rig) -> None:
    """Refused for long: the host is asked less and less often."""
    rig.service.always("film", http(404))
    async with rig.engine() as watched:
        job = await rig.order(watched)
        await watched.reaches(job.id, JobState.COMPLETED)
        await asyncio.sleep(1.0)
        assert len(rig.service.requests("film")) < 12
        rig.service.heal()
        await watched.engine.try_again(job.id)
        await until(lambda: current(watched, job.id).state is JobState.SAVED)
