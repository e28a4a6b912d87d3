"""The client and the simulated service, which were written apart, understand each other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.patience import PATIENCE
from tests.unit.api.conftest import Ids, MakeClient
from wan_tui.api.film_client import FilmClient
from wan_tui.domain.errors import NoCredits, NotFound, Unauthorized
from wan_tui.domain.observations import Phase
from wan_tui.domain.parameters import Dialect
from wan_tui.domain.request import GenerationRequest
from wan_tui.domain.secret import ApiKey
from wan_tui.simulator.accounts import KEY_WITHOUT_CREDITS, WRONG_KEY
from wan_tui.simulator.server import Simulator
from wan_tui.simulator.settings import SimulatorSettings


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    running = Simulator(SimulatorSettings(pace=0.2, log_delay=0.0, film_seconds=0.2))
    await running.start()
    yield running
    await running.stop()


@pytest.mark.parametrize("dialect", list(Dialect))
async def test_from_the_order_to_the_film(
    make_client: MakeClient, order: GenerationRequest, ids: Ids, simulator: Simulator, dialect: Dialect
) -> None:
    """Price, order, state, film, log, ledger and balance agree on one id and one sum."""
    client = make_client(simulator.base_url)
    before = datetime.now(UTC) - timedelta(hours=1)
    price, balance = await client.price(order.model, order.parameters), await client.balance()
    assert price is not None
    assert balance is not None
    taken = await client.submit(order, "01JOB.1", dialect, id_seen=ids)
    assert taken.echoed
    assert ids.seen == [taken.report.generation_id]
    report = taken.report
    async with asyncio.timeout(PATIENCE):
        while report.phase is not Phase.DONE:
            await asyncio.sleep(0.05)
            report = await client.fetch(report.generation_id, dialect)
    assert report.cost is not None
    assert report.cost.usd == pytest.approx(price)
    assert report.video_url is not None
    assert report.url_expires_at is not None
    films = FilmClient(allow_loopback=True)
    async with films.open(report.video_url) as film:
        got = b"".join([chunk async for chunk in film.chunks()])
    async with films.open(report.video_url, start=100, etag=film.etag) as rest:
        assert (rest.status, rest.start) == (206, 100)
        assert b"".join([chunk async for chunk in rest.chunks()]) == got[100:]
    await films.aclose()
    assert len(got) == film.total
    until = datetime.now(UTC) + timedelta(hours=1)
    [logged] = (await client.logs(before, until)).rows
    assert (logged.client_request_id, logged.generation_id) == ("01JOB.1", report.generation_id)
    assert (await client.logs(period=timedelta(hours=2))).rows == (logged,)
    assert (await client.logs(period=timedelta(days=92))).rows == (logged,)
    charges = [row for row in (await client.transactions(before)).rows if row.charged]
    assert [row.reference_id for row in charges] == [report.generation_id]
    assert await client.balance() == pytest.approx(balance - price)


async def test_what_it_refuses(
    make_client: MakeClient, order: GenerationRequest, ids: Ids, simulator: Simulator
) -> None:
    """Wrong key, empty account, unknown generation."""
    client = make_client(simulator.base_url)
    with pytest.raises(NotFound):
        await client.fetch("nobody", Dialect.VENDOR)
    client.key = ApiKey(KEY_WITHOUT_CREDITS)
    with pytest.raises(NoCredits, match="credits"):
        await client.submit(order, "01JOB.1", Dialect.VENDOR, id_seen=ids)
    client.key = ApiKey(WRONG_KEY)
    with pytest.raises(Unauthorized):
        await client.balance()
    assert ids.seen == []
