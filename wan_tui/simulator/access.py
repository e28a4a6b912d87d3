"""Who may ask: programs on this machine. Other users and web pages in a browser are kept out.

Every user of the machine reaches a port of 127.0.0.1, and so does every web page that its browsers show: by a name
that its owner lets point here (DNS rebinding), or by a request across origins, which is sent before the browser asks.
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
    """Lets a request pass that names this machine and that no page of another origin sent.

    Raises `ApiError` 403. Browsers tell by `Origin` and `Sec-Fetch-Site` (Fetch standard; Fetch Metadata), and
    pages cannot change either; other programs send neither.
    """
    headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    host = headers.get(b"host", "")
    if not is_local_url(f"//{host}"):
        raise ApiError(403, "Host: expected a name of this machine")
    if headers.get(b"sec-fetch-site", "none") not in ("none", "same-origin"):
        raise ApiError(403, "Requests of other sites are not taken")
    origin = headers.get(b"origin")
    if origin is not None and origin.lower() != f"http://{host}".lower():
        raise ApiError(403, "Requests of other origins are not taken")


def with_token(endpoint: Endpoint) -> Endpoint:
    """The endpoint for those who send the simulator's token. Others get `ApiError` 403."""

    async def guarded(request: Request) -> Response:
        token = cast(Service, request.app.state.service).settings.control_token or ""
        given = request.headers.get(CONTROL_HEADER, "")
        if not token or not hmac.compare_digest(given.encode("latin-1", "replace"), token.encode()):
            raise ApiError(403, f"{CONTROL_HEADER}: expected the token that was told at the start")
        return await endpoint(request)

    return guarded
