"""httpx as this program wants it: trusted certificates, proxies, no cookies, requests exact to the byte."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx

from wan_tui import __version__
from wan_tui.domain.errors import SettingsError

# httpx writes whole addresses, with signatures, into its log at INFO.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

_USER_AGENT = f"wan-tui/{__version__}"
_LOOPBACK = ("all://localhost", "all://127.0.0.1", "all://[::1]")


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


def tls_context() -> ssl.SSLContext:
    """Verification as it should be; ``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` are honoured. Takes 20 to 30 ms.

    Raises SettingsError where those name something unusable.
    """
    try:
        return httpx.create_ssl_context()
    except OSError as error:
        raise SettingsError(
            f"The certificates that SSL_CERT_FILE or SSL_CERT_DIR name cannot be read ({type(error).__name__})",
            next_step="Correct or unset that variable.",
        ) from None


def open_client(context: ssl.SSLContext, *, keep_alive: int, connections: int = 20) -> httpx.AsyncClient:
    """A client that keeps ``keep_alive`` idle connections. Proxies of the environment are used, except to
    this machine. Raises SettingsError where a proxy variable is unusable.
    """
    try:
        return httpx.AsyncClient(
            verify=context,
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=keep_alive),
            mounts=dict.fromkeys(_LOOPBACK),
        )
    except (ValueError, ImportError, httpx.InvalidURL):
        raise SettingsError(
            "A proxy variable (HTTPS_PROXY, HTTP_PROXY or ALL_PROXY) names a proxy that cannot be used",
            next_step="Correct or unset that variable.",
        ) from None


def make_request(
    method: str,
    url: str,
    headers: Mapping[str, str],
    timeout: httpx.Timeout,
    *,
    content: bytes | None = None,
    trace: Callable[[str, dict[str, Any]], Awaitable[None]] | None = None,
) -> httpx.Request:
    """A request with these headers and no others that tell something: no cookies, no client defaults."""
    extensions: dict[str, Any] = {"timeout": timeout.as_dict()}
    if trace is not None:
        extensions["trace"] = trace
    request = httpx.Request(
        method,
        url,
        headers={"Accept": "*/*", "User-Agent": _USER_AGENT, **headers},
        content=content,
        extensions=extensions,
    )
    request.url = _ExactURL(url)
    return request
