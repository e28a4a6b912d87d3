"""httpx as this program wants it: our own way to each host, no cookies, requests exact to the byte."""

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
from wan_tui.api.proxies import Proxies, Proxy
from wan_tui.domain.errors import NotReady

# httpx writes whole addresses, with signatures, into its log at INFO.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

Trace = Callable[[str, dict[str, Any]], Awaitable[None]]

_USER_AGENT = f"wan-tui/{__version__}"


class _ExactURL(httpx.URL):
    """An address whose path and query go out as they were given: httpx would encode some bytes anew,
    and a signature is over bytes. (The ``target`` extension would do it too, but also to a proxy's CONNECT.)
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


class _Ways(httpx.AsyncBaseTransport):
    """Sends each request directly or through its proxy, as ``Proxies`` says."""

    def __init__(self, proxies: Proxies, context: ssl.SSLContext, limits: httpx.Limits) -> None:
        self._proxies = proxies
        self._context = context
        self._limits = limits
        self._open: dict[Proxy | None, httpx.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        proxy = self._proxies.way(url.scheme, url.raw_host.decode("ascii"), url.port)
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
                f"{proxy.variable} names a proxy that cannot be used",
                next_step=f"Correct or unset {proxy.variable} and start again.",
            ) from None


async def _through_socks(transport: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
    """httpcore waits for a SOCKS proxy's answers without end, and leaves the connection open where they are a no."""
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
            raise httpx.ConnectTimeout("the SOCKS proxy does not answer") from error
        raise


def open_client(
    context: ssl.SSLContext, proxies: Proxies, *, keep_alive: int, connections: int = 20
) -> httpx.AsyncClient:
    """A client that keeps ``keep_alive`` idle connections. A request whose proxy is unusable raises NotReady."""
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=keep_alive)
    return httpx.AsyncClient(transport=_Ways(proxies, context, limits), trust_env=False)


def make_request(
    method: str,
    url: str,
    headers: Mapping[str, str],
    timeout: httpx.Timeout,
    *,
    content: bytes | None = None,
    trace: Trace | None = None,
) -> httpx.Request:
    """A request with these headers and no others that tell something: no cookies, no client defaults."""
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
