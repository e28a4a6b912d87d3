"""httpx clients with our own proxy selection, no cookies, and URLs sent unchanged."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

import httpx

from wan_tui import __version__
from wan_tui.api.decoding import ACCEPT_ENCODING
from wan_tui.api.proxies import Proxies, Proxy, fix_variable
from wan_tui.domain.errors import NotReady

# At INFO httpx logs whole URLs with signatures.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

Trace = Callable[[str, dict[str, Any]], Awaitable[None]]

_USER_AGENT = f"wan-tui/{__version__}"


class _ExactURL(httpx.URL):
    """A URL whose path and query are sent unchanged: httpx would re-encode some bytes, which breaks signatures.
    (The ``target`` extension would work too, but also changes a proxy's CONNECT.)
    """

    def __init__(self, url: str) -> None:
        super().__init__(url)
        after_host = url.partition("://")[2].partition("#")[0]
        start = min((at for at in (after_host.find("/"), after_host.find("?")) if at >= 0), default=None)
        target = after_host[start:] if start is not None else ""
        self._target = (target if target.startswith("/") else "/" + target).encode("ascii")

    @property
    def raw_path(self) -> bytes:
        return self._target


class _ProxyTransport(httpx.AsyncBaseTransport):
    """Sends each request directly or through its proxy (see ``Proxies``)."""

    def __init__(self, proxies: Proxies, context: ssl.SSLContext, limits: httpx.Limits) -> None:
        self._proxies = proxies
        self._context = context
        self._limits = limits
        self._open: dict[Proxy | None, httpx.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        proxy = self._proxies.proxy_for(url.scheme, url.raw_host.decode("ascii"), url.port)
        transport = self._open.get(proxy)
        if transport is None:
            transport = self._open[proxy] = self._transport(proxy)
        if proxy is None or not proxy.socks:
            return await transport.handle_async_request(request)
        return await _through_socks(transport, request)

    async def aclose(self) -> None:
        for transport in self._open.values():
            await transport.aclose()

    def _transport(self, proxy: Proxy | None) -> httpx.AsyncHTTPTransport:
        if proxy is None:
            return httpx.AsyncHTTPTransport(verify=self._context, limits=self._limits, trust_env=False)
        try:
            secured = self._context if proxy.url.startswith("https:") else None
            by = httpx.Proxy(proxy.url, auth=proxy.login, ssl_context=secured)
            return httpx.AsyncHTTPTransport(
                verify=self._context, limits=self._limits, trust_env=False, proxy=by
            )
        except (ValueError, ImportError, httpx.InvalidURL):
            raise NotReady(
                f"{proxy.variable} names an invalid proxy",
                next_step=fix_variable(proxy.variable),
            ) from None


async def _through_socks(transport: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
    """Add what httpcore lacks for SOCKS proxies: a timeout, and closing the connection after a refusal."""
    outer: Trace | None = request.extensions.get("trace")
    clock = asyncio.get_running_loop().time
    streams: list[Any] = []

    async def trace(event: str, info: dict[str, Any]) -> None:
        if event == "socks.connect_tcp.complete":
            streams.append(info["return_value"])
        elif event == "socks.setup_socks5_connection.started":
            limit.reschedule(clock() + request.extensions["timeout"]["connect"])
        elif event == "socks.setup_socks5_connection.complete":
            limit.reschedule(None)
        if outer is not None:
            await outer(event, info)

    request.extensions["trace"] = trace
    try:
        async with asyncio.timeout(None) as limit:
            return await transport.handle_async_request(request)
    except BaseException as error:
        for stream in streams:
            with suppress(Exception):
                await stream.aclose()
        if limit.expired():
            raise httpx.ConnectTimeout("the SOCKS proxy timed out") from error
        raise


def open_client(
    context: ssl.SSLContext, proxies: Proxies, *, keep_alive: int, connections: int = 20
) -> httpx.AsyncClient:
    """A client that keeps ``keep_alive`` idle connections. A request with an invalid proxy raises NotReady."""
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=keep_alive)
    return httpx.AsyncClient(transport=_ProxyTransport(proxies, context, limits), trust_env=False)


def make_request(
    method: str,
    url: str,
    headers: Mapping[str, str],
    timeout: httpx.Timeout,
    *,
    content: bytes | None = None,
    trace: Trace | None = None,
) -> httpx.Request:
    """A request with only these headers and the minimum: no cookies, no client defaults."""
    extensions: dict[str, Any] = {"timeout": timeout.as_dict()}
    if trace is not None:
        extensions["trace"] = trace
    request = httpx.Request(
        method,
        url,
        headers={"Accept": "*/*", "Accept-Encoding": ACCEPT_ENCODING, "User-Agent": _USER_AGENT, **headers},
        content=content,
        extensions=extensions,
    )
    request.url = _ExactURL(url)
    return request
