"""The simulator's own routes, which the real service does not have: till, requests, faults.

They require the token that the simulator was started with.
"""

from __future__ import annotations

import json
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from wan_tui.simulator.access import with_token
from wan_tui.simulator.errors import ApiError
from wan_tui.simulator.faults import fault_from_json
from wan_tui.simulator.web import answer, service_of


async def till(request: Request) -> Response:
    """Every accepted order and the counters."""
    return answer(request, service_of(request).till())


async def requests_seen(request: Request) -> Response:
    """Every request on both origins, without header values."""
    return answer(request, [seen.public() for seen in request.app.state.seen])


async def show_faults(request: Request) -> Response:
    """The remaining scripted faults."""
    pending = service_of(request).faults.pending()
    return answer(request, [{**asdict(fault), "left": left} for fault, left in pending])


async def add_faults(request: Request) -> Response:
    """Adds one fault or a list of faults."""
    try:
        given = json.loads(await request.body())
        faults = [fault_from_json(item) for item in (given if isinstance(given, list) else [given])]
    except ValueError as error:
        raise ApiError(400, str(error)) from None
    for fault in faults:
        service_of(request).faults.add(fault)
    return answer(request, {"added": len(faults)})


async def drop_faults(request: Request) -> Response:
    """Removes the remaining faults."""
    service_of(request).faults.clear()
    return answer(request, {})


ROUTES = [
    Route(path, with_token(endpoint), methods=[method])
    for path, endpoint, method in (
        ("/_till", till, "GET"),
        ("/_requests", requests_seen, "GET"),
        ("/_faults", show_faults, "GET"),
        ("/_faults", add_faults, "POST"),
        ("/_faults", drop_faults, "DELETE"),
    )
]
