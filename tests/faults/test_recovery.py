"""A lost answer is looked up, never ordered again."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tests.faults.conftest import END, INTERVAL, KEY, Jumps, Rig
from tests.faults.rig import Recorded, Reset, Step, http
from tests.faults.service import asked_for
from tests.faults.waiting import current, told
from tests.patience import PATIENCE
from tests.unit.engine.conftest import Watched
from wan_tui.domain.errors import LibraryUnwritable, Money
from wan_tui.domain.events import Trouble
from wan_tui.domain.job import Job, JobState
from wan_tui.domain.parameters import DEFAULT_MODEL
from wan_tui.domain.times import iso
from wan_tui.engine import service_records
from wan_tui.engine.clock import Clock
from wan_tui.engine.schedule import Schedule

BRISK = 0.01
"""Poll interval at which a minute of waiting is 60 ms and a day is 86 s."""

HASTY = 0.0002
"""Poll interval at which a day of looking takes some two seconds."""


def _row(minutes_ago: float, **changes: object) -> dict[str, object]:
    row = {
        "created": iso(datetime.now(UTC) - timedelta(minutes=minutes_ago)),
        "status": "succeeded",
        "model": DEFAULT_MODEL,
        "inference_id": f"foreign-{minutes_ago}",
        "client_request_id": None,
    }
    return {**row, **changes}


async def _doubtful(rig: Rig, watched: Watched) -> Job:
    """An order that was taken, whose answer was lost, and of which the log does not know yet."""
    rig.service.log_open = False
    rig.service.play("order", rig.service.accept(Reset()))
    return await watched.reaches((await rig.order(watched)).id, JobState.UNCONFIRMED)


async def _given_up(rig: Rig) -> Job:
    """An order in doubt that was looked for in vain for a day, with no ledger to tell whether it was charged."""
    rig.service.always("ledger", http(500))
    async with rig.engine(interval=HASTY) as watched:
        ended = await watched.reaches((await _doubtful(rig, watched)).id, *END)
    assert ended.given_up
    return ended


async def _looks(rig: Rig, more: int) -> None:
    """Wait until the log was asked ``more`` times."""
    wanted = len(rig.service.requests("logs")) + more
    async with asyncio.timeout(PATIENCE):
        while len(rig.service.requests("logs")) < wanted:
            await rig.service.api.arrived.wait()
            rig.service.api.arrived.clear()


async def test_late_row(rig: Rig) -> None:
    """The row appears 20 minutes late: found, with no word of failure before."""
    async with rig.engine(interval=BRISK) as watched:
        job = await _doubtful(rig, watched)
        await _looks(rig, 6)
        waiting = watched.engine.job(job.id)
        assert waiting is not None
        assert waiting.state is JobState.UNCONFIRMED
        assert waiting.error is None
        rig.service.show_rows()
        assert (await watched.reaches(job.id, *END)).state is JobState.SAVED
    assert len(rig.service.requests("order")) == 1


async def test_ten_thousand_rows(rig: Rig) -> None:
    """10,000 rows in the window: found among them, and every page of the log is asked for once."""
    rig.service.rows = [_row(n / 1000, inference_id=f"foreign-{n}") for n in range(-3000, 7000)]
    async with rig.engine(interval=0.001) as watched:
        job = await _doubtful(rig, watched)
        rig.service.show_rows()
        assert (await watched.reaches(job.id, *END)).state is JobState.SAVED


async def test_paging_stops_at_the_order(rig: Rig) -> None:
    """A log that goes back for ever, whatever window was asked for: paging stops at the order's time by the service's
    clock, which it told before the order was sent.
    """
    now = {"Date": _http_date(datetime.now(UTC))}
    rig.service.always("balance", http(json={"current_balance": 10.0, "currency": "USD"}, headers=now))

    def endless(request: Recorded) -> Step:
        offset = len(rig.service.requests("logs")) % 1000 * 100
        rows = [_row((offset + n) * 0.1, inference_id=f"foreign-{offset + n}") for n in range(100)]
        return http(json={"data": rows, "pagination": {"has_more": True}})

    rig.service.always("logs", endless)
    async with rig.engine(interval=BRISK, look_after=False) as watched:
        await _doubtful(rig, watched)
        await watched.engine.sync_once()
    assert 2 <= len(rig.service.requests("logs")) <= 8


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(http(429, json={"message": "busy"}), id="429"),
        pytest.param(http(500, json={"message": "broken"}), id="500"),
        pytest.param(http(502, "<html>bad</html>"), id="502 HTML"),
        pytest.param(http(200, "<html>login</html>"), id="200 HTML"),
        pytest.param(http(400, json={"message": "period: too long"}), id="400"),
        pytest.param(http(403, json={"message": "A management key is needed"}), id="403"),
        pytest.param(http(json={"data": None}), id="data null"),
        pytest.param(http(json=[]), id="list"),
        pytest.param(
            http(json={"data": [{}, 7, None, _row(0), _row(1, status="odd")]}), id="rows without our id"
        ),
        pytest.param([Reset()], id="reset"),
    ],
)
async def test_log_is_no_use(rig: Rig, reply: Step) -> None:
    """Logs 429, 500, HTML, null, rows without client_request_id: it keeps trying, the job stays in doubt."""
    rig.service.always("logs", reply)
    async with rig.engine(interval=BRISK) as watched:
        job = await _doubtful(rig, watched)
        await _looks(rig, 4)
        waiting = watched.engine.job(job.id)
        assert waiting is not None
        assert waiting.state is JobState.UNCONFIRMED
        rig.service.heal()
        assert (await watched.reaches(job.id, *END)).state is JobState.SAVED


async def test_foreign_rows(rig: Rig) -> None:
    """Rows of other programs and near-identical ids (prefix, case, blanks): not adopted."""
    async with rig.engine(interval=BRISK) as watched:
        job = await _doubtful(rig, watched)
        [attempt] = job.attempts
        alike = [
            attempt.client_id.lower(),
            attempt.client_id[1:],
            job.id,
            f"{job.id}1.1",
            f"{job.id[:-1]}.1",
            f"{job.id}:1",
            "x" + attempt.client_id,
        ]
        rig.service.rows = [_row(0, client_request_id=name, inference_id=f"f-{name}") for name in alike]
        await _looks(rig, 4)
        waiting = watched.engine.job(job.id)
        assert waiting is not None
        assert waiting.state is JobState.UNCONFIRMED
        assert waiting.generation_ids == ()


async def test_after_days(rig: Rig) -> None:
    """In doubt for 3 days with the lid closed: the row is found, and no window was laid out by a clock of ours."""
    jumps = Jumps()
    async with rig.engine(clock=jumps.clock()) as watched:
        job = await _doubtful(rig, watched)
    jumps.ahead = timedelta(days=3)
    rig.service.show_rows()
    async with rig.engine(clock=jumps.clock()) as watched:
        await watched.until(lambda: len(watched.engine.index) == 1)
        assert (await watched.reaches(job.id, *END)).state is JobState.SAVED
    assert all("period=" in request.target for request in rig.service.requests("logs"))


@pytest.mark.parametrize(
    ("ledger", "money"),
    [
        pytest.param([], Money.FREE, id="no charge"),
        pytest.param([{"direction": "CHARGE", "reference_id": "who-knows"}], Money.UNKNOWN, id="a charge"),
        pytest.param(
            [{"direction": "CHARGE", "model": "wan-2-1-t2v-plus"}],
            Money.UNKNOWN,
            id="by another of its names",
        ),
        pytest.param(
            [{"direction": "CHARGE", "model": "video-x"}], Money.UNKNOWN, id="by a name never heard of"
        ),
        pytest.param(
            [{"direction": "CHARGE", "model": "wan2.1-t2v-turbo"}], Money.FREE, id="of another model"
        ),
        pytest.param(None, Money.UNKNOWN, id="no ledger"),
    ],
)
async def test_never_found(rig: Rig, ledger: list[dict[str, object]] | None, money: Money) -> None:
    """A day of looking, no row: "not found", and the ledger is the second witness of whether money went."""
    rig.service.play("order", [Reset()])
    if ledger is None:
        rig.service.always("ledger", http(500))
    else:
        rows = [{"created_at": iso(datetime.now(UTC)), "type": "MODEL_USAGE", **row} for row in ledger]
        rig.service.always("ledger", http(json={"data": rows, "pagination": {"has_more": False}}))
    async with rig.engine(interval=HASTY) as watched:
        ordered = await rig.order(watched)
        job = await watched.reaches(ordered.id, *END)
    assert job.state is JobState.FAILED
    assert job.error is not None
    assert (job.error.code, job.error.money) == ("not_found", money)
    assert len(rig.service.requests("order")) == 1


async def test_other_key(rig: Rig) -> None:
    """The key was replaced by one of another account: it says so, and a day later still does not say "not found"."""
    jumps = Jumps()
    async with rig.engine(clock=jumps.clock()) as watched:
        job = await _doubtful(rig, watched)
    rig.service.show_rows()
    jumps.ahead = timedelta(days=2)
    async with rig.engine(clock=jumps.clock(), key="k-of-another-account") as watched:
        await watched.until(
            lambda: (
                (now := watched.engine.job(job.id)) is not None
                and now.problem is not None
                and now.problem.code == "other_key"
            )
        )
        assert current(watched, job.id).search is None  # what another key cannot see is no evidence
    [kept] = await rig.checked()
    async with rig.engine(clock=jumps.clock(), key=KEY) as watched:
        await watched.until(lambda: len(watched.engine.index) == 1)
        assert (await watched.reaches(kept.id, *END)).state is JobState.SAVED


async def test_five_share_a_scan(rig: Rig) -> None:
    """5 in doubt at once: one shared scan settles all."""
    rig.service.log_open = False
    rig.service.play("order", *[rig.service.accept(Reset())] * 5)
    async with rig.engine() as watched:
        ids = [(await rig.order(watched, f"film {n}")).id for n in range(5)]
        for job_id in ids:
            await watched.reaches(job_id, JobState.UNCONFIRMED)
    rig.service.show_rows()
    before = len(rig.service.requests("logs"))
    async with rig.engine() as watched:
        await watched.until(lambda: len(watched.engine.index) == 5)
        for job_id in ids:
            assert (await watched.reaches(job_id, *END)).state is JobState.SAVED
    assert len(rig.service.requests("logs")) - before == 1
    assert len(rig.service.requests("order")) == 5


async def test_five_share_each_vain_scan_too(rig: Rig) -> None:
    """5 in doubt, nothing found yet: a round of looking is one scan, and each job keeps to its own rhythm."""
    waits: Counter[float] = Counter()

    async def sleep(seconds: float) -> None:
        waits[seconds] += 1
        await asyncio.sleep(seconds)

    rig.service.log_open = False
    rig.service.play("order", *[rig.service.accept(Reset())] * 5)
    async with rig.engine(clock=Clock(sleep=sleep)) as watched:
        ids = [(await rig.order(watched, f"film {n}")).id for n in range(5)]
        for job_id in ids:
            await watched.reaches(job_id, JobState.UNCONFIRMED)
        await _looks(rig, 3)
        rig.service.show_rows()
        for job_id in ids:
            assert (await watched.reaches(job_id, *END)).state is JobState.SAVED
    assert waits[Schedule(INTERVAL).look(1)] >= 3  # with a scan for each, four of the five skip this step


async def test_charged_several_times(rig: Rig) -> None:
    """Several rows for one order: all ids are kept, the user is told, all films are fetched."""
    rig.service.always("status", lambda request: http(json=rig.service.completed(asked_for(request))))
    async with rig.engine() as watched:
        job = await _doubtful(rig, watched)
        rig.service.rows = [
            _row(0.01, client_request_id=job.attempts[0].client_id, inference_id="gen-extra"),
        ]
        rig.service.show_rows()
        saved = await watched.reaches(job.id, *END)
        assert any(isinstance(event, Trouble) and "2 times" in event.message for event in watched.events)
        await watched.until(
            lambda: [row.state for row in watched.engine.index.rows()] == [JobState.SAVED, JobState.SAVED]
        )
    assert set(saved.generation_ids) == {"gen-1", "gen-extra"}
    [one, other] = await rig.checked()
    assert {one.generation_id, other.generation_id} == {"gen-1", "gen-extra"}
    assert job.id in (one.parent, other.parent)
    assert one.film_path != other.film_path
    assert len(rig.service.requests("order")) == 1


def _http_date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


@pytest.mark.parametrize("years", [-32, -1, 0.01, 74])
async def test_a_date_made_up_on_the_way(rig: Rig, years: float) -> None:
    """A page in between answers the order with a ``Date`` of its own: the log is searched at the right time."""
    date = _http_date(datetime.now(UTC) + timedelta(days=years * 365.25))
    rig.service.play("order", rig.service.accept(http(524, "<html>late</html>", headers={"Date": date})))
    async with rig.engine(interval=BRISK) as watched:
        ordered = await rig.order(watched)
        assert (await watched.reaches(ordered.id, *END)).state is JobState.SAVED
    assert len(rig.service.requests("order")) == 1


async def test_a_date_made_up_by_the_log(rig: Rig) -> None:
    """An empty log that says it is three days later: no day of looking has passed, the job stays in doubt."""
    date = _http_date(datetime.now(UTC) + timedelta(days=3))
    empty = http(json={"data": [], "pagination": {"has_more": False}}, headers={"Date": date})
    rig.service.always("logs", empty)
    async with rig.engine(interval=BRISK) as watched:
        job = await _doubtful(rig, watched)
        await _looks(rig, 5)
        assert current(watched, job.id).state is JobState.UNCONFIRMED
        rig.service.heal()
        assert (await watched.reaches(job.id, *END)).state is JobState.SAVED


async def test_a_log_without_end(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """More rows of the very moment than are ever read: what was not read proves nothing, not even after a day."""
    monkeypatch.setattr(service_records, "_MOST_PAGES", 20)
    rows = [_row(-n, inference_id=f"f-{n}") for n in range(100)]
    looks: list[bool] = []

    def log(request: Recorded) -> Step:
        if "&offset=0" in request.target:
            looks.append(len(looks) >= 2)
        if looks[-1]:
            return rig.service.answer_logs(request)
        return http(json={"data": rows, "pagination": {"has_more": True}})

    jumps = Jumps()
    async with rig.engine(interval=0.001, clock=jumps.clock()) as watched:
        job = await _doubtful(rig, watched)
        rig.service.show_rows()
        rig.service.always("logs", log)
        jumps.ahead = timedelta(hours=25)
        assert (await watched.reaches(job.id, *END)).state is JobState.SAVED
    assert looks == [False, False, True]


async def test_a_key_that_may_not_read_the_log(rig: Rig) -> None:
    """403 on the log: the job says why it is not found and what to do; with the log open again it is found."""
    rig.service.always("logs", http(403, json={"message": "A management key is needed"}))
    async with rig.engine(interval=BRISK) as watched:
        job = await _doubtful(rig, watched)
        await watched.until(
            lambda: (problem := current(watched, job.id).problem) is not None and problem.code == "log_closed"
        )
        problem = current(watched, job.id).problem
        assert problem is not None
        assert problem.money is Money.UNKNOWN
        rig.service.always("logs", http(json={"data": [], "pagination": {"has_more": False}}))
        await watched.until(
            lambda: (
                (problem := current(watched, job.id).problem) is not None and problem.code == "unconfirmed"
            )
        )
        rig.service.heal()
        assert (await watched.reaches(job.id, *END)).state is JobState.SAVED


async def test_looked_for_again_on_request(rig: Rig) -> None:
    """Given up after a day, found weeks later because the user asked: fetched, not ordered again."""
    job = await _given_up(rig)
    rig.service.always("ledger", http(json={"data": [], "pagination": {"has_more": False}}))
    async with rig.engine() as watched:
        await watched.until(lambda: len(watched.engine.index) == 1)
        await watched.engine.try_again(job.id)
        await told(watched, "still does not know")
        assert current(watched, job.id).given_up
        rig.service.show_rows()
        await watched.engine.try_again(job.id)
        await watched.until(lambda: current(watched, job.id).state is JobState.SAVED)
    assert current(watched, job.id).error is None
    assert len(rig.service.requests("order")) == 1


async def test_looked_for_again_with_another_key(rig: Rig) -> None:
    """The key of another account cannot read the order's log: it says so, and the job stays given up."""
    job = await _given_up(rig)
    rig.service.show_rows()
    async with rig.engine(key="k-of-another-account") as watched:
        await watched.until(lambda: len(watched.engine.index) == 1)
        await watched.engine.try_again(job.id)
        await told(watched, "another key")
        assert current(watched, job.id).given_up
    async with rig.engine() as watched:
        await watched.until(lambda: len(watched.engine.index) == 1)
        await watched.engine.try_again(job.id)
        await watched.until(lambda: current(watched, job.id).state is JobState.SAVED)


async def test_every_attempt_failed(rig: Rig) -> None:
    """Turned away, sent again, failed at the service: the log has both as failed, so it is free at once."""
    rig.service.play("order", http(429, headers={"Retry-After": "0"}))
    rig.service.play("order", rig.service.accept(http(500), succeeded=False))
    rig.service.log_open = False
    async with rig.engine(interval=BRISK) as watched:
        ordered = await rig.order(watched)
        job = await watched.reaches(ordered.id, JobState.UNCONFIRMED)
        rig.service.rows = [
            _row(0.01, status="failed", client_request_id=attempt.client_id, inference_id=None)
            for attempt in job.attempts
        ]
        ended = await watched.reaches(ordered.id, *END)
    assert ended.error is not None
    assert (ended.state, ended.error.money) == (JobState.FAILED, Money.FREE)


async def test_a_disk_that_fails_between_two_finds(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second film of an order cannot be written down: nothing is taken as found, and the next look finds both."""
    rig.service.always("status", lambda request: http(json=rig.service.completed(asked_for(request))))
    refused: list[Job] = []
    async with rig.engine(interval=BRISK) as watched:
        job = await _doubtful(rig, watched)
        recorder = watched.engine._components.recorder
        add = recorder.add

        async def refuse_once(duplicate: Job) -> None:
            if not refused:
                refused.append(duplicate)
                raise LibraryUnwritable("The disk is full")
            await add(duplicate)

        monkeypatch.setattr(recorder, "add", refuse_once)
        rig.service.rows = [
            _row(0.01, client_request_id=job.attempts[0].client_id, inference_id="gen-extra"),
        ]
        rig.service.show_rows()
        await watched.until(
            lambda: [row.state for row in watched.engine.index.rows()] == [JobState.SAVED, JobState.SAVED]
        )
    assert len(refused) == 1
    assert {one.generation_id for one in await rig.checked()} == {"gen-1", "gen-extra"}


async def test_a_row_that_names_no_film(rig: Rig) -> None:
    """The log has the order as made, without its id: the job says so, is not given up, and is found later."""
    jumps = Jumps()
    async with rig.engine(interval=BRISK, clock=jumps.clock()) as watched:
        job = await _doubtful(rig, watched)
        jumps.ahead = timedelta(hours=25)
        nameless = _row(0, client_request_id=job.attempts[0].client_id, inference_id=None)
        rig.service.rows = [nameless]
        await watched.until(
            lambda: (
                (problem := current(watched, job.id).problem) is not None
                and problem.code == "no_generation_id"
            )
        )
        assert current(watched, job.id).state is JobState.UNCONFIRMED
        rig.service.rows = []
        rig.service.show_rows()
        await watched.engine.refresh()
        assert (await watched.reaches(job.id, *END)).state is JobState.SAVED
