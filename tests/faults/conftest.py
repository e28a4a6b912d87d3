"""A real engine with a library of its own and a scripted service; waits are divided by 100."""

from __future__ import annotations

import os
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from tests.faults.checks import Aftermath, check, jobs_on_disk
from tests.faults.program import Program
from tests.faults.service import SIGNATURE, Service
from tests.faults.tally import Tally
from tests.unit.engine.conftest import Watched
from wan_tui.api import certificates, film_http, transport
from wan_tui.api.client import ApiClient
from wan_tui.api.film_client import FilmClient
from wan_tui.api.timeouts import Timeouts
from wan_tui.domain.events import ConnectionChanged, Event, JobChanged, Trouble
from wan_tui.domain.job import Job, JobState
from wan_tui.domain.parameters import DEFAULT_MODEL, Dialect
from wan_tui.domain.request import build
from wan_tui.domain.secret import ApiKey
from wan_tui.engine import Engine, EngineDependencies
from wan_tui.engine.clock import Clock
from wan_tui.engine.schedule import Schedule
from wan_tui.library.films import FilmFolder
from wan_tui.library.history import History
from wan_tui.library.leases import Leases
from wan_tui.simulator import Simulator, SimulatorSettings, running_simulator

KEY = "k-0123456789-fault-TOP"
END = (JobState.SAVED, JobState.FAILED, JobState.EXPIRED)
INTERVAL = 0.1
QUICK = Timeouts(connect=2.0, write=5.0, submit_read=0.5, read=0.5, submit_total=2.0, total=2.0)


@dataclass
class Jumps:
    """A wall clock that can be set; delays use the real one."""

    ahead: timedelta = field(default=timedelta())

    def clock(self) -> Clock:
        return Clock(now=lambda: datetime.now(UTC) + self.ahead)


@dataclass
class Rig:
    """One library folder and one service, to start engines on and order with."""

    home: Path
    service: Service
    tally: Tally
    confirmed: int = 0
    outputs: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def engine(
        self,
        *,
        key: str | None = KEY,
        url: str | None = None,
        clock: Clock | None = None,
        look_after: bool = True,
        interval: float = INTERVAL,
        timeouts: Timeouts = QUICK,
        film_client: FilmClient | None = None,
        films: Path | None = None,
        salt: str = "test",
        leases: Path | None = None,
    ) -> AsyncIterator[Watched]:
        """A started engine, stopped cleanly at the end. ``key`` may be None."""
        engine = Engine(
            EngineDependencies(
                history=History.open(self.home / "data"),
                films=FilmFolder(films or self.home / "films"),
                leases=Leases(leases or self.home / "data" / "leases"),
                api=ApiClient(
                    url or self.service.api.url,
                    None if key is None else ApiKey(key),
                    timeouts=timeouts,
                    now=(clock or Clock()).now,
                ),
                film_client=film_client or FilmClient(allow_loopback=True, chunk_timeout=0.5),
                dialect=Dialect.VENDOR,
                schedule=Schedule(interval),
                clock=clock or Clock(),
                salt=salt,
            )
        )
        watched = Watched(engine)
        await (engine.start() if look_after else engine.load())
        try:
            yield watched
        finally:
            await engine.stop()
            self.outputs += [text for event in watched.events for text in shown(event)]

    async def order(self, watched: Watched, prompt: str = "a paper boat", **values: object) -> Job:
        """Place an order that the user has confirmed once."""
        self.confirmed += 1
        request = build({"model": DEFAULT_MODEL, "prompt": prompt, **values}, lambda: 7)
        return await watched.engine.submit(request)

    async def end_of_one_order(self) -> Job:
        """Order one film and wait until it is saved, failed or expired."""
        async with self.engine() as watched:
            return await watched.reaches((await self.order(watched)).id, *END)

    async def recover(self) -> None:
        """Do what the next start would do, with the service healthy again."""
        self.service.heal()
        async with self.engine(look_after=False) as watched:
            await watched.engine.sync_once()

    async def checked(self) -> list[Job]:
        """Run the six checks, except the one of the terminal; return the jobs on disk."""
        known = {generation_id for job in jobs_on_disk(self.home) for generation_id in job.generation_ids}
        if set(self.service.ids) - known:
            await self.recover()
        case = Aftermath(
            home=self.home,
            till=self.service.ids,
            confirmed=self.confirmed,
            key=KEY,
            secrets=[SIGNATURE],
            outputs=self.outputs,
            foreign=self.service.films.bytes_seen,
        )
        self.tally.double_paid += max(0, len(case.till) - case.confirmed)
        return check(case)


def shown(event: Event) -> list[str]:
    """All texts of an event that a user may see."""
    match event:
        case JobChanged(job=job):
            return [failure.sentence for failure in (job.error, job.problem) if failure]
        case ConnectionChanged(detail=detail):
            return [detail]
        case Trouble(message=message, next_step=next_step):
            return [message, next_step]
    return []


_TLS_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")
_tls_context = cache(lambda *variables: certificates.tls_context())
"""Shared by all cases, since creating it takes longer than most of them. Keyed by the variables for certificates."""


def _quick_context() -> ssl.SSLContext:
    return _tls_context(*map(os.environ.get, _TLS_VARIABLES))


@pytest.fixture(autouse=True)
def _quick_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (transport, film_http):
        monkeypatch.setattr(module, "tls_context", _quick_context)


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with Service() as running:
        yield running


@pytest.fixture
async def rig(tmp_path: Path, service: Service, tally: Tally) -> AsyncIterator[Rig]:
    """A rig that runs the six checks at the end of the case."""
    made = Rig(tmp_path, service, tally)
    tally.cases += 1
    yield made
    tally.faults += service.played
    await made.checked()
    tally.checked += 1


# The program in separate processes, for faults of the process, its machine and its terminal


@pytest.fixture(scope="module")
def simulator(drawn: Path) -> Iterator[Simulator]:
    settings = SimulatorSettings(
        pace=0.5,
        concurrency=50,
        log_delay=0.2,
        posts_per_minute=10_000,
        film_seconds=0.2,
        credits_usd=10_000.0,
        films_folder=drawn,
    )
    with running_simulator(settings) as running:
        yield running


@pytest.fixture
def program(tmp_path: Path, simulator: Simulator, tally: Tally) -> Iterator[Program]:
    """The program with a home folder of its own; runs the checks at the end of the case."""
    made = Program(tmp_path, simulator)
    tally.cases += 1
    yield made
    simulator.drop_faults()
    made.checked()
    tally.checked += 1


@pytest.fixture
def slow_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Delays every write, so that anything announced before it is on disk is noticed."""
    at_once = History.change_many

    def slowly(
        history: History, changes: Sequence[tuple[str, Callable[[Job], Job]]], *, durable: bool
    ) -> list[Job]:
        time.sleep(0.1)
        return at_once(history, changes, durable=durable)

    monkeypatch.setattr(History, "change_many", slowly)
