"""The last word before an order leaves: the connection stands, no byte has been sent."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from tests.faults.rig import CERTS, ScriptedServer, Send, http
from tests.unit.api.conftest import Ids, MakeClient
from wan_tui.api.timeouts import Timeouts
from wan_tui.domain.errors import LibraryBusy, OutcomeUnknown
from wan_tui.domain.parameters import Dialect
from wan_tui.domain.request import GenerationRequest

TAKEN = {"id": "gen-1", "status": "queued"}


async def test_it_is_asked_once_when_the_connection_stands_and_nothing_was_read(
    make_client: MakeClient, order: GenerationRequest, ids: Ids
) -> None:
    """Asked exactly once; at that moment the service has the connection and not one request."""
    asked: list[tuple[int, int]] = []
    async with ScriptedServer(http(json=TAKEN)) as server:

        async def last_word() -> None:
            await asyncio.sleep(0.05)  # a byte that had left would be there by now
            asked.append((server.connections, len(server.requests)))

        await make_client(server).submit(order, "01JOB.1", Dialect.VENDOR, id_seen=ids, before_send=last_word)
        assert asked == [(1, 0)]
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    "objection",
    [
        LibraryBusy("held by another process"),
        OutcomeUnknown("looks like one of the tree"),
        TimeoutError("looks like a deadline"),
        httpx.ReadError("looks like one of httpx"),
        ValueError("looks like our own fault"),
    ],
)
async def test_an_objection_stops_the_order_and_comes_out_as_it_is(
    make_client: MakeClient, order: GenerationRequest, ids: Ids, objection: Exception
) -> None:
    """Whatever is raised, even what looks like an error of the line: the very same comes out, nothing was sent."""

    async def last_word() -> None:
        raise objection

    async with ScriptedServer(http(json=TAKEN)) as server:
        client = make_client(server)
        with pytest.raises(type(objection)) as caught:
            await client.submit(order, "01JOB.1", Dialect.VENDOR, id_seen=ids, before_send=last_word)
        assert caught.value is objection
        await asyncio.sleep(0.05)
        assert server.bytes_seen == b""
        # The client is as good as new.
        await client.submit(order, "01JOB.2", Dialect.VENDOR, id_seen=ids)
        assert [request.headers["x-client-request-id"] for request in server.requests] == ["01JOB.2"]


async def test_a_tunnel_through_a_proxy_stands_before_it_is_asked(
    make_client: MakeClient, order: GenerationRequest, ids: Ids, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy's CONNECT is no order: it went out before, and where the tunnel fails nobody is asked."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTS / "localhost.crt"))
    asked: list[str] = []

    async def last_word() -> None:
        asked.append("")

    async with ScriptedServer(Send(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        client = make_client("https://service.example")
        with pytest.raises(Exception, match="proxy"):
            await client.submit(order, "01JOB.1", Dialect.VENDOR, id_seen=ids, before_send=last_word)
        assert [request.method for request in proxy.requests] == ["CONNECT"]
    assert asked == []


async def test_a_lock_that_is_slow_is_no_slowness_of_the_service(
    make_client: MakeClient, order: GenerationRequest, ids: Ids
) -> None:
    """The last word may take longer than the whole call: its time does not count."""

    async def last_word() -> None:
        await asyncio.sleep(0.5)

    async with ScriptedServer(http(json=TAKEN)) as server:
        taken = await make_client(server, Timeouts(submit_total=0.3)).submit(
            order, "01JOB.1", Dialect.VENDOR, id_seen=ids, before_send=last_word
        )
    assert taken.report.generation_id == "gen-1"


async def test_being_cancelled_while_it_is_asked_sends_nothing(
    make_client: MakeClient, order: GenerationRequest, ids: Ids
) -> None:
    """A program that ends while the last word is awaited has sent nothing."""
    reached = asyncio.Event()

    async def last_word() -> None:
        reached.set()
        await asyncio.Event().wait()

    async with ScriptedServer(http(json=TAKEN)) as server:
        sending = asyncio.create_task(
            make_client(server).submit(order, "01JOB.1", Dialect.VENDOR, id_seen=ids, before_send=last_word)
        )
        await reached.wait()
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        assert sending.cancelled()
        assert server.bytes_seen == b""
