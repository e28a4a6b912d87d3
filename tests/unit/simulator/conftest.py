"""A simulator on real sockets, with a clock that moves when told."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.patience import PATIENCE
from wan_tui.simulator import Simulator, SimulatorSettings
from wan_tui.simulator.access import CONTROL_HEADER

MODEL = "alibaba/wan2.1-t2v-plus"
VENDOR = "/v2/generate/video/alibaba/generation"
UNIVERSAL = "/v2/video/generations"
KEY = "sk-test-key"
TOKEN = "opens the simulator's own doors"


@dataclass
class ManualClock:
    """Unix seconds that stand still until somebody moves them."""

    seconds: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Bench:
    """A running simulator, a client of its API with a good key, and a bare one for films."""

    simulator: Simulator
    clock: ManualClock
    api: httpx.AsyncClient
    bare: httpx.AsyncClient = field(repr=False)

    async def order(self, path: str = VENDOR, client_id: str | None = None, **fields: Any) -> httpx.Response:
        """Places an order; fields go over a small good body."""
        headers = {} if client_id is None else {"X-Client-Request-Id": client_id}
        body = {"model": MODEL, "prompt": "a quiet sea", "seed": 7, **fields}
        headers["Content-Type"] = "application/json"
        # As ASCII: httpx refuses lone surrogates in its own JSON.
        return await self.api.post(path, content=json.dumps(body), headers=headers)

    async def poll(self, generation_id: str, path: str = VENDOR) -> httpx.Response:
        """Asks how an order stands."""
        return await self.api.get(path, params={"generation_id": generation_id})

    async def finished(self, **fields: Any) -> dict[str, Any]:
        """Places an order and goes to its end; gives the last answer."""
        ordered = await self.order(**fields)
        self.clock.seconds += 1000
        answer: dict[str, Any] = (await self.poll(ordered.json()["id"])).json()
        return answer

    @property
    def accepted(self) -> list[Any]:
        """The orders in the till."""
        orders = self.simulator.till()["orders"]
        assert isinstance(orders, list)
        return orders


StartBench = Callable[..., AbstractAsyncContextManager[Bench]]


@pytest.fixture
def start(tmp_path: Path) -> StartBench:
    """Starts a bench with settings over those of the tests."""

    @contextlib.asynccontextmanager
    async def started(**changes: Any) -> AsyncIterator[Bench]:
        clock = changes.pop("clock", None) or ManualClock()
        plain = {
            "films_folder": tmp_path / "films",
            "film_seconds": 0.2,
            "draw_ahead": False,
            "control_token": TOKEN,
        }
        simulator = Simulator(SimulatorSettings(clock=clock, **{**plain, **changes}))
        await simulator.start()
        headers = {"Authorization": f"Bearer {KEY}", CONTROL_HEADER: TOKEN}
        try:
            async with (
                httpx.AsyncClient(
                    base_url=simulator.base_url, headers=headers, trust_env=False, timeout=PATIENCE
                ) as api,
                httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as bare,
            ):
                yield Bench(simulator, clock, api, bare)
            assert simulator.till()["crashes"] == []
        finally:
            await simulator.stop()

    return started


@pytest.fixture
async def bench(start: StartBench) -> AsyncIterator[Bench]:
    """A bench with the settings of the tests."""
    async with start() as running:
        yield running
