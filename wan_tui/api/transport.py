"""HTTP transport to the service: POSTs that cost money and are sent once, and reads that may be retried."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing, suppress
from typing import Any, cast

import httpx

from wan_tui.api.certificates import tls_context
from wan_tui.api.connections import make_request, open_client
from wan_tui.api.deadline import Deadline
from wan_tui.api.decoding import PIECE, Unpacker
from wan_tui.api.network_errors import order_exception, reading_exception
from wan_tui.api.proxies import Proxies
from wan_tui.api.response import Response
from wan_tui.api.timeouts import Timeouts
from wan_tui.domain.crashpoints import crash_point
from wan_tui.domain.secret import ApiKey
from wan_tui.domain.url import read_url

JSON_CAP = 1 << 20
ERROR_CAP = 1 << 16
"""Maximum bytes of a decompressed body; the rest is not read."""

_IDLE_CONNECTIONS = 4


class Transport:
    """Sends requests to one origin. Raises ServiceError, never errors of httpx."""

    def __init__(self, base_url: str, timeouts: Timeouts) -> None:
        """Blocks while creating the TLS context: call it in a thread.

        Raises NotReady if an environment variable would block all requests to ``base_url``.
        """
        self._origin = read_url(base_url).origin
        self._timeouts = timeouts
        self._proxies = Proxies()
        self._proxy = self._proxies.proxy_for(*self._origin)
        self._context = tls_context()
        # Orders never reuse a connection: a stale one would leave the outcome unknown.
        self._orders = open_client(self._context, self._proxies, keep_alive=0)
        self._readings = open_client(self._context, self._proxies, keep_alive=_IDLE_CONNECTIONS)
        self._in_flight: Counter[httpx.AsyncClient] = Counter()
        """Number of running reads per client."""

    async def aclose(self) -> None:
        await self._orders.aclose()
        await self._readings.aclose()

    async def drop_idle(self) -> None:
        """Stop using kept connections, which are stale after the machine was suspended. Running reads may finish."""
        old = self._readings
        self._readings = open_client(self._context, self._proxies, keep_alive=_IDLE_CONNECTIONS)
        if not self._in_flight[old]:
            del self._in_flight[old]
            await old.aclose()

    async def order(
        self,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        key: ApiKey,
        *,
        before_send: Callable[[], Awaitable[None]],
        on_headers: Callable[[Response], Awaitable[None]],
    ) -> Response:
        """POST once, on a fresh connection.

        ``before_send`` is awaited when connected, right before the first byte: its error is passed on, and nothing was
        sent. ``on_headers`` is awaited before the body is read. A truncated body is returned with ``whole=False``.
        Raises NotSent and OutcomeUnknown.
        """
        deadline = Deadline(self._timeouts.submit_total)
        response = await self._post(url, headers, body, key, deadline, before_send)
        received = bytearray()
        whole = False
        try:
            async with deadline.paused():
                await on_headers(_answer(response, key))
            # The headers may suffice; the caller sees that the body is truncated.
            with suppress(Exception):
                async with deadline.enforced():
                    whole = await _read(response, JSON_CAP, received)
        finally:
            await response.aclose()
        return _answer(response, key, bytes(received), whole)

    async def _post(
        self,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        key: ApiKey,
        deadline: Deadline,
        before_send: Callable[[], Awaitable[None]],
    ) -> httpx.Response:
        """Send the order and wait for the headers of its answer; an error says whether a byte was sent."""
        sent = False
        veto: Exception | None = None

        async def trace(event: str, info: dict[str, Any]) -> None:
            nonlocal sent, veto
            # A proxy's CONNECT raises the same event and carries nothing of the order.
            if event.endswith("send_request_headers.started") and info["request"].method != b"CONNECT":
                try:
                    async with deadline.paused():
                        await before_send()
                except Exception as error:
                    veto = error
                    raise
                sent = True
            elif event.endswith("send_request_body.complete"):
                crash_point("after-send")

        try:
            async with deadline.enforced():
                request = make_request(
                    "POST",
                    url,
                    {**headers, **self._authorization(url, key), "Content-Type": "application/json"},
                    self._timeout(self._timeouts.submit_read),
                    content=body,
                    trace=trace,
                )
                return await self._orders.send(request, stream=True)
        except Exception as error:  # any error must say whether money may have been charged
            if veto is not None:
                raise veto from None
            raise order_exception(error, sent=sent, proxy=self._proxy) from None

    async def read(
        self, url: str, key: ApiKey | None, headers: Mapping[str, str] | None = None, cap: int = JSON_CAP
    ) -> Response:
        """GET. Raises Unreachable, Untrusted and Unavailable."""
        try:
            async with asyncio.timeout(self._timeouts.total):
                try:
                    return await self._get(url, key, headers or {}, cap)
                except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
                    # Usually a stale kept connection; reads are free, so retry at once.
                    return await self._get(url, key, headers or {}, cap)
        except Exception as error:  # including errors of proxy protocols
            raise reading_exception(error, proxy=self._proxy) from None

    async def _get(self, url: str, key: ApiKey | None, headers: Mapping[str, str], cap: int) -> Response:
        authorization = self._authorization(url, key) if key else {}
        request = make_request("GET", url, {**headers, **authorization}, self._timeout(self._timeouts.read))
        client = self._readings
        self._in_flight[client] += 1
        try:
            return await _fetched(client, request, key, cap)
        finally:
            self._in_flight[client] -= 1
            if client is not self._readings and not self._in_flight[client]:
                del self._in_flight[client]
                await client.aclose()

    def _authorization(self, url: str, key: ApiKey) -> dict[str, str]:
        """The header with the key, only for our own origin."""
        return {"Authorization": f"Bearer {key.reveal()}"} if read_url(url).origin == self._origin else {}

    def _timeout(self, read: float) -> httpx.Timeout:
        return httpx.Timeout(
            connect=self._timeouts.connect, write=self._timeouts.write, read=read, pool=self._timeouts.connect
        )


async def _fetched(
    client: httpx.AsyncClient, request: httpx.Request, key: ApiKey | None, cap: int
) -> Response:
    response = await client.send(request, stream=True)
    received = bytearray()
    try:
        whole = await _read(response, cap, received)
    finally:
        await response.aclose()
    return _answer(response, key, bytes(received), whole)


async def _read(response: httpx.Response, cap: int, received: bytearray) -> bool:
    """Collect the decompressed body; returns False if it exceeds its cap. Raises DecodingError."""
    cap = cap if response.is_success else ERROR_CAP
    unpacker = Unpacker(response.headers.get_list("content-encoding", split_commas=True))
    size = 0
    async with aclosing(cast("AsyncGenerator[bytes, None]", response.aiter_raw())) as chunks:
        async for chunk in chunks:
            size += len(chunk)
            for piece in unpacker.pieces(chunk):
                received += piece
                if len(received) > cap:
                    del received[cap:]
                    return False
                await asyncio.sleep(0)
            if size > cap + PIECE:  # compression never expands that much
                return False
    unpacker.finish()
    return True


def _answer(response: httpx.Response, key: ApiKey | None, body: bytes = b"", whole: bool = False) -> Response:
    headers = {name.lower(): value for name, value in response.headers.items()}
    lines = tuple((name.lower(), value) for name, value in response.headers.multi_items())
    return Response(response.status_code, headers, body, whole, key, lines)
