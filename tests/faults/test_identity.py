"""Whose attempt is it: an order that other processes, backups and copies know as well is never paid twice."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.faults.conftest import END, KEY, Rig
from tests.faults.rig import Await, Recorded, Reply, Reset, Step, http
from tests.faults.service import Service, Taken
from tests.faults.waiting import current
from tests.patience import until
from tests.unit.engine.conftest import Watched
from tests.unit.library.jobs import make_job, take_out
from wan_tui.api.client import ApiClient
from wan_tui.domain.errors import Failure, LibraryBusy, Money
from wan_tui.domain.events import Trouble
from wan_tui.domain.job import Attempt, Job, JobState
from wan_tui.domain.times import iso
from wan_tui.library.history import History
from wan_tui.library.leases import Leases

BRISK = 0.01
"""Poll interval at which the two minutes of checking an order of another run are 120 ms."""
DEAD = "http://127.0.0.1:9"


def on_disk(rig: Rig, job: Job) -> Job:
    """Put a job into the history as another run left it."""
    history = History.open(rig.home / "data")
    history.add(job)
    history.close()
    rig.confirmed += 1
    return job


def left_waiting(rig: Rig, **changes: object) -> Job:
    job = make_job(created_at=datetime.now(UTC))
    return on_disk(rig, replace(job, **changes))  # type: ignore[arg-type]


def backup(rig: Rig) -> Path:
    copy = rig.home / "backup"
    shutil.copytree(rig.home / "data", copy, ignore=shutil.ignore_patterns("*.lock", "guard"))
    return copy


async def backup_before_it_left(rig: Rig) -> tuple[Job, Path]:
    """An order that waits, as nobody can be reached, and a backup from then."""
    async with rig.engine(url=DEAD) as watched:
        job = await rig.order(watched)
        await watched.until(lambda: watched.engine.stuck(current(watched, job.id)))
    return job, backup(rig)


def restore(rig: Rig, copy: Path) -> None:
    shutil.rmtree(rig.home / "data")
    shutil.copytree(copy, rig.home / "data")


async def known(watched: Watched) -> None:
    await watched.until(lambda: len(watched.engine.index) == 1)


def attempts_sent(service: Service) -> list[str]:
    return [request.headers["x-client-request-id"] for request in service.requests("order")]


async def test_no_two_processes_send_the_same_client_id(rig: Rig) -> None:
    """It holds the job, the attempt and the process."""
    async with rig.engine() as one, rig.engine() as other:
        assert one.engine.instance != other.engine.instance
        job = await one.reaches((await rig.order(one)).id, *END)
    assert attempts_sent(rig.service) == [f"{job.id}.1.{one.engine.instance}"]


async def test_an_order_of_another_run_is_looked_for_before_it_is_sent(rig: Rig) -> None:
    """Never sent: looked for twice, with a pause for a log that runs late, and then sent once."""
    left_waiting(rig)
    async with rig.engine(interval=BRISK) as watched:
        await known(watched)
        [row] = watched.engine.index.rows()
        await watched.reaches(row.id, JobState.SAVED)
    assert len(rig.service.requests("logs")) == 2
    assert len(rig.service.requests("order")) == 1


async def test_sync_waits_for_the_second_look(rig: Rig) -> None:
    """A pass from cron would be another run each time, and the order would never go out."""
    job = left_waiting(rig)
    async with rig.engine(interval=BRISK, look_after=False) as watched:
        await watched.engine.sync_once()
        assert current(watched, job.id).state is not JobState.WAITING
    assert len(rig.service.requests("order")) == 1


async def test_two_processes_with_one_order_and_no_leases(rig: Rig) -> None:
    """Both take the order of an earlier run, both find nothing in the log: one sends it."""
    left_waiting(rig)
    here, there = rig.home / "leases here", rig.home / "leases there"
    async with (
        rig.engine(interval=BRISK, leases=here) as one,
        rig.engine(interval=BRISK, leases=there) as other,
    ):
        await known(one)
        [row] = one.engine.index.rows()
        await one.until(lambda: current(one, row.id).state is JobState.SAVED)
        await until(lambda: current(other, row.id).state is JobState.SAVED)
    assert len(rig.service.requests("order")) == 1


@pytest.mark.parametrize("taken_over", [True, False], ids=["taken over", "in peace"])
async def test_the_last_word_before_an_order_leaves(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, taken_over: bool
) -> None:
    """While the connection is made another process, without a lease to see, takes the order for left in the middle: it
    is not sent then, and is sent once when that is settled.
    """
    reached, go_on = asyncio.Event(), asyncio.Event()
    submit = ApiClient.submit

    async def slowly(
        api: ApiClient, *arguments: Any, before_send: Callable[[], Awaitable[None]], **more: Any
    ) -> Any:
        async def held() -> None:
            reached.set()
            await go_on.wait()
            await before_send()

        return await submit(api, *arguments, before_send=held, **more)

    monkeypatch.setattr(ApiClient, "submit", slowly)
    async with rig.engine(interval=BRISK) as watched:
        job = await rig.order(watched)
        await reached.wait()
        if taken_over:
            other = History.open(rig.home / "data")
            other.change(job.id, lambda job: replace(job, state=JobState.UNCONFIRMED), durable=True)
            other.close()
        monkeypatch.undo()
        go_on.set()
        saved = await watched.reaches(job.id, JobState.SAVED)
    assert len(rig.service.requests("order")) == 1
    assert len(saved.attempts) == (2 if taken_over else 1)


async def test_the_job_is_removed_before_its_order_leaves(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Another program has taken it out of the history: nothing is sent, and nothing goes wrong."""
    submit = ApiClient.submit

    async def removed(api: ApiClient, *arguments: Any, **more: Any) -> Any:
        take_out(rig.home / "data", job.id)
        return await submit(api, *arguments, **more)

    monkeypatch.setattr(ApiClient, "submit", removed)
    async with rig.engine() as watched:
        job = await rig.order(watched)
        await until(lambda: watched.engine.job(job.id) is None and not watched.engine.sending)
    assert rig.service.requests("order") == []
    assert not [record for record in caplog.records if record.exc_info]
    assert not [event for event in watched.events if isinstance(event, Trouble)]


async def test_the_history_is_locked_at_the_last_word(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be checked is not sent; nothing is in doubt."""

    def busy(history: History, job_id: str) -> Job | None:
        monkeypatch.undo()
        raise LibraryBusy("Another wan-tui holds the history.")

    monkeypatch.setattr(History, "newest", busy)
    async with rig.engine() as watched:
        job = await rig.order(watched)
        await watched.until(lambda: watched.engine.stuck(current(watched, job.id)))
        held = current(watched, job.id)
        assert held.state is JobState.WAITING
        assert held.problem is not None
        assert (held.problem.code, held.problem.money) == ("library_busy", Money.FREE)
        assert rig.service.requests("order") == []
        await watched.engine.try_again(job.id)
        await watched.reaches(job.id, JobState.SAVED)


@pytest.mark.parametrize("earlier", ["waiting", "submitting"])
async def test_a_backup_from_before_the_order_left(rig: Rig, earlier: str) -> None:
    """The order was paid, its record is one from before: found in the log by the job's id, not sent again."""
    job, copy = await backup_before_it_left(rig)
    async with rig.engine(interval=BRISK) as watched:
        await known(watched)
        await watched.engine.try_again(job.id)
        paid = await watched.reaches(job.id, JobState.SAVED)
    restore(rig, copy)
    if earlier == "submitting":
        history = History.open(rig.home / "data")
        attempt = Attempt(f"{job.id}.9.EARLIER", datetime.now(UTC))
        history.change(
            job.id, lambda job: replace(job, state=JobState.SUBMITTING, attempts=(attempt,)), durable=True
        )
        history.close()
    async with rig.engine(interval=BRISK) as watched:
        await known(watched)
        again = await watched.reaches(job.id, JobState.SAVED)
    assert again.generation_id == paid.generation_id
    assert len(rig.service.requests("order")) == 1


async def test_an_order_of_another_run_and_another_key(rig: Rig) -> None:
    """What this key cannot see proves nothing: it is sent when the user says so, not by itself."""
    tried = Attempt("of-another-run", datetime.now(UTC))
    job = left_waiting(rig, attempts=(tried,), key_fingerprint="another")
    async with rig.engine(interval=BRISK) as watched:
        await known(watched)
        await watched.until(
            lambda: (problem := current(watched, job.id).problem) is not None and problem.code == "other_key"
        )
        held = current(watched, job.id).problem
        assert held is not None
        assert held.money is Money.UNKNOWN
        assert rig.service.requests("order") == []
        await watched.engine.try_again(job.id)
        await watched.reaches(job.id, JobState.SAVED)
    assert len(rig.service.requests("order")) == 1


@pytest.mark.parametrize("days", [0, -3, 3])
async def test_a_backup_and_a_log_that_runs_late(rig: Rig, days: int) -> None:
    """The row is not there at the first look, but at the second. That the order is old stops no look: "never sent" is
    not to be said of one that was paid for."""
    job = left_waiting(rig, created_at=datetime.now(UTC) + timedelta(days=days))
    rig.service.log_open = False
    rig.service.till.append(taken(f"{job.id}.1.OTHER"))
    async with rig.engine(interval=0.1) as watched:
        await known(watched)
        await watched.until(
            lambda: (problem := current(watched, job.id).problem) is not None and problem.code == "checking"
        )
        rig.service.show_rows()
        await watched.reaches(job.id, JobState.SAVED)
    assert rig.service.requests("order") == []


@pytest.mark.parametrize("orders", [12, 40])
async def test_many_orders_of_a_backup_read_the_log_together(rig: Rig, orders: int) -> None:
    """Each is looked for twice, and the service allows few readings: all share them, and each gets its answer."""
    jobs = [left_waiting(rig, id=make_job(number).id) for number in range(orders)]
    found = jobs[0], jobs[-1]
    for job in found:
        order = Taken(f"gen-{job.id}", f"{job.id}.1.OTHER", datetime.now(UTC), key=f"Bearer {KEY}")
        rig.service.till.append(order)
    async with rig.engine(interval=BRISK) as watched:
        await watched.until(lambda: len(watched.engine.index) == orders)
        for job in jobs:
            await watched.reaches(job.id, JobState.SAVED)
    assert len(rig.service.requests("order")) == orders - len(found)
    assert len(rig.service.requests("logs")) <= 8


async def test_a_backup_and_a_charge_that_the_log_does_not_show(rig: Rig) -> None:
    """The ledger has a charge for a film that nobody here knows: the user is asked, with its id."""
    job = left_waiting(rig)
    charge = {"created_at": iso(datetime.now(UTC)), "direction": "CHARGE", "reference_id": "gen-77"}
    rig.service.always("ledger", http(json={"data": [charge], "pagination": {"has_more": False}}))
    async with rig.engine(interval=BRISK) as watched:
        await known(watched)
        await watched.until(lambda: watched.engine.stuck(current(watched, job.id)))
        problem = current(watched, job.id).problem
        assert problem is not None
        assert (problem.code, problem.money) == ("maybe_charged", Money.UNKNOWN)
        assert "gen-77" in problem.message
        assert rig.service.requests("order") == []
        await watched.engine.try_again(job.id)
        await watched.reaches(job.id, JobState.SAVED)
    assert len(rig.service.requests("order")) == 1


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.GENERATING, JobState.COMPLETED])
async def test_a_record_of_a_running_job_without_its_id(rig: Rig, state: JobState) -> None:
    """Put together of two, when a backup replaced the history in use: looked up by its client id, not sent again."""
    now = datetime.now(UTC)
    job = left_waiting(rig, state=state, attempts=(Attempt("01JOB.1.X", now, now),))
    rig.service.till.append(
        Taken(id="gen-9", client_id="01JOB.1.X", at=now, succeeded=True, in_log=True, key=f"Bearer {KEY}")
    )
    async with rig.engine(interval=BRISK) as watched:
        saved = await watched.reaches(job.id, *END)
    assert (saved.state, saved.generation_id) == (JobState.SAVED, "gen-9")
    assert rig.service.requests("order") == []


def charges(rig: Rig) -> Step:
    """The ledger with a charge for each order that was taken."""
    rows = [
        {"created_at": iso(order.at), "direction": "CHARGE", "reference_id": order.id}
        for order in rig.service.till
    ]
    return http(json={"data": rows, "pagination": {"has_more": False}})


async def test_a_charge_for_an_order_whose_answer_is_still_to_come(rig: Rig) -> None:
    """The ledger shows it before the answer is here: no reason to ask the user about another order."""
    old, read = left_waiting(rig), asyncio.Event()

    def answered_late(request: Recorded) -> Reply:
        return Reply((Await(read), rig.service.answer_order(request)))

    def ledger(_: Recorded) -> Step:
        if rig.service.till:
            read.set()
        return charges(rig)

    rig.service.play("order", answered_late)
    rig.service.always("ledger", ledger)
    async with rig.engine(interval=BRISK) as watched:
        new = await rig.order(watched, "another boat")
        for job_id in (old.id, new.id):
            assert (await watched.reaches(job_id, *END)).state is JobState.SAVED
    assert read.is_set()
    assert len(rig.service.requests("order")) == 2


async def test_a_charge_for_an_order_accepted_while_the_ledger_is_read(rig: Rig) -> None:
    """What the history knows is compared with the charges that were read, not with those from before."""
    old, asked_for_it, accepted = left_waiting(rig), asyncio.Event(), asyncio.Event()

    def answered_late(request: Recorded) -> Reply:
        return Reply((Await(asked_for_it), rig.service.answer_order(request)))

    def ledger(_: Recorded) -> Reply:
        asked_for_it.set()
        return Reply((Await(accepted), charges(rig)))

    rig.service.play("order", answered_late)
    rig.service.always("ledger", ledger)
    async with rig.engine(interval=BRISK) as watched:
        new = await rig.order(watched, "another boat")
        await watched.until(lambda: current(watched, new.id).generation_id is not None)
        accepted.set()
        for job_id in (old.id, new.id):
            assert (await watched.reaches(job_id, *END)).state is JobState.SAVED
    assert len(rig.service.requests("order")) == 2


async def test_a_charge_that_no_order_on_its_way_explains_in_the_end(rig: Rig) -> None:
    """One in doubt stays in doubt: after some more looks the user is asked all the same."""
    old = left_waiting(rig)
    now = datetime.now(UTC)
    attempt = Attempt("01OTHER.1.X", now)
    on_disk(rig, make_job(1, state=JobState.UNCONFIRMED, created_at=now, attempts=(attempt,)))
    charge = {"created_at": iso(datetime.now(UTC)), "direction": "CHARGE", "reference_id": "gen-77"}
    rig.service.always("ledger", http(json={"data": [charge], "pagination": {"has_more": False}}))
    async with rig.engine(interval=BRISK) as watched:
        await until(lambda: (job := watched.engine.job(old.id)) is not None and watched.engine.stuck(job))
        problem = current(watched, old.id).problem
        assert problem is not None
        assert problem.code == "maybe_charged"
    assert rig.service.requests("order") == []
    assert len(rig.service.requests("ledger")) >= 6


@pytest.mark.parametrize("charged", [True, False])
async def test_sync_decides_about_an_order_of_an_earlier_run(rig: Rig, charged: bool) -> None:
    """However many looks that takes: each pass of a cron job would otherwise begin with the first again."""
    old = left_waiting(rig)
    now = datetime.now(UTC)
    on_disk(
        rig, make_job(1, state=JobState.UNCONFIRMED, created_at=now, attempts=(Attempt("01OTHER.1.X", now),))
    )
    charge = {"created_at": iso(now), "direction": "CHARGE", "reference_id": "gen-77"}
    rows = [charge] if charged else []
    rig.service.always("ledger", http(json={"data": rows, "pagination": {"has_more": False}}))
    async with rig.engine(interval=BRISK, look_after=False) as watched:
        await watched.engine.sync_once()
        left = current(watched, old.id)
    assert (left.state, left.problem and left.problem.code) == (
        (JobState.WAITING, "maybe_charged") if charged else (JobState.SAVED, None)
    )
    assert len(rig.service.requests("order")) == (0 if charged else 1)


@pytest.mark.parametrize("code", ["maybe_charged", "log_closed", "checking"])
async def test_without_a_key_nothing_gets_surer(rig: Rig, code: str) -> None:
    """What may have been charged still may, when the next run has no key to look with."""
    money = Money.FREE if code == "checking" else Money.UNKNOWN
    job = left_waiting(rig, problem=Failure(code, "Told before", money))
    async with rig.engine(key=None) as watched:
        await watched.until(
            lambda: (problem := current(watched, job.id).problem) is not None and problem.code == "no_key"
        )
        problem = current(watched, job.id).problem
        assert problem is not None
        assert problem.money is money


async def test_a_log_that_is_closed_to_the_key(rig: Rig) -> None:
    """Nobody can look: the user is asked, and the word of the user sends it."""
    job = left_waiting(rig)
    rig.service.always("logs", http(403, json={"message": "A management key is needed to read the logs"}))
    async with rig.engine(interval=BRISK) as watched:
        await known(watched)
        await watched.until(lambda: watched.engine.stuck(current(watched, job.id)))
        problem = current(watched, job.id).problem
        assert problem is not None
        assert problem.code == "log_closed"
        assert rig.service.requests("order") == []
        await watched.engine.try_again(job.id)
        await watched.reaches(job.id, JobState.SAVED)
    assert len(rig.service.requests("order")) == 1


@pytest.mark.parametrize("days", [-3, 3])
async def test_a_waiting_order_under_another_clock(rig: Rig, days: int) -> None:
    """Made days ago or ahead by the clock of then: too old to be sent without the user's word."""
    job = left_waiting(rig, created_at=datetime.now(UTC) + timedelta(days=days))
    async with rig.engine(interval=BRISK) as watched:
        await known(watched)
        await watched.until(lambda: watched.engine.stuck(current(watched, job.id)))
        problem = current(watched, job.id).problem
        assert problem is not None
        assert problem.code == "held"
        assert rig.service.requests("order") == []
        await watched.engine.withdraw(job.id)
        await watched.reaches(job.id, JobState.CANCELLED)


async def test_another_salt_stops_no_look(rig: Rig) -> None:
    """The salt was lost: the order seems made with another key, but the client id is proof enough."""
    rig.service.log_open = False
    rig.service.play("order", rig.service.accept(Reset()))
    async with rig.engine() as watched:
        job = await watched.reaches((await rig.order(watched)).id, JobState.UNCONFIRMED)
    rig.service.show_rows()
    async with rig.engine(salt="of another library") as watched:
        await known(watched)
        assert (await watched.reaches(job.id, *END)).state is JobState.SAVED
    assert len(rig.service.requests("order")) == 1


async def test_leases_deleted_while_running(rig: Rig) -> None:
    """Whoever still works on a job lists it anew; a second process does not begin with it as well."""
    rig.service.always("status", lambda request: http(json={"id": "gen-1", "status": "generating"}))
    async with rig.engine() as watched:
        job = await watched.reaches((await rig.order(watched)).id, JobState.GENERATING)
        shutil.rmtree(rig.home / "data" / "leases")
        await until(lambda: (rig.home / "data" / "leases").is_dir())
        await until(lambda: not Leases(rig.home / "data" / "leases").is_free(job.id))
        rig.service.heal()
        await watched.reaches(job.id, JobState.SAVED)


def taken(client_id: str) -> Taken:
    """An order that the service took from somebody else, not in its log yet."""
    return Taken("gen-77", client_id, datetime.now(UTC), in_log=False, key=f"Bearer {KEY}")
