"""One order's way, by the real engine, client, library and simulator."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tinydb import TinyDB

from tests.patience import PATIENCE
from tests.unit.engine.conftest import Rig
from wan_tui.domain.errors import LibraryUnwritable, Money, SpendingOff
from wan_tui.domain.events import Connection, ConnectionChanged, JobChanged, Trouble
from wan_tui.domain.film_state import FilmState
from wan_tui.domain.job import Job, JobState
from wan_tui.domain.parameters import Dialect
from wan_tui.domain.secret import ApiKey
from wan_tui.engine.clock import Clock
from wan_tui.library.leases import Leases
from wan_tui.simulator import Fault

END = (JobState.SAVED, JobState.FAILED, JobState.EXPIRED)


@pytest.mark.parametrize("dialect", list(Dialect))
async def test_an_order_ends_saved_with_every_parameter_as_set(rig: Rig, dialect: Dialect) -> None:
    """queued → generating → completed → saved by itself; the till has exactly what was asked, once."""
    request = rig.request(
        "ä [/bold] 🦊",
        negative_prompt="blur",
        aspect_ratio="3:4",
        seed="11",
        watermark=True,
        enable_prompt_expansion=False,
    )
    async with rig.engine(dialect=dialect) as watched:
        ordered = await watched.engine.submit(request)
        job = await watched.reaches(ordered.id, *END)
    assert job.state is JobState.SAVED, job.error
    [order] = rig.till()
    assert order["body"] == request.body(dialect)
    assert order["client_request_id"] == f"{job.id}.1.{watched.engine.instance}"
    assert job.film_path is not None
    assert Path(job.film_path).stat().st_size == job.film_size
    assert job.cost is not None
    seen = [e.job.state for e in watched.events if isinstance(e, JobChanged) and e.job.id == job.id]
    assert seen[0] is JobState.WAITING
    assert seen.index(JobState.SUBMITTING) < seen.index(JobState.COMPLETED) < seen.index(JobState.SAVED)


async def test_the_history_opens_with_stock_tinydb(rig: Rig) -> None:
    async with rig.engine() as watched:
        job = await watched.engine.submit(rig.request())
        await watched.reaches(job.id, *END)
    with TinyDB(rig.home / "data" / "history.json") as db:
        [record] = db.all()
    assert (record["id"], record["state"]) == (job.id, "saved")


@pytest.mark.parametrize(
    ("fault", "code", "money"),
    [
        (Fault("POST *", status=400, body={"message": "prompt: too odd"}), "rejected", Money.FREE),
        (Fault("POST *", status=401, body={"message": "no"}), "unauthorized", Money.FREE),
        (Fault("POST *", status=403, body={"message": "no credits"}), "no_credits", Money.FREE),
        (Fault("POST *", status=404, body={"message": "no such model"}), "not_found", Money.FREE),
        (Fault("POST *", status=422, body={"message": ["seed must be an integer"]}), "rejected", Money.FREE),
    ],
)
async def test_a_refusal_fails_the_job_for_free(rig: Rig, fault: Fault, code: str, money: Money) -> None:
    rig.service.inject(fault)
    async with rig.engine() as watched:
        job = await watched.engine.submit(rig.request())
        job = await watched.reaches(job.id, *END)
    assert job.state is JobState.FAILED
    assert job.error is not None
    assert (job.error.code, job.error.money) == (code, money)
    assert rig.till() == []


@pytest.mark.parametrize("marker", ["fault:lost-answer", "fault:502-html", "fault:500-accepted"])
async def test_a_lost_answer_is_found_again_and_never_ordered_twice(rig: Rig, marker: str) -> None:
    async with rig.engine() as watched:
        job = await watched.engine.submit(rig.request(f"[{marker}]"))
        doubtful = await watched.reaches(job.id, JobState.UNCONFIRMED)
        job = await watched.reaches(job.id, *END)
    assert doubtful.problem is not None
    assert doubtful.problem.money is Money.UNKNOWN
    assert job.state is JobState.SAVED, job.error
    assert len(rig.till()) == 1


async def test_a_failure_in_the_log_is_free_and_final(rig: Rig) -> None:
    async with rig.engine() as watched:
        job = await watched.engine.submit(rig.request("[fault:500]"))
        job = await watched.reaches(job.id, *END)
    assert job.state is JobState.FAILED
    assert job.error is not None
    assert job.error.money is Money.FREE
    assert rig.till() == []


async def test_too_many_requests_are_waited_out_and_ordered_once(rig: Rig) -> None:
    rig.service.inject(Fault("POST *", times=2, status=429, body={"message": "slow down"}))
    async with rig.engine() as watched:
        job = await watched.engine.submit(rig.request())
        job = await watched.reaches(job.id, *END)
    assert job.state is JobState.SAVED, job.error
    sent = [attempt.client_id for attempt in job.attempts]
    assert sent == [f"{job.id}.{n}.{watched.engine.instance}" for n in (1, 2, 3)]
    assert [order["client_request_id"] for order in rig.till()] == sent[-1:]


async def test_an_unreachable_service_leaves_the_order_waiting_and_withdrawable(rig: Rig) -> None:
    async with rig.engine(url="http://127.0.0.1:9") as watched:
        job = await watched.engine.submit(rig.request())
        await watched.until(
            lambda: (now := watched.engine.job(job.id)) is not None and watched.engine.stuck(now)
        )
        stuck = await watched.reaches(job.id, JobState.WAITING)
        assert stuck.problem is not None
        assert stuck.problem.money is Money.FREE
        assert len(stuck.attempts) == 4, stuck.problem
        assert watched.engine.connection is Connection.OFFLINE
        await watched.engine.withdraw(job.id)
        await watched.reaches(job.id, JobState.CANCELLED)
    assert rig.till() == []


async def test_jobs_go_on_after_a_restart_and_nothing_is_ordered_again(rig: Rig) -> None:
    async with rig.engine() as watched:
        ids = [(await watched.engine.submit(rig.request(f"film {n}"))).id for n in range(3)]
        for job_id in ids:
            await watched.reaches(job_id, JobState.QUEUED, JobState.GENERATING)
    async with rig.engine() as watched:
        await watched.until(lambda: len(watched.engine.index) == 3)
        for job_id in ids:
            job = await watched.reaches(job_id, *END)
            assert job.state is JobState.SAVED, job.error
    assert len(rig.till()) == 3


async def test_quitting_in_the_middle_of_an_order_waits_for_its_id(rig: Rig) -> None:
    rig.service.inject(Fault("POST *", delay=1.0))
    async with rig.engine() as watched:
        job = await watched.engine.submit(rig.request())
        await watched.until(lambda: watched.engine.sending)
    async with rig.engine(look_after=False) as watched:
        kept = watched.engine.job(job.id)
    assert kept is not None
    assert kept.generation_id == rig.till()[0]["generation_id"]


async def test_two_engines_on_one_library_order_once_and_see_the_same(rig: Rig) -> None:
    async with rig.engine() as one, rig.engine() as other:
        job = await one.engine.submit(rig.request())
        await one.reaches(job.id, *END)
        seen = await other.reaches(job.id, JobState.SAVED)
        assert seen == one.engine.job(job.id)
    assert len(rig.till()) == 1
    assert len(list((rig.home / "films").glob("*.mp4"))) == 1


async def test_without_a_key_the_order_waits_and_goes_out_when_one_is_given(rig: Rig) -> None:
    async with rig.engine(key=None) as watched:
        assert watched.engine.connection is Connection.NO_KEY
        job = await watched.engine.submit(rig.request())
        await watched.until(
            lambda: (now := watched.engine.job(job.id)) is not None and now.problem is not None
        )
        watched.engine.use_key(ApiKey(rig.key))
        job = await watched.reaches(job.id, *END)
    assert job.state is JobState.SAVED, job.error


async def test_a_refused_key_pauses_all_polls_and_fails_no_job(rig: Rig) -> None:
    async with rig.engine() as watched:
        ids = [(await watched.engine.submit(rig.request(f"film {n}"))).id for n in range(3)]
        for job_id in ids:
            await watched.reaches(job_id, JobState.QUEUED, JobState.GENERATING)
        rig.service.inject(Fault("GET /v2/*", times=None, status=401, body={"message": "who?"}))
        await watched.until(lambda: watched.engine.connection is Connection.KEY_REFUSED)
        # A busy machine may have let some be made before the key was refused.
        states = {job.state for job_id in ids if (job := watched.engine.job(job_id))}
        assert states <= {JobState.QUEUED, JobState.GENERATING, JobState.COMPLETED}

        await asyncio.sleep(0.5)  # what is under way is answered while the key is still the refused one
        rig.service.drop_faults()
        watched.engine.use_key(ApiKey(rig.key))
        for job_id in ids:
            assert (await watched.reaches(job_id, *END)).state is JobState.SAVED
    refusals = [
        e
        for e in watched.events
        if isinstance(e, ConnectionChanged) and e.connection is Connection.KEY_REFUSED
    ]
    assert len(refusals) == 1


async def test_one_odd_401_stops_nothing(rig: Rig) -> None:
    """It is asked once more before the key is taken as refused."""
    async with rig.engine() as watched:
        job = await watched.engine.submit(rig.request())
        await watched.reaches(job.id, JobState.QUEUED, JobState.GENERATING)
        rig.service.inject(Fault("GET /v2/generate/*", status=401, body={"message": "who?"}))
        assert (await watched.reaches(job.id, *END)).state is JobState.SAVED
    assert not [
        e
        for e in watched.events
        if isinstance(e, ConnectionChanged) and e.connection is Connection.KEY_REFUSED
    ]


async def test_two_odd_401_do_not_stop_everything_for_good(rig: Rig) -> None:
    """The key is tried again by itself; nobody has to enter it anew."""
    async with rig.engine() as watched:
        job = await watched.engine.submit(rig.request())
        await watched.reaches(job.id, JobState.QUEUED, JobState.GENERATING)
        rig.service.inject(Fault("GET /v2/generate/*", times=2, status=401, body={"message": "who?"}))
        await watched.until(lambda: watched.engine.connection is Connection.KEY_REFUSED)
        assert (await watched.reaches(job.id, *END)).state is JobState.SAVED
        assert watched.engine.connection is Connection.ONLINE


async def test_the_history_file_is_up_to_date_while_the_program_runs(rig: Rig) -> None:
    """Other programs may read it with stock TinyDB at any time."""
    async with rig.engine() as watched:
        job = await watched.engine.submit(rig.request())
        await watched.reaches(job.id, *END)

        def seen() -> list[str]:
            with TinyDB(rig.home / "data" / "history.json") as db:
                return [record["state"] for record in db.all()]

        async with asyncio.timeout(PATIENCE):
            while seen() != ["saved"]:
                await asyncio.sleep(0.1)


async def test_an_old_order_that_never_left_needs_the_users_word(rig: Rig) -> None:
    """What waited from yesterday is not sent behind the user's back, but on request."""
    async with rig.engine(url="http://127.0.0.1:9") as watched:
        job = await watched.engine.submit(rig.request())
        await watched.until(lambda: watched.engine.stuck(_job(watched.engine.job(job.id))))
    later = Clock(now=lambda: datetime.now(UTC) + timedelta(hours=20))
    async with rig.engine(clock=later) as watched:
        await watched.until(lambda: len(watched.engine.index) == 1)
        await watched.until(
            lambda: (p := _job(watched.engine.job(job.id)).problem) is not None and p.code == "held"
        )
        assert rig.till() == []
        await watched.engine.try_again(job.id)
        assert (await watched.reaches(job.id, *END)).state is JobState.SAVED
    assert len(rig.till()) == 1


async def test_a_dead_link_gets_one_fresh_question_before_the_film_is_given_up(rig: Rig) -> None:
    async with rig.engine() as watched:
        job = await watched.engine.submit(rig.request("[fault:dead-link]"))
        job = await watched.reaches(job.id, *END)
    assert job.state is JobState.EXPIRED
    assert job.error is not None
    assert job.error.money is Money.CHARGED
    assert job.generation_id is not None
    assert job.generation_id in job.error.next_step


async def test_a_broken_download_goes_on_where_it_stopped(rig: Rig) -> None:
    rig.service.inject(Fault("GET /generations/*", cut=2000))
    async with rig.engine() as watched:
        job = await watched.engine.submit(rig.request())
        job = await watched.reaches(job.id, *END)
    assert job.state is JobState.SAVED, job.error
    assert not list((rig.home / "films").glob("*.part*"))


async def test_a_film_folder_that_cannot_be_used_keeps_the_job_and_goes_on_when_it_can(rig: Rig) -> None:
    folder = rig.home / "films"
    folder.write_text("in the way")
    async with rig.engine() as watched:
        job = await watched.engine.submit(rig.request())
        await watched.until(
            lambda: (p := _job(watched.engine.job(job.id)).problem) is not None and "film" in p.code
        )
        assert _job(watched.engine.job(job.id)).state is JobState.COMPLETED
        folder.unlink()
        assert (await watched.reaches(job.id, *END)).state is JobState.SAVED


async def test_a_missing_film_is_noticed_and_fetched_again(rig: Rig) -> None:
    async with rig.engine() as watched:
        job = await watched.engine.submit(rig.request())
        job = await watched.reaches(job.id, *END)
        assert job.film_path is not None
    Path(job.film_path).unlink()
    async with rig.engine() as watched:
        await watched.until(lambda: watched.engine.film_state(job) is not None)
        assert watched.engine.film_state(job) is FilmState.MISSING
        await watched.engine.try_again(job.id)
        await watched.until(lambda: Path(job.film_path or "").exists())


async def test_a_film_saved_since_the_last_look_is_not_called_missing(rig: Rig) -> None:
    """The folder is looked at when the engine begins, long before the film is there."""
    async with rig.engine() as watched:
        job = await watched.engine.submit(rig.request())
        job = await watched.reaches(job.id, *END)
        assert watched.engine.film_state(job) is not FilmState.MISSING


async def test_a_pass_without_a_screen_does_what_can_be_done_now(rig: Rig) -> None:
    """sync: one look for the lost order, one question, the film; then it returns."""
    async with rig.engine(look_after=False) as watched:
        job = await watched.engine.submit(rig.request("[fault:lost-answer]"))
        await watched.reaches(job.id, JobState.UNCONFIRMED)
    await asyncio.sleep(0.5)  # the service makes the film meanwhile
    async with rig.engine(look_after=False) as watched:
        await watched.engine.sync_once()
        assert _job(watched.engine.job(job.id)).state is JobState.SAVED
    assert len(rig.till()) == 1


async def test_marks_and_trash_are_kept(rig: Rig) -> None:
    async with rig.engine(look_after=False) as watched:
        job = await watched.engine.submit(rig.request())
        await watched.engine.star([job.id], True)
        await watched.engine.trash([job.id], True)
    async with rig.engine(look_after=False) as watched:
        kept = _job(watched.engine.job(job.id))
        assert kept.starred
        assert kept.trashed_at is not None
        await watched.engine.trash([job.id], False)
        assert _job(watched.engine.job(job.id)).trashed_at is None


async def test_an_order_that_cannot_be_written_down_is_not_sent(rig: Rig) -> None:
    from wan_tui.domain.errors import LibraryError

    async with rig.engine() as watched:
        await watched.until(lambda: bool(watched.events))
        for file in (rig.home / "data").glob("history.*"):
            file.unlink()
        (rig.home / "data").rmdir()
        (rig.home / "data").write_text("in the way")
        with pytest.raises(LibraryError):
            await watched.engine.submit(rig.request())
        (rig.home / "data").unlink()
        assert not any(
            isinstance(event, Trouble) and "unhandled" in event.message for event in watched.events
        )
    assert rig.till() == []


def _job(job: Job | None) -> Job:
    assert job is not None
    return job


async def test_a_clock_that_jumps_does_not_end_the_search_for_a_lost_order(rig: Rig) -> None:
    """A day of looking is a day by the service's clock; ours may be a year ahead for a moment."""
    ahead = timedelta()
    clock = Clock(now=lambda: datetime.now(UTC) + ahead)
    rig.service.inject(Fault("POST *", accept=False, cut=-1))
    async with rig.engine(clock=clock) as watched:
        job = await watched.engine.submit(rig.request())
        await watched.reaches(job.id, JobState.UNCONFIRMED)
        ahead = timedelta(days=365)
        await watched.engine.refresh()
        await asyncio.sleep(1.0)  # time for several looks
        assert _job(watched.engine.job(job.id)).state is JobState.UNCONFIRMED


async def test_an_order_in_doubt_is_found_although_our_clock_is_ahead(rig: Rig) -> None:
    """The log is asked about the time by the service's clock too: ours noted the order three hours too late."""
    clock = Clock(now=lambda: datetime.now(UTC) + timedelta(hours=3))
    async with rig.engine(clock=clock) as watched:
        job = await watched.engine.submit(rig.request("[fault:lost-answer]"))
        await watched.reaches(job.id, JobState.UNCONFIRMED)
        assert (await watched.reaches(job.id, *END)).state is JobState.SAVED
    assert len(rig.till()) == 1


async def test_the_last_of_two_opposite_marks_counts(rig: Rig) -> None:
    """The second is given while the first is still on its way to the disk."""
    async with rig.engine(url="http://127.0.0.1:9") as watched:
        job = await watched.engine.submit(rig.request())
        await asyncio.gather(watched.engine.trash([job.id], True), watched.engine.trash([job.id], False))
        assert _job(watched.engine.job(job.id)).trashed_at is None


async def test_one_pass_tells_of_a_job_that_it_could_not_take_up(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lock that cannot be made is no success."""
    async with rig.engine(key=None, look_after=False) as watched:
        engine = watched.engine
        stays, _ = [await engine.submit(rig.request()) for _ in range(2)]
        take = Leases.try_acquire

        def refuse_one(leases: Leases, job_id: str) -> bool:
            if job_id == stays.id:
                raise LibraryUnwritable("The job cannot be locked")
            return take(leases, job_id)

        monkeypatch.setattr(Leases, "try_acquire", refuse_one)
        with pytest.raises(LibraryUnwritable):
            await engine.sync_once()


async def test_where_spending_is_off_no_order_leaves_however_it_came(rig: Rig) -> None:
    """A new one is not taken, one that waits stays and says why, urged too, and no other key is taken."""
    off = SpendingOff("config.toml, line 1: no", next_step="Correct it")
    async with rig.engine(key=None) as first:
        job = await first.engine.submit(rig.request())
    async with rig.engine(spending_off=off) as watched:
        engine = watched.engine

        def held() -> bool:
            now = engine.job(job.id)
            return now is not None and now.problem is not None and now.problem.code == "config"

        await watched.until(held)
        with pytest.raises(SpendingOff):
            await engine.submit(rig.request())
        with pytest.raises(SpendingOff):
            engine.use_key(ApiKey(rig.key))
        await engine.try_again(job.id)
        await asyncio.sleep(0.3)
        assert held()
        assert len(engine.index) == 1
    assert rig.till() == []
    async with rig.engine() as again:
        assert (await again.reaches(job.id, *END)).state is JobState.SAVED
    assert len(rig.till()) == 1
