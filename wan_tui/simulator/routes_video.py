"""`POST` and `GET` of a generation, in both dialects."""

from __future__ import annotations

import json
import uuid

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from wan_tui.simulator.accounts import Account
from wan_tui.simulator.answers import generation_answer, json_bytes
from wan_tui.simulator.catalog import DIALECT_PATHS
from wan_tui.simulator.errors import ApiError, bad_field
from wan_tui.simulator.gateway import FAULT_KEY
from wan_tui.simulator.orders import Incoming, Order, Status
from wan_tui.simulator.web import account_of, answer, client_request_id, request_id, service_of


async def generation(request: Request) -> Response:
    """Dispatches orders (POST) and polls (GET) of one path."""
    return await (create(request) if request.method == "POST" else fetch(request))


async def create(request: Request) -> Response:
    """Accepts an order. A refusal has an inference id too, which names no film."""
    account = account_of(request)
    try:
        return await _create(request, account)
    except ApiError as refusal:
        refusal.headers["x-inference-id"] = str(uuid.uuid4())
        raise


async def _create(request: Request, account: Account) -> Response:
    service = service_of(request)
    service.counters["posts"] += 1
    service.admit(account)
    incoming = Incoming(
        request.url.path, _parsed(await request.body()), client_request_id(request), request_id(request)
    )
    fault = service.fault_in_prompt(account, incoming)
    if fault is not None:
        setattr(request.state, FAULT_KEY, fault)
        if not fault.accepts:
            return answer(request, None)
    order = service.accept(account, incoming)
    request.app.state.on_order(order)
    return _with_odd_ids(order, _about(order, request))


async def fetch(request: Request) -> Response:
    """Returns the status of an order."""
    account = account_of(request)
    service_of(request).counters["polls"] += 1
    generation_id = request.query_params.get("generation_id")
    if not generation_id:
        raise bad_field("generation_id", "expected string, received nothing")
    return _about(service_of(request).order_for(account, generation_id), request)


def _about(order: Order, request: Request) -> Response:
    service = service_of(request)
    headers = {"x-inference-id": order.id}
    if order.status(service.now()) is Status.COMPLETED:
        headers["x-aimlapi-credits-used"] = str(order.credits)
        headers["x-aimlapi-usd-spent"] = str(order.charged_usd)
    model = service.model_of(order)
    body = generation_answer(
        order,
        request.url.path,
        service.link(order),
        service.now(),
        has_usd=model is not None and model.has_usd,
    )
    return answer(request, body, headers=headers)


def _with_odd_ids(order: Order, response: Response) -> Response:
    """Adds an id that names nothing to the answer, if the prompt's marker says so."""
    match order.quirk:
        case "fault:other-id-in-head":
            response.headers["x-inference-id"] = order.other_id
        case "fault:two-ids":
            del response.headers["x-inference-id"]
            response.headers.append("x-inference-id", order.other_id)
            response.headers.append("x-inference-id", order.id)
        case "fault:other-id-in-body":
            content = bytes(response.body).replace(json_bytes(order.id), json_bytes(order.other_id))
            response.body = content
            response.headers["content-length"] = str(len(content))
    return response


def _parsed(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise bad_field("body", "expected JSON, received something else") from None


ROUTES = [Route(path, generation, methods=["GET", "POST"]) for path in DIALECT_PATHS]
