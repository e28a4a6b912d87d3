"""No question that goes wrong makes a job fail."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.faults.conftest import END, INTERVAL, Jumps, Rig
from tests.faults.rig import Recorded, Reset, Step, Trickle, http
from tests.faults.service import Route, asked_for
from tests.faults.waiting import asked, changes, current, told
from tests.patience import until
from tests.unit.engine.conftest import Watched
from wan_tui.domain.errors import Money
from wan_tui.domain.events import Connection, ConnectionChanged
from wan_tui.domain.job import JobState
from wan_tui.engine import prices
from wan_tui.engine.clock import Clock
from wan_tui.engine.schedule import HOUR, Schedule

HASTY = 0.0002
"""Poll interval at which a day of asking takes some two seconds."""


async def _saved_in_spite_of(rig: Rig, *answers: Step | list[Step] | Callable[[Recorded], Step]) -> Watched:
    """One order whose first polls are answered so, and which ends saved all the same."""
    rig.service.play("status", *answers)
    async with rig.engine(interval=0.02) as watched:
        job = await watched.reaches((await rig.order(watched)).id, *END)
    assert job.state is JobState.SAVED, job.error
    assert len(rig.service.requests("status")) > len(answers)
    return watched


async def test_fifty_500(rig: Rig) -> None:
    """500 × 50, then completed: saved. Meanwhile the job says that asking goes on, and that it is paid."""
    rig.service.play("status", *[http(500, json={"message": "broken"})] * 50)
    async with rig.engine(interval=0.005) as watched:
        job = await rig.order(watched)
        await watched.until(lambda: current(watched, job.id).problem is not None)
        assert current(watched, job.id).state.running
        assert (await watched.reaches(job.id, *END)).state is JobState.SAVED


async def test_404_for_ever(rig: Rig) -> None:
    """404 for ever: normal at first, then asked hourly, after a day lost, charged, with the id to copy."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        await asyncio.sleep(seconds)

    rig.service.always("status", http(404, json={"message": "Generation not found"}))
    async with rig.engine() as watched:
        ordered = await rig.order(watched)
        await asked(rig.service, "status", 5)
        assert current(watched, ordered.id).state is JobState.QUEUED
        assert current(watched, ordered.id).problem is None
    async with rig.engine(interval=HASTY, clock=Clock(sleep=sleep)) as watched:
        await watched.until(lambda: len(watched.engine.index) == 1)
        job = await watched.reaches(ordered.id, *END)
    assert any(abs(wait - Schedule(HASTY).scaled(HOUR)) < 1e-9 for wait in waits)
    assert job.error is not None
    assert (job.state, job.error.code, job.error.money) == (JobState.FAILED, "lost", Money.CHARGED)
    assert "gen-1" in job.error.next_step


@pytest.mark.parametrize("word", ["succeeded", "COMPLETED", " Completed ", "done", "Success"])
async def test_words_for_done(rig: Rig, word: str) -> None:
    """Status ``succeeded``, ``COMPLETED``, `` Completed ``: done."""
    rig.service.always(
        "status", lambda request: http(json=rig.service.completed(asked_for(request), status=word))
    )
    assert (await rig.end_of_one_order()).state is JobState.SAVED


_ABSENT = object()


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ("pending", "pending"),
        ("warming_up_✨", "warming_up_✨"),
        ("\x1b[31mred[/bold]\u202e", "[31mred[/bold]"),
        ("", None),
        (None, None),
        (_ABSENT, None),
        (7, "7"),
        (["queued"], "['queued']"),
    ],
)
async def test_odd_status(rig: Rig, status: object, shown: str | None) -> None:
    """Status ``pending``, unheard of, empty, null, missing, a number, a list: running, the word shown cleaned."""

    def odd(request: Recorded) -> Step:
        return http(
            json={
                "id": asked_for(request),
                "video": None,
                **({} if status is _ABSENT else {"status": status}),
            }
        )

    rig.service.play("status", odd, odd)
    async with rig.engine() as watched:
        job = await rig.order(watched)
        await asked(rig.service, "status", 3)
        assert not any(seen.state is JobState.FAILED for seen in changes(watched))
        if shown is not None:
            await watched.until(lambda: any(seen.status_word == shown for seen in changes(watched)))
        assert (await watched.reaches(job.id, *END)).state is JobState.SAVED


async def test_link_comes_later(rig: Rig) -> None:
    """``completed`` with ``video: null``, the link after 4 more polls: saved; meanwhile "paid, no link yet"."""

    def linkless(request: Recorded) -> Step:
        return http(json={"id": asked_for(request), "status": "completed", "video": None})

    watched = await _saved_in_spite_of(rig, *[linkless] * 4)
    problems = {job.problem for job in changes(watched) if job.problem}
    assert {(p.code, p.money) for p in problems} == {("link_missing", Money.CHARGED)}
    # One state in every place: nobody is told "generating" and "the film is made" of one job.
    assert {job.state for job in changes(watched) if job.problem} == {JobState.COMPLETED}


async def test_link_comes_after_a_restart(rig: Rig) -> None:
    """The next program, the studio or one ``sync``, goes on asking: a film without a link has not expired."""

    def linkless(request: Recorded) -> Step:
        return http(json={"id": asked_for(request), "status": "completed", "video": None})

    rig.service.always("status", linkless)
    async with rig.engine() as watched:
        job = await rig.order(watched)
        await watched.until(lambda: current(watched, job.id).problem is not None)
    async with rig.engine(look_after=False) as watched:
        await watched.engine.sync_once()
        assert current(watched, job.id).state is JobState.COMPLETED
        rig.service.heal()
        await watched.engine.sync_once()
        assert current(watched, job.id).state is JobState.SAVED


async def test_hours_without_a_program_are_no_experience(rig: Rig) -> None:
    """A film completed while nobody asked took some time that nobody knows; the next one, watched, counts."""
    rig.service.always(
        "status", lambda request: http(json={"id": asked_for(request), "status": "generating"})
    )
    jumps = Jumps()
    async with rig.engine(clock=jumps.clock()) as watched:
        left = await rig.order(watched)
        await watched.reaches(left.id, JobState.GENERATING)
    rig.service.heal()
    jumps.ahead = timedelta(hours=2)
    async with rig.engine(clock=jumps.clock()) as watched:
        await watched.reaches(left.id, JobState.SAVED)
        assert watched.engine.index.past_durations(left.model) == []
        await watched.reaches((await rig.order(watched)).id, JobState.SAVED)
        [seconds] = watched.engine.index.past_durations(left.model)
        assert seconds < 60


@pytest.mark.parametrize(
    "url",
    [
        "",
        7,
        "film.mp4",
        "/film.mp4",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://10.0.0.1/f",
        "http://[::",
    ],
)
async def test_link_that_is_none(rig: Rig, url: object) -> None:
    """``video.url`` empty, a number, relative, ``file:``, ``javascript:``: refused, told, and asked for again."""

    def odd(request: Recorded) -> Step:
        return http(json=rig.service.completed(asked_for(request), video={"url": url}))

    watched = await _saved_in_spite_of(rig, *[odd] * 3)
    assert any(job.problem is not None for job in changes(watched))
    assert len(rig.service.requests("film")) == 1


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (None, "without a reason"),
        ("The model broke", "The model broke"),
        ({"message": "No name"}, "No name"),
        ({"name": "DataInspectionFailed", "message": "inappropriate content"}, "content check"),
        (["a", "b"], "a"),
        ({"error": {"error": {"message": "deep"}}}, "deep"),
        ("see http://evil.example/pay [/bold]\x1b[2J", "see"),
    ],
)
async def test_errors(rig: Rig, error: object, told: str) -> None:
    """``error`` as null, text, object, list; moderation: failed, not charged, told in sensible cleaned words."""
    rig.service.play("order", rig.service.accept(http(json={"id": "g", "status": "queued"}), succeeded=False))
    rig.service.always("status", http(json={"id": "g", "status": "error", "error": error}))
    job = await rig.end_of_one_order()
    assert job.state is JobState.FAILED
    assert job.error is not None
    assert job.error.money is Money.FREE
    assert told in job.error.message
    assert "evil" not in job.error.sentence
    assert job.prompt == "a paper boat"


async def test_error_while_running(rig: Rig) -> None:
    """``error`` beside the status ``running``: stays running."""
    running = http(json={"status": "running", "error": "a warning"})
    await _saved_in_spite_of(rig, running, running)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(
            [http(200, '{"id"', length=999), Trickle(b" ", 0.05, repeat=True)], id="1 byte at a time for ever"
        ),
        pytest.param([http(200, length=10)], id="cut"),
        pytest.param([Reset()], id="reset"),
        pytest.param(
            http(json={"id": "another", "status": "error", "error": "no"}), id="reply for another id"
        ),
        pytest.param(http(200, "<html>login</html>"), id="HTML"),
        pytest.param(http(200, "null"), id="null"),
        pytest.param(http(200, '{"status": "comp'), id="half JSON"),
        pytest.param(
            http(200, b'{"status": "completed", "x": "' + b"x" * (2 << 20) + b'"}'), id="over the cap"
        ),
        pytest.param(http(200, b"\x1f\x8bgarbage", headers={"Content-Encoding": "gzip"}), id="no gzip"),
        pytest.param(http(302, headers={"Location": "http://127.0.0.1:9/"}), id="redirect"),
        pytest.param(http(403, "<html>blocked</html>"), id="403 HTML"),
        pytest.param(http(400, json={"message": "generation_id: bad"}), id="400"),
    ],
)
async def test_blips(rig: Rig, answer: Step | list[Step]) -> None:
    """Trickles, cuts, resets, strangers' answers, pages: ignored, bounded in time and size, then saved."""
    await _saved_in_spite_of(rig, answer, answer)


async def test_lost_and_asked_about_again(rig: Rig) -> None:
    """404 for a day, then the service knows it after all: asked again on request, it is fetched."""
    rig.service.always("status", http(404, json={"message": "Generation not found"}))
    async with rig.engine(interval=HASTY) as watched:
        ordered = await rig.order(watched)
        assert (await watched.reaches(ordered.id, *END)).given_up
        await watched.engine.try_again(ordered.id)
        await told(watched, "still does not know")
        assert current(watched, ordered.id).given_up
        rig.service.heal()
        await watched.engine.try_again(ordered.id)
        await watched.until(lambda: current(watched, ordered.id).state is JobState.SAVED)


@pytest.mark.parametrize("closed", [("balance",), ("logs",), ("balance", "logs")], ids=", ".join)
async def test_a_key_that_may_order_but_not_see_everything(rig: Rig, closed: tuple[Route, ...]) -> None:
    """403 on balance or log, however often: the key is a good one, and polling goes on."""
    for route in closed:
        rig.service.always(route, http(403, json={"message": "This key may not do that"}))
    async with rig.engine() as watched:
        if "logs" in closed:
            rig.service.play("order", rig.service.accept(Reset()))
            doubtful = await watched.reaches((await rig.order(watched)).id, JobState.UNCONFIRMED)
            await asked(rig.service, "logs", 6)
            assert current(watched, doubtful.id).problem is not None
        for _ in range(3):
            await watched.engine.refresh()
        ordered = await rig.order(watched)
        assert (await watched.reaches(ordered.id, *END)).state is JobState.SAVED
    assert not [
        e
        for e in watched.events
        if isinstance(e, ConnectionChanged) and e.connection is Connection.KEY_REFUSED
    ]


async def test_a_key_that_may_only_see_the_balance(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """403 on each poll while the balance is told: no job fails, and the key is tried ever more patiently."""
    waits: list[float] = []
    # Of the short times of tests, a busy machine would take a standstill for a key that worked for long.
    monkeypatch.setattr(prices, "_GOOD_SECONDS", float("inf"))

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        await asyncio.sleep(min(seconds, 0.01))

    rig.service.always("status", http(403, json={"message": "This key may not do that"}))
    async with rig.engine(clock=Clock(sleep=sleep)) as watched:
        ordered = await rig.order(watched)
        trials = [Schedule(INTERVAL).scaled(wait) for wait in (30.0, 60.0, 120.0)]

        def ever_more_patient() -> bool:
            seen = iter(waits)
            return all(wait in seen for wait in trials)

        await until(ever_more_patient)
        assert current(watched, ordered.id).state is JobState.QUEUED
        rig.service.heal()
        await watched.engine.try_again(ordered.id)
        assert (await watched.reaches(ordered.id, *END)).state is JobState.SAVED
