"""A real engine on a library of its own, against the real simulator, with all waiting times divided by fifty."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.patience import PATIENCE
from wan_tui.api.client import ApiClient
from wan_tui.api.film_client import FilmClient
from wan_tui.domain.errors import SpendingOff
from wan_tui.domain.events import Event
from wan_tui.domain.job import Job, JobState
from wan_tui.domain.parameters import DEFAULT_MODEL, Dialect
from wan_tui.domain.request import GenerationRequest, build
from wan_tui.domain.secret import ApiKey
from wan_tui.engine import Engine, EngineDependencies
from wan_tui.engine.clock import Clock
from wan_tui.engine.schedule import Schedule
from wan_tui.library.films import FilmFolder
from wan_tui.library.history import History
from wan_tui.library.leases import Leases
from wan_tui.simulator import Simulator, SimulatorSettings, running_simulator


class Rig:
    """One library folder and one service; makes engines on them."""

    def __init__(self, home: Path, service: Simulator) -> None:
        self.home = home
        self.service = service
        self.key = f"sk-test-{home.name}"

    @asynccontextmanager
    async def engine(
        self,
        *,
        key: str | None = "",
        url: str | None = None,
        clock: Clock | None = None,
        look_after: bool = True,
        dialect: Dialect = Dialect.VENDOR,
        spending_off: SpendingOff | None = None,
    ) -> AsyncIterator[Watched]:
        """A started engine, stopped in order at the end. ``key`` None: there is none."""
        engine = Engine(
            EngineDependencies(
                history=History.open(self.home / "data"),
                films=FilmFolder(self.home / "films"),
                leases=Leases(self.home / "data" / "leases"),
                api=ApiClient(
                    url or self.service.base_url,
                    None if key is None else ApiKey(key or self.key),
                    now=(clock or Clock()).now,
                ),
                film_client=FilmClient(allow_loopback=True),
                dialect=dialect,
                schedule=Schedule(0.2),
                clock=clock or Clock(),
                salt="test",
                spending_off=spending_off,
            )
        )
        watched = Watched(engine)
        await (engine.start() if look_after else engine.load())
        try:
            yield watched
        finally:
            await engine.stop()

    def till(self) -> list[dict[str, Any]]:
        """Orders of this rig that the service accepted, oldest first."""
        orders: Any = self.service.till()["orders"]
        return [order for order in orders if order["body"]["prompt"].startswith(self.home.name)]

    def request(self, words: str = "a paper boat", **values: object) -> GenerationRequest:
        """A request whose prompt names this rig, so that its orders can be told from others in the till."""
        values = {"model": DEFAULT_MODEL, "prompt": f"{self.home.name} {words}", **values}
        return build(values, lambda: 7)


class Watched:
    """An engine and everything it announced."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.events: list[Event] = []
        self._news = asyncio.Event()
        engine.subscribe(self._listen)

    def _listen(self, event: Event) -> None:
        self.events.append(event)
        self._news.set()

    async def until(self, happened: Callable[[], bool]) -> None:
        """Wait until ``happened`` after some event."""
        async with asyncio.timeout(PATIENCE):
            while not happened():
                self._news.clear()
                await self._news.wait()

    async def reaches(self, job_id: str, *states: JobState) -> Job:
        """Wait until the job is in one of ``states``; return it."""

        def there() -> bool:
            job = self.engine.job(job_id)
            return job is not None and job.state in states

        await self.until(there)
        job = self.engine.job(job_id)
        assert job is not None
        return job


@pytest.fixture(scope="module")
def service(drawn: Path) -> Iterator[Simulator]:
    settings = SimulatorSettings(
        pace=0.3,
        concurrency=50,
        log_delay=0.1,
        posts_per_minute=10_000,
        film_seconds=0.2,
        credits_usd=1000.0,
        films_folder=drawn,
    )
    with running_simulator(settings) as simulator:
        yield simulator


@pytest.fixture
def rig(tmp_path: Path, service: Simulator) -> Iterator[Rig]:
    yield Rig(tmp_path, service)
    service.drop_faults()
