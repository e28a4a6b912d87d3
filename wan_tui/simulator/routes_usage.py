"""`/v2/usage/detail`: spend over a period, by model and by day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, available_timezones

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from wan_tui.simulator.accounts import LoggedRequest
from wan_tui.simulator.errors import bad_field
from wan_tui.simulator.routes_account import own_key_only, visible_rows
from wan_tui.simulator.times import iso, window
from wan_tui.simulator.web import account_of, answer, service_of

_GROUPINGS = ("day", "model", "day,model")


async def usage_detail(request: Request) -> Response:
    """The spend of this key, grouped by day and model if requested."""
    service, account, query = service_of(request), account_of(request), request.query_params
    own_key_only(request)
    starts, ends = window(query, service.now(), default="30d")
    grouping, zone = query.get("group_by"), _zone(query.get("tz", "UTC"))
    if grouping is not None and grouping not in _GROUPINGS:
        raise bad_field("group_by", f"expected one of {_GROUPINGS}, received {grouping[:50]!r}")
    rows = [row for row in visible_rows(account, service.now()) if starts <= row.created <= ends]
    charged = [row for row in rows if row.usd > 0]
    body: dict[str, object] = {
        "api_key_prefix": query.get("key_prefix"),
        "start": iso(starts),
        "end": iso(ends),
        "spend": _spend(charged),
        "currency": "USD",
        "requests": len(charged),
        "models": _models(charged),
    }
    if grouping is not None:
        body["groups"] = _groups(rows, grouping.split(","), zone)
    return answer(request, body)


def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return UTC
    if name not in available_timezones():
        raise bad_field("tz", f"expected a canonical IANA zone name, received {name[:50]!r}")
    return ZoneInfo(name)


def _spend(rows: Iterable[LoggedRequest]) -> float:
    return round(sum(row.usd for row in rows), 9)


def _models(charged: list[LoggedRequest]) -> list[dict[str, object]]:
    by_model: dict[str, list[LoggedRequest]] = defaultdict(list)
    for row in charged:
        by_model[row.model].append(row)
    dearest_first = sorted(by_model.items(), key=lambda item: _spend(item[1]), reverse=True)
    return [{"model": model, "spend": _spend(rows), "requests": len(rows)} for model, rows in dearest_first]


def _groups(rows: list[LoggedRequest], names: list[str], zone: tzinfo) -> list[dict[str, object]]:
    groups: dict[tuple[str, ...], list[LoggedRequest]] = defaultdict(list)
    for row in rows:
        day = datetime.fromtimestamp(row.created, zone).date().isoformat()
        groups[tuple({"day": day, "model": row.model}[name] for name in names)].append(row)
    return [
        {
            **dict(zip(names, values, strict=True)),
            "spend": _spend(members),
            "tokens": {"input": 0, "output": 0, "total": 0},
            "requests": {
                "total": len(members),
                "charged": sum(row.usd > 0 for row in members),
                "succeeded": sum(row.succeeded for row in members),
                "failed": sum(not row.succeeded for row in members),
            },
        }
        for values, members in sorted(groups.items())
    ]


ROUTES = [Route("/v2/usage/detail", usage_detail, methods=["GET"])]
