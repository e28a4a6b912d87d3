"""Giving up rests on evidence: not on a clock, not on one id, not on another key, not on a name."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.faults.conftest import END, Jumps, Rig
from tests.faults.rig import Hang, Recorded, Reset, Step, http
from tests.faults.service import asked_for
from tests.faults.waiting import asked, current, told
from tests.patience import until
from tests.unit.engine.conftest import Watched
from wan_tui.domain.errors import Money
from wan_tui.domain.job import Job, JobState
from wan_tui.domain.search import Search
from wan_tui.domain.times import iso
from wan_tui.library.history import History

BRISK = 0.01
"""Poll interval at which the ten minutes in which a 404 means nothing are 0.6 s."""
HASTY = 0.0002
"""Poll interval at which a day of looking takes some two seconds."""
OTHER_ACCOUNT = "k-of-another-account"


async def known(watched: Watched) -> None:
    await watched.until(lambda: len(watched.engine.index) >= 1)


async def doubtful(rig: Rig, watched: Watched) -> Job:
    """An order that was taken, whose answer was lost, and of which the log does not know yet."""
    rig.service.log_open = False
    rig.service.play("order", rig.service.accept(Reset()))
    return await watched.reaches((await rig.order(watched)).id, JobState.UNCONFIRMED)


# Clocks


@pytest.mark.parametrize("hours", [-72, -26, -1, 1, 26, 72])
async def test_a_wrong_clock_when_the_answer_is_lost(rig: Rig, hours: int) -> None:
    """A day behind or ahead, all along: in doubt until the row shows, then found; never "not charged"."""
    jumps = Jumps(timedelta(hours=hours))
    async with rig.engine(interval=BRISK, clock=jumps.clock()) as watched:
        job = await doubtful(rig, watched)
        await asked(rig.service, "logs", 5)
        assert current(watched, job.id).state is JobState.UNCONFIRMED
        rig.service.show_rows()
        assert (await watched.reaches(job.id, *END)).state is JobState.SAVED
    assert len(rig.service.requests("order")) == 1


@pytest.mark.parametrize(("before", "after"), [(-26, 0), (0, 26), (72, 0), (0, -72), (26, -26)])
async def test_a_clock_that_is_set_between_two_runs(rig: Rig, before: int, after: int) -> None:
    """Ordered under one clock, looked for under another."""
    jumps = Jumps(timedelta(hours=before))
    async with rig.engine(clock=jumps.clock()) as watched:
        job = await doubtful(rig, watched)
    jumps.ahead = timedelta(hours=after)
    async with rig.engine(interval=BRISK, clock=jumps.clock()) as watched:
        await known(watched)
        seen = len(rig.service.requests("logs"))
        await asked(rig.service, "logs", seen + 4)
        assert current(watched, job.id).state is JobState.UNCONFIRMED
        rig.service.show_rows()
        assert (await watched.reaches(job.id, *END)).state is JobState.SAVED


@pytest.mark.parametrize("hours", [26, 80 * 24])
async def test_a_generation_that_is_not_known_under_a_clock_ahead(rig: Rig, hours: int) -> None:
    """404 for a while, with a clock that says that a day, or a season, is over: it is not lost by that."""
    jumps = Jumps()
    rig.service.always("status", http(404, json={"message": "Generation not found"}))
    async with rig.engine(interval=BRISK, clock=jumps.clock()) as watched:
        job = await watched.reaches((await rig.order(watched)).id, JobState.QUEUED)
        jumps.ahead = timedelta(hours=hours)
        await asked(rig.service, "status", 8)
        assert current(watched, job.id).state is JobState.QUEUED
        rig.service.heal()
        await watched.engine.refresh()
        assert (await watched.reaches(job.id, *END)).state is JobState.SAVED


async def test_a_day_of_looking_is_summed_over_runs(rig: Rig) -> None:
    """Looks of earlier runs count, as far as they were answered: the last one brings the verdict."""
    rig.service.always("ledger", http(json={"data": [], "pagination": {"has_more": False}}))
    rig.service.play("order", [Reset()])
    async with rig.engine(interval=BRISK) as watched:
        job = await watched.reaches((await rig.order(watched)).id, JobState.UNCONFIRMED)
        await watched.until(
            lambda: (search := current(watched, job.id).search) is not None and search.looks > 1
        )
    history = History.open(rig.home / "data")
    earlier = Search(seconds=90.0, looks=30, last_at=datetime.now(UTC))
    history.change(job.id, lambda job: replace(job, search=earlier), durable=True)
    history.close()
    async with rig.engine(interval=BRISK) as watched:
        await known(watched)
        ended = await watched.reaches(job.id, *END)
    assert ended.error is not None
    assert (ended.error.code, ended.error.money) == ("not_found", Money.FREE)


async def test_looks_that_were_not_answered_are_no_evidence(rig: Rig) -> None:
    """A log that is down for days: nothing is concluded."""
    rig.service.always("logs", http(503))
    async with rig.engine(interval=HASTY) as watched:
        job = await doubtful(rig, watched)
        await asked(rig.service, "logs", 40)
        assert current(watched, job.id).state is JobState.UNCONFIRMED
        assert current(watched, job.id).search is None
        rig.service.heal()
        assert (await watched.reaches(job.id, *END)).state is JobState.SAVED


# Ids


def named(rig: Rig, head: list[str], body: str) -> Any:
    """Take the order under the id of the last of ``head`` or of the body, whichever begins with gen."""

    def script(request: Recorded) -> Step:
        real = next(name for name in (*head, body) if name.startswith("gen-"))
        rig.service.take(request, real)
        headers = dict(zip(("x-inference-id", "X-Inference-Id"), head, strict=False))
        return http(200, json={"id": body, "status": "queued"}, headers=headers)

    return script


@pytest.mark.parametrize(
    ("head", "body"),
    [
        pytest.param(["log-1"], "gen-77", id="the body is right"),
        pytest.param(["gen-77"], "task-1", id="the header is right"),
        pytest.param(["log-1", "gen-77"], "log-1", id="the second header is right"),
    ],
)
async def test_an_order_with_several_ids(rig: Rig, head: list[str], body: str) -> None:
    """All are asked about; the one that the service knows is used."""
    rig.service.play("order", named(rig, head, body))
    async with rig.engine() as watched:
        job = await watched.reaches((await rig.order(watched)).id, *END)
    assert job.state is JobState.SAVED
    assert job.generation_id == "gen-77"
    assert set(job.generation_ids) == {*head, body}


async def test_an_order_whose_ids_are_all_unknown(rig: Rig) -> None:
    """The log, by the client id, names the right one."""

    def script(request: Recorded) -> Step:
        rig.service.take(request, "gen-77")
        return http(200, json={"id": "task-1", "status": "queued"}, headers={"x-inference-id": "log-1"})

    rig.service.play("order", script)
    async with rig.engine(interval=BRISK) as watched:
        job = await watched.reaches((await rig.order(watched)).id, *END)
    assert (job.state, job.generation_id) == (JobState.SAVED, "gen-77")


def with_id(rig: Rig, status: int, *, taken: bool, body: object = None) -> Any:
    """An answer that is no acceptance, and names an id."""

    def script(request: Recorded) -> Step:
        if taken:
            rig.service.take(request, "gen-77")
        return http(status, json=body or {"message": "no"}, headers={"x-inference-id": "gen-77"})

    return script


@pytest.mark.parametrize("status", [302, 303, 307, 400, 404, 422, 500, 503])
async def test_an_order_that_was_taken_all_the_same(rig: Rig, status: int) -> None:
    """An id on any answer is asked about: the film is fetched, and nothing is ordered again."""
    rig.service.play("order", with_id(rig, status, taken=True))
    async with rig.engine() as watched:
        job = await watched.reaches((await rig.order(watched)).id, *END)
    assert (job.state, job.generation_id) == (JobState.SAVED, "gen-77")
    assert len(rig.service.requests("order")) == 1


@pytest.mark.parametrize("status", [400, 402, 404, 422])
async def test_a_refusal_that_names_an_id(rig: Rig, status: int) -> None:
    """The service does not know it: refused and free, at once; the id is kept and asked about once more later."""
    rig.service.play("order", with_id(rig, status, taken=False))
    async with rig.engine(interval=BRISK) as watched:
        job = await watched.reaches((await rig.order(watched)).id, *END)
        assert job.error is not None
        assert (job.state, job.error.money) == (JobState.FAILED, Money.FREE)
        assert (job.generation_ids, job.refused_ids) == ((), ("gen-77",))
        await asked(rig.service, "status", 3)
        assert current(watched, job.id).state is JobState.FAILED


@pytest.mark.parametrize("looks", [1, 2], ids=["before the late look", "in it"])
async def test_no_look_for_a_refused_id_outlives_the_engine(rig: Rig, looks: int) -> None:
    """Stopped right after a refusal that named an id, whose looks hang: none is left, and the id is kept."""
    rig.service.play("order", with_id(rig, 400, taken=False))
    rig.service.play("status", http(404), *[Hang()] * 9)
    async with rig.engine(interval=BRISK) as watched:
        job = await rig.order(watched)
        await watched.reaches(job.id, JobState.FAILED)
        await asked(rig.service, "status", looks)
        assert looks_for_refused_ids()
    assert not looks_for_refused_ids()
    assert current(watched, job.id).refused_ids == ("gen-77",)


def looks_for_refused_ids() -> list[str]:
    return [name for task in asyncio.all_tasks() if (name := task.get_name()).startswith("ids of ")]


async def test_a_refused_order_whose_id_becomes_known(rig: Rig) -> None:
    """A fresh id is not known at once: asked again a little later, the job comes back."""
    rig.service.play("order", with_id(rig, 400, taken=True))
    rig.service.play("status", http(404), http(404))
    async with rig.engine(interval=BRISK) as watched:
        job = await rig.order(watched)
        await watched.reaches(job.id, JobState.FAILED)
        await watched.reaches(job.id, JobState.SAVED)
    assert len(rig.service.requests("order")) == 1


async def test_a_429_that_was_taken_all_the_same(rig: Rig) -> None:
    """Its id is known: not sent again."""
    rig.service.play("order", with_id(rig, 429, taken=True))
    async with rig.engine() as watched:
        job = await watched.reaches((await rig.order(watched)).id, *END)
    assert job.state is JobState.SAVED
    assert len(rig.service.requests("order")) == 1


# Keys


def of_account(rig: Rig) -> Any:
    """The service as it is: it knows the generations of the key that is asked with, and no others."""

    def script(request: Recorded) -> Step:
        own = [one for one in rig.service.till if one.key == request.headers.get("authorization")]
        if any(one.id == asked_for(request) for one in own):
            return http(json=rig.service.completed(asked_for(request)))
        return http(404, json={"message": "Generation not found"})

    return script


async def test_another_key_knows_nothing_of_a_job(rig: Rig) -> None:
    """Its 404 proves nothing, however long: the job waits for its key, and says so."""
    rig.service.always(
        "status", lambda request: http(json={"id": asked_for(request), "status": "generating"})
    )
    async with rig.engine() as watched:
        job = await watched.reaches((await rig.order(watched)).id, JobState.GENERATING)
    rig.service.heal()
    rig.service.always("status", of_account(rig))
    async with rig.engine(interval=HASTY, key=OTHER_ACCOUNT) as watched:
        await known(watched)
        await watched.until(
            lambda: (problem := current(watched, job.id).problem) is not None and problem.code == "other_key"
        )
        seen = len(rig.service.requests("status"))
        await asked(rig.service, "status", seen + 60)
        assert current(watched, job.id).state is JobState.GENERATING
    async with rig.engine() as watched:
        await known(watched)
        assert (await watched.reaches(job.id, *END)).state is JobState.SAVED


async def test_another_key_and_a_link_that_died(rig: Rig) -> None:
    """The link is over, and only the key it was ordered with can get another: not expired by a foreign 404."""
    over = f"{rig.service.films.url}/old.mp4?Expires={int(datetime.now(UTC).timestamp()) - 3600}"

    def status(request: Recorded) -> Step:
        return http(json=rig.service.completed(asked_for(request), video={"url": over}))

    rig.service.always("status", status)
    rig.service.always("film", http(503))
    async with rig.engine() as watched:
        job = await watched.reaches((await rig.order(watched)).id, JobState.COMPLETED)
    rig.service.heal()
    rig.service.always("status", of_account(rig))
    rig.service.always("film", lambda request: refuse_old(rig, request))
    async with rig.engine(interval=BRISK, key=OTHER_ACCOUNT) as watched:
        await known(watched)
        seen = len(rig.service.requests("film"))
        await asked(rig.service, "film", seen + 4)
        assert current(watched, job.id).state is JobState.COMPLETED
    async with rig.engine(interval=BRISK) as watched:
        await known(watched)
        assert (await watched.reaches(job.id, *END)).state is JobState.SAVED


def refuse_old(rig: Rig, request: Recorded) -> Step:
    return (
        http(403, "<Error>expired</Error>")
        if "/old.mp4" in request.target
        else rig.service.whole_film(request)
    )


# Names and money


@pytest.mark.parametrize(
    "model",
    ["wan2.1-t2v-plus", "WAN-2-1-T2V-PLUS", "alibaba/wan2.1-t2v-plus", "a name nobody has heard of", None],
)
async def test_a_charge_under_another_name_is_never_ruled_out(rig: Rig, model: str | None) -> None:
    """The log has no row, the ledger a charge: it is offered as a match, and taken on request."""

    def ledger(request: Recorded) -> Step:
        row = {
            "created_at": iso(datetime.now(UTC)),
            "direction": "CHARGE",
            "reference_id": "gen-77",
            "model": model,
        }
        return http(json={"data": [row], "pagination": {"has_more": False}})

    rig.service.always("ledger", ledger)
    rig.service.log_open = False
    rig.service.play("order", rig.service.accept(Reset(), generation_id="gen-77"))
    async with rig.engine(interval=HASTY) as watched:
        ended = await watched.reaches((await rig.order(watched)).id, *END)
        assert ended.error is not None
        assert (ended.error.code, ended.error.money) == ("not_found", Money.UNKNOWN)
        assert "gen-77" in ended.error.message
        await watched.engine.try_again(ended.id)
        await until(lambda: current(watched, ended.id).state is JobState.SAVED)
    assert len(rig.service.requests("order")) == 1


async def test_a_ledger_that_breaks_off_names_no_sole_charge(rig: Rig) -> None:
    """One charge on its first page, no second page: it may be another film's, and is not taken for this one's."""

    def ledger(request: Recorded) -> Step:
        if "cursor" in request.target:
            return http(500)
        row = {"created_at": iso(datetime.now(UTC)), "direction": "CHARGE", "reference_id": "gen-78"}
        return http(json={"data": [row], "pagination": {"has_more": True, "next_cursor": "2"}})

    rig.service.always("ledger", ledger)
    rig.service.play("order", [Reset()])
    async with rig.engine(interval=HASTY) as watched:
        ended = await watched.reaches((await rig.order(watched)).id, *END)
        assert ended.error is not None
        assert (ended.error.code, ended.error.money) == ("not_found", Money.UNKNOWN)
        await watched.engine.try_again(ended.id)
        await told(watched, "still does not know")
        assert current(watched, ended.id).generation_id is None


async def test_a_failed_job_counts_no_cost(rig: Rig) -> None:
    """The usage came with the answer to the order; the film was not made."""
    usage = {"usage": {"credits_used": 1_050_000}}

    def status(request: Recorded) -> Step:
        failed = {"status": "error", "error": {"name": "InternalError", "message": "no film"}, "meta": usage}
        return http(json={"id": asked_for(request), **failed})

    rig.service.play("order", lambda request: rig.service.answer_order(request, meta=usage))
    rig.service.always("status", status)
    async with rig.engine() as watched:
        job = await watched.reaches((await rig.order(watched)).id, *END)
        [row] = watched.engine.index.rows()
    assert (job.state, job.cost, row.usd) == (JobState.FAILED, None, None)
