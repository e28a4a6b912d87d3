"""Access control: accepts programs on this machine, rejects web pages and, with a token, other users.

Any user of the machine can connect to a port of 127.0.0.1, and so can any web page in a browser: with a name that
resolves to this machine (DNS rebinding), or with a cross-origin request, which is sent before any preflight.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from wan_tui.domain.url import is_local_url
from wan_tui.simulator.errors import ApiError
from wan_tui.simulator.service import Service

CONTROL_HEADER = "X-Simulator-Token"

Endpoint = Callable[[Request], Awaitable[Response]]


def check_sender(scope: Scope) -> None:
    """Accepts requests with a local Host that no page of another origin sent; else raises `ApiError` 403.

    Browsers send `Origin` and `Sec-Fetch-Site` (Fetch standard; Fetch Metadata), which pages cannot change; other
    programs send neither.
    """
    headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    host = headers.get(b"host", "")
    if not is_local_url(f"//{host}"):
        raise ApiError(403, "Host: expected a name of this machine")
    if headers.get(b"sec-fetch-site", "none") not in ("none", "same-origin"):
        raise ApiError(403, "Cross-site requests are refused")
    origin = headers.get(b"origin")
    if origin is not None and origin.lower() != f"http://{host}".lower():
        raise ApiError(403, "Cross-origin requests are refused")


def with_token(endpoint: Endpoint) -> Endpoint:
    """Protects an endpoint with the simulator's token; without it: `ApiError` 403."""

    async def guarded(request: Request) -> Response:
        token = cast(Service, request.app.state.service).settings.control_token or ""
        given = request.headers.get(CONTROL_HEADER, "")
        if not token or not hmac.compare_digest(given.encode("latin-1", "replace"), token.encode()):
            raise ApiError(403, f"{CONTROL_HEADER}: expected the token printed at startup")
        return await endpoint(request)

    return guarded
