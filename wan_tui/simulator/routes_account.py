"""`/v2/logs`, `/v2/billing`, `/v2/billing/transactions`: requests and charges of a key."""

from __future__ import annotations

import base64
import binascii
import json

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from wan_tui.simulator.accounts import Account, LedgerEntry, LoggedRequest
from wan_tui.simulator.errors import ApiError, bad_field
from wan_tui.simulator.orders import credits_for
from wan_tui.simulator.times import iso, moment, window
from wan_tui.simulator.web import account_of, answer, service_of

_MOST_MODELS = 50
_LEDGER_QUERY = ("from", "to", "direction", "type", "limit", "cursor")
_ENTRY_TYPES = ("PAYMENT", "BONUS", "REFUND", "ADJUSTMENT", "MODEL_USAGE", "CREDITS_EXPIRED", "INIT")


async def logs(request: Request) -> Response:
    """The requests of this key, newest first."""
    service, account, query = service_of(request), account_of(request), request.query_params
    wait = account.log_reads.wait(service.now())
    if wait > 0:
        raise ApiError(429, "Too many requests, slow down", {"Retry-After": str(int(wait) + 1)})
    own_key_only(request)
    starts, ends = window(query, service.now(), default=None)
    limit, offset = _number(request, "limit", 50, 1, 100), _number(request, "offset", 0, 0, 10**9)
    statuses, models = _choices(request, "status", ("succeeded", "failed")), query.getlist("model")
    if len(models) > _MOST_MODELS:
        raise bad_field("model", f"expected {_MOST_MODELS} values at most, received {len(models)}")
    found = [
        row
        for row in visible_rows(account, service.now())
        if starts <= row.created <= ends
        and (not statuses or _outcome(row) in statuses)
        and (not models or row.model in models or row.model.rpartition("/")[2] in models)
    ]
    page = found[offset : offset + limit]
    body = {
        "data": [_log_row(row) for row in page],
        "pagination": {
            "limit": limit,
            "offset": offset,
            "total": len(found),
            "has_more": offset + len(page) < len(found),
        },
    }
    return answer(request, body)


async def billing(request: Request) -> Response:
    """The balance."""
    return answer(request, {"current_balance": account_of(request).balance, "currency": "USD"})


async def transactions(request: Request) -> Response:
    """The ledger, newest first, page by page with a cursor."""
    account, query = account_of(request), request.query_params
    _known_only(request, _LEDGER_QUERY)
    starts = moment("from", query["from"], offset_required=True) if "from" in query else None
    ends = moment("to", query["to"], offset_required=True) if "to" in query else None
    if starts is not None and ends is not None and ends <= starts:
        raise bad_field("to", "expected a moment later than from")
    directions = _choices(request, "direction", ("TOPUP", "CHARGE"))
    types, limit = _choices(request, "type", _ENTRY_TYPES), _number(request, "limit", 50, 1, 100)
    before = _cursor_number(query["cursor"]) if "cursor" in query else None
    found = [
        entry
        for entry in reversed(account.ledger)
        if (before is None or entry.number < before)
        and (starts is None or entry.created >= starts)
        and (ends is None or entry.created < ends)
        and (not directions or entry.direction in directions)
        and (not types or entry.type in types)
    ]
    page = found[:limit]
    more = len(page) < len(found)
    pagination = {"next_cursor": _cursor(page[-1]) if more else None, "has_more": more}
    return answer(request, {"data": [_ledger_row(entry) for entry in page], "pagination": pagination})


def own_key_only(request: Request) -> None:
    """Refuses reports about another key. Raises `ApiError` 403."""
    prefix = request.query_params.get("key_prefix")
    if prefix is not None and not request.headers["authorization"].split()[-1].startswith(prefix):
        raise ApiError(403, "A management key is needed to report on another key")


def visible_rows(account: Account, now: float) -> list[LoggedRequest]:
    """The request rows visible by now, newest first."""
    return [row for row in reversed(account.rows) if row.visible_at <= now]


def _outcome(row: LoggedRequest) -> str:
    return "succeeded" if row.succeeded else "failed"


def _log_row(row: LoggedRequest) -> dict[str, object]:
    return {
        "created": iso(row.created),
        "status": _outcome(row),
        "origin": "api",
        "model": row.model,
        "cost": {"usd": row.usd, "credits": credits_for(row.usd)},
        "tokens": {"input": 0, "output": 0, "total": 0},
        "request_id": row.request_id,
        "inference_id": row.inference_id,
        "client_request_id": row.client_request_id,
    }


def _ledger_row(entry: LedgerEntry) -> dict[str, object]:
    return {
        "created_at": iso(entry.created),
        "direction": entry.direction,
        "type": entry.type,
        "amount": {"usd": entry.usd, "credits": credits_for(entry.usd)},
        "model": entry.model,
        "reference_id": entry.reference_id,
    }


def _cursor(entry: LedgerEntry) -> str:
    text = json.dumps({"v": 1, "n": entry.number}, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _cursor_number(cursor: str) -> int:
    try:
        number = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))["n"]
    except (ValueError, TypeError, KeyError, binascii.Error):
        number = None
    if not isinstance(number, int):
        raise bad_field("cursor", "expected the value of next_cursor, received something else")
    return number


def _known_only(request: Request, known: tuple[str, ...]) -> None:
    """Refuses undocumented query parameters. Raises `ApiError` 400."""
    for name in request.query_params:
        if name not in known:
            raise bad_field(name[:50], f"expected one of {', '.join(known)} as a query parameter")


def _number(request: Request, name: str, default: int, lowest: int, highest: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and lowest <= int(text[:12]) <= highest):
        raise bad_field(name, f"expected a number from {lowest} to {highest}, received {text[:50]!r}")
    return int(text)


def _choices(request: Request, name: str, allowed: tuple[str, ...]) -> list[str]:
    values = request.query_params.getlist(name)
    for value in values:
        if value not in allowed:
            raise bad_field(name, f"expected one of {', '.join(allowed)}, received {value[:50]!r}")
    return values


ROUTES = [
    Route("/v2/logs", logs, methods=["GET"]),
    Route("/v2/billing", billing, methods=["GET"]),
    Route("/v2/billing/transactions", transactions, methods=["GET"]),
]
