"""The service's records: request log, ledger, balance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from wan_tui.api.response import Response
from wan_tui.api.wire.values import amount, identifier, mapping, number, text
from wan_tui.domain.job import Cost
from wan_tui.domain.times import iso, parse_iso

MAX_WINDOW = timedelta(days=92)
"""Maximum period of a log query (logs-v2.openapi.json)."""

_HOUR = timedelta(hours=1)
_MAX_HOURS = 72
"""Longer periods are given in days."""

_FAILED = ("failed", "failure", "error")
_MONEY_IN = "TOPUP"


@dataclass(frozen=True, slots=True)
class LogRow:
    """One request that reached the service. ``succeeded``: the log does not say that it failed. An unknown status is no
    failure: the service has the order, and polling shows the rest.
    """

    client_request_id: str | None
    generation_id: str | None
    succeeded: bool
    created_at: datetime | None
    cost: Cost | None
    model: str | None = None


@dataclass(frozen=True, slots=True)
class LogPage:
    """Requests, newest first, without invalid rows."""

    rows: tuple[LogRow, ...]
    has_more: bool


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One transaction. ``reference_id`` is the generation id of a film; ``charged``: a charge or unknown."""

    reference_id: str | None
    charged: bool
    model: str | None
    created_at: datetime | None


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """Transactions, newest first. ``next_cursor`` is None on the last page."""

    rows: tuple[LedgerRow, ...]
    next_cursor: str | None


def log_window(
    since: datetime | None, until: datetime | None, period: timedelta | None
) -> dict[str, str | None]:
    """Query parameters of ``/v2/logs``: start and end, or a period before the service's current time, in hours or days
    (logs-v2.openapi.json), rounded up. Raises ValueError unless exactly one of the two is given.
    """
    if period is None and since is not None and until is not None:
        return {"start": iso(since), "end": iso(until)}
    if period is None or since is not None or until is not None:
        raise ValueError("give either start and end, or a period")
    hours = max(1, ceil(min(period, MAX_WINDOW) / _HOUR))
    return {"period": f"{hours}h" if hours <= _MAX_HOURS else f"{ceil(hours / 24)}d"}


def log_page(data: object, answer: Response, offset: int, limit: int) -> LogPage | None:
    """Read a page of ``/v2/logs``; None if it is invalid, which proves nothing about any order."""
    found = mapping(data).get("data")
    if not isinstance(found, list):
        return None
    rows = [_log_row(item, answer) for item in found if isinstance(item, dict)]
    pagination = mapping(mapping(data).get("pagination"))
    has_more = pagination.get("has_more")
    if not isinstance(has_more, bool):
        total = number(pagination.get("total"))
        has_more = offset + len(found) < total if total is not None else len(found) >= limit
    return LogPage(tuple(rows), has_more and bool(found))


def ledger_page(data: object, answer: Response) -> LedgerPage | None:
    """Read a page of ``/v2/billing/transactions``; None if it is invalid."""
    found = mapping(data).get("data")
    if not isinstance(found, list):
        return None
    pagination = mapping(mapping(data).get("pagination"))
    cursor = text(pagination.get("next_cursor")) if pagination.get("has_more") is not False else None
    rows = tuple(_ledger_row(item, answer) for item in found if isinstance(item, dict))
    return LedgerPage(rows, cursor if found else None)


def balance(data: object) -> float | None:
    """The balance in US dollars; None if unknown."""
    fields = mapping(data)
    if text(fields.get("currency")) not in (None, "USD"):
        return None
    return number(fields.get("current_balance"))


def _log_row(fields: Any, answer: Response) -> LogRow:
    status = (text(fields.get("status")) or "").lower()
    cost = mapping(fields.get("cost"))
    usd, units = amount(cost.get("usd")), amount(cost.get("credits"))
    return LogRow(
        client_request_id=identifier(fields.get("client_request_id")),
        generation_id=identifier(fields.get("inference_id")),
        succeeded=status not in _FAILED,
        created_at=parse_iso(fields.get("created")),
        cost=Cost(usd, round(units) if units else None, "logs") if usd or units else None,
        model=_name(fields.get("model"), answer),
    )


def _ledger_row(fields: Any, answer: Response) -> LedgerRow:
    return LedgerRow(
        reference_id=identifier(fields.get("reference_id")),
        charged=(text(fields.get("direction")) or "").upper() != _MONEY_IN,
        model=_name(fields.get("model"), answer),
        created_at=parse_iso(fields.get("created_at")),
    )


def _name(value: object, answer: Response) -> str | None:
    return answer.shown(text(value) or "", 100) or None
