"""Any answers of the service and any prompts, through the real client, engine and history.

A few hundred by default; ``FUZZ_EXAMPLES=10000 pytest -n 0 tests/faults/test_fuzz.py`` is the long run.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.faults.checks import check_films_whole, jobs_on_disk
from tests.faults.conftest import Rig, shown
from tests.faults.rig import Reply, http
from tests.faults.service import Service, asked_for
from tests.faults.strategies import SECRET, Day, days
from tests.faults.tally import Tally
from tests.faults.waiting import current
from tests.unit.engine.conftest import Watched
from wan_tui.domain.errors import InvalidRequest
from wan_tui.domain.events import Connection, Trouble
from wan_tui.domain.job import Attempt, Job, JobState
from wan_tui.domain.text import clean_text
from wan_tui.engine import prices
from wan_tui.engine.clock import Clock
from wan_tui.engine.schedule import Schedule

INTERVAL = 0.01
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "250"))


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as one:
        yield one


@pytest.mark.timeout(600)  # as many days as there are examples
@given(day=days)
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), phases=set(Phase) - {Phase.shrink})
def test_any_answers(runner: asyncio.Runner, tally: Tally, day: Day) -> None:
    """No crash, nothing ordered twice, every text harmless, no key anywhere, only whole films, and an end."""
    with tempfile.TemporaryDirectory() as folder:
        runner.run(_live(Path(folder), day, tally))


async def _live(home: Path, day: Day, tally: Tally) -> None:
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    async with Service() as service:
        rig = Rig(home, service, tally)
        _script(service, day)
        async with rig.engine(key=SECRET, interval=INTERVAL, clock=Clock(sleep=_briefly)) as watched:
            try:
                ordered = await rig.order(watched, day.prompt)
            except InvalidRequest:
                assert service.requests("order") == []
                return
            tally.cases += 1
            job = await _at_rest(watched, ordered.id, service)
            tally.faults += service.played
    assert complaints == []
    assert len(service.till) <= 1
    assert len(service.requests("order")) == number_of(job.attempts[-1])
    assert not [
        event
        for event in watched.events
        if isinstance(event, Trouble) and "interrupted a job" in event.message
    ]
    _assert_harmless(watched, jobs_on_disk(home))
    _assert_no_key(home, service, rig.outputs)
    check_films_whole(home / "films")
    tally.checked += 1


def number_of(attempt: Attempt) -> int:
    """Which attempt of its job it was."""
    _, number, _ = attempt.client_id.split(".")
    return int(number)


def _script(service: Service, day: Day) -> None:
    """The day's answers; after them all is well, and any generation that is asked about is finished."""
    service.always("status", lambda request: http(json=service.completed(asked_for(request))))
    for route, answers in day.answers.items():
        for steps in answers:
            if route == "order" and day.taken:
                service.play(route, service.accept(*steps))
            else:
                service.play(route, Reply(steps))


async def _briefly(seconds: float) -> None:
    """The balance is asked for less often than all else, or three quarters of the requests were for it."""
    balance = seconds == Schedule(INTERVAL).scaled(prices.ACCOUNT_SECONDS)
    await asyncio.sleep(0.1 if balance else min(seconds, 0.002))


async def _at_rest(watched: Watched, job_id: str, service: Service) -> Job:
    """Wait until the job is settled, or nothing more comes of waiting: it is the user's turn, the key was refused, or
    the order is looked for where it never arrived.
    """
    engine = watched.engine
    for _ in range(1000):
        job = current(watched, job_id)
        vain = job.state is JobState.UNCONFIRMED and not service.till
        if job.state.settled or engine.stuck(job) or vain or engine.connection is Connection.KEY_REFUSED:
            return job
        await asyncio.sleep(0.005)
    asked = [f"{request.method} {request.target}" for request in service.api.requests[-5:]]
    raise AssertionError(f"never at rest: {job.state} {job.problem} {engine.connection}, last asked: {asked}")


def _assert_harmless(watched: Watched, jobs: list[Job]) -> None:
    for text in [text for event in watched.events for text in shown(event)]:
        assert text == clean_text(text)
        assert len(text) < 2000
    for job in jobs:
        for word in (job.status_word, job.reply, job.request_id):
            assert word is None or word == clean_text(word, 70_000)
        if job.state in (JobState.FAILED, JobState.EXPIRED):
            assert job.error is not None
            assert job.error.next_step


def _assert_no_key(home: Path, service: Service, outputs: list[str]) -> None:
    key = SECRET.encode()
    assert key not in service.films.bytes_seen
    assert not any(SECRET in output for output in outputs)
    for path in home.rglob("*"):
        if path.is_file():
            assert key not in path.read_bytes(), path.name
