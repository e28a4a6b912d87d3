"""The service's books: requests made, money moved, money left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from wan_tui.api.response import Response
from wan_tui.api.wire.values import amount, identifier, mapping, number, text
from wan_tui.domain.job import Cost
from wan_tui.domain.times import iso, parse_iso

LONGEST_WINDOW = timedelta(days=92)
"""What the service reports on at once (logs-v2.openapi.json)."""

_HOUR = timedelta(hours=1)
_MOST_HOURS = 72
"""Longer spans are asked for in days."""

_FAILED = ("failed", "failure", "error")
_MONEY_IN = "TOPUP"


@dataclass(frozen=True, slots=True)
class LogRow:
    """One request that reached the service. ``succeeded``: the log does not say that it failed. A word that nobody has
    heard of is no failure: the service has the order, and asking for its film tells the rest.
    """

    client_request_id: str | None
    generation_id: str | None
    succeeded: bool
    created_at: datetime | None
    cost: Cost | None
    model: str | None = None


@dataclass(frozen=True, slots=True)
class LogPage:
    """Requests, newest first; those that could not be understood are left out."""

    rows: tuple[LogRow, ...]
    has_more: bool


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One movement of money. ``reference_id`` is the generation id of a film; ``charged``: money went out, or it is
    not said which way it went.
    """

    reference_id: str | None
    charged: bool
    model: str | None
    created_at: datetime | None


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """Movements, newest first. ``next_cursor`` is None on the last page."""

    rows: tuple[LedgerRow, ...]
    next_cursor: str | None


def log_window(
    since: datetime | None, until: datetime | None, period: timedelta | None
) -> dict[str, str | None]:
    """How ``/v2/logs`` is asked: by start and end, or by a span before the service's now. Raises ValueError unless
    exactly one of the two is given.

    The span is a positive number of hours or days (logs-v2.openapi.json); we ask for no shorter one than ``period``.
    """
    if period is None and since is not None and until is not None:
        return {"start": iso(since), "end": iso(until)}
    if period is None or since is not None or until is not None:
        raise ValueError("the log is asked for by start and end, or else by a period")
    hours = max(1, ceil(min(period, LONGEST_WINDOW) / _HOUR))
    return {"period": f"{hours}h" if hours <= _MOST_HOURS else f"{ceil(hours / 24)}d"}


def log_page(data: object, answer: Response, offset: int, limit: int) -> LogPage | None:
    """Read a page of ``/v2/logs``; None where it is no page, which proves nothing about any order."""
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
    """Read a page of ``/v2/billing/transactions``; None where it is no page."""
    found = mapping(data).get("data")
    if not isinstance(found, list):
        return None
    pagination = mapping(mapping(data).get("pagination"))
    cursor = text(pagination.get("next_cursor")) if pagination.get("has_more") is not False else None
    rows = tuple(_ledger_row(item, answer) for item in found if isinstance(item, dict))
    return LedgerPage(rows, cursor if found else None)


def balance(data: object) -> float | None:
    """What is left, in US dollars; None where it cannot be told."""
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
