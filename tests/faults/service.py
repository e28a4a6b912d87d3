"""The whole service on real sockets, in good health where no script says otherwise, with a till.

``service.play("order", script, script)`` answers the next requests of a route by these scripts and then as
usual; ``service.always("status", script)`` every one. A script is a reply as in ``rig``, or a function of the request.
"""

from __future__ import annotations

import itertools
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import parse_qs, urlsplit

from tests.faults.rig import Recorded, Reply, ScriptedServer, Send, Step, as_reply, http
from tests.unit.library.jobs import make_film
from wan_tui.domain.parameters import DEFAULT_MODEL, Dialect
from wan_tui.domain.times import iso

Route = Literal["order", "status", "logs", "ledger", "balance", "prices", "film"]
Played = Reply | Step | Sequence[Step]
Script = Played | Callable[[Recorded], Played]

SIGNATURE = "Zm9yIG5vYm9keQ%3D%3D"
ETAG = '"e-1"'
_ORDERS = frozenset(dialect.path for dialect in Dialect)


@dataclass
class Taken:
    """One accepted order. ``succeeded``: what the log says of it; ``in_log``: whether its row has arrived."""

    id: str
    client_id: str
    at: datetime
    succeeded: bool = True
    in_log: bool = True
    key: str = ""


class _Origin(ScriptedServer):
    def __init__(self, answer: Callable[[Recorded], Reply], certificate: str | None = None) -> None:
        super().__init__(certificate=certificate)
        self._answer_with = answer

    def reply_to(self, request: Recorded) -> Reply:
        return self._answer_with(request)


class Service:
    """API and film host. ``till`` has the orders that were taken; ``rows`` are foreign rows of the log."""

    def __init__(self, certificate: str | None = None) -> None:
        self.api = _Origin(self._api_reply, certificate)
        self.films = _Origin(self._film_reply)
        self.film = make_film()
        self.till: list[Taken] = []
        self.rows: list[Mapping[str, Any]] = []
        self.log_open = True
        """False: rows of new orders stay away from the log."""
        self.clock: Callable[[], datetime] | None = None
        """What time the API says it is, in every answer without a date of its own; None: it does not say."""
        self._scripts: dict[Route, deque[Script]] = defaultdict(deque)
        self._lasting: dict[Route, Script] = {}
        self.played = 0
        """Answers that were scripted."""
        self._numbers = itertools.count(1)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self.api)
        await self._stack.enter_async_context(self.films)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    # Scripting

    def play(self, route: Route, *scripts: Script) -> None:
        self._scripts[route].extend(scripts)

    def always(self, route: Route, script: Script) -> None:
        self._lasting[route] = script

    def heal(self) -> None:
        """Drop all scripts; late rows arrive in the log."""
        self._scripts.clear()
        self._lasting.clear()
        self.show_rows()

    def show_rows(self) -> None:
        self.log_open = True
        for order in self.till:
            order.in_log = True

    def accept(self, *steps: Step, generation_id: str | None = None, succeeded: bool = True) -> Script:
        """A script that takes the order, whatever is then answered."""

        def script(request: Recorded) -> Reply:
            self.take(request, generation_id, succeeded)
            return Reply(steps)

        return script

    def take(self, request: Recorded, generation_id: str | None = None, succeeded: bool = True) -> Taken:
        """Take an order: from now on it is in the till."""
        order = Taken(
            id=generation_id or f"gen-{next(self._numbers)}",
            client_id=request.headers.get("x-client-request-id", ""),
            at=datetime.now(UTC),
            succeeded=succeeded,
            in_log=self.log_open,
            key=request.headers.get("authorization", ""),
        )
        self.till.append(order)
        return order

    # What reached it

    def requests(self, route: Route) -> list[Recorded]:
        return [request for request in (*self.api.requests, *self.films.requests) if _route(request) == route]

    @property
    def ids(self) -> list[str]:
        """Generation ids of the orders that cost money."""
        return [order.id for order in self.till if order.succeeded]

    @property
    def link(self) -> str:
        """A signed link to the film."""
        return self.link_to("/generations/film.mp4")

    def link_to(self, path: str) -> str:
        return f"{self.films.url}{path}?Expires=4102444800&OSSAccessKeyId=LTAI&Signature={SIGNATURE}"

    # Answers in good health

    def completed(self, generation_id: str, **changes: object) -> dict[str, object]:
        """The body of a finished generation."""
        return {"id": generation_id, "status": "completed", "video": {"url": self.link}, **changes}

    def whole_film(self, request: Recorded) -> Step:
        """The film, or the part of it that was asked for."""
        headers = {"Content-Type": "video/mp4", "ETag": ETAG}
        wanted = request.headers.get("range", "")
        if not wanted:
            return http(200, self.film, headers=headers)
        start = int(wanted.removeprefix("bytes=").rstrip("-"))
        if start >= len(self.film):
            return http(416, headers={"Content-Range": f"bytes */{len(self.film)}"})
        whole = f"bytes {start}-{len(self.film) - 1}/{len(self.film)}"
        return http(206, self.film[start:], headers={**headers, "Content-Range": whole})

    def _api_reply(self, request: Recorded) -> Reply:
        reply = self._scripted(request) or as_reply(self._healthy(request))
        return reply if self.clock is None else _dated(reply, self.clock())

    def _film_reply(self, request: Recorded) -> Reply:
        return self._scripted(request) or as_reply(self.whole_film(request))

    def _scripted(self, request: Recorded) -> Reply | None:
        route = _route(request)
        waiting = self._scripts[route]
        script = waiting.popleft() if waiting else self._lasting.get(route)
        if script is None:
            return None
        self.played += 1
        return as_reply(script(request) if callable(script) else script)

    def _healthy(self, request: Recorded) -> Step:
        match _route(request):
            case "order":
                return self.answer_order(request)
            case "status":
                return self.answer_status(request)
            case "logs":
                return self.answer_logs(request)
            case "ledger":
                return http(json={"data": [], "pagination": {"has_more": False}})
            case "balance":
                return http(json={"current_balance": 10.0, "currency": "USD"})
            case _:
                return http(json={"data": [{"id": DEFAULT_MODEL, "pricing": _PRICING}]})

    def answer_order(self, request: Recorded, status: int = 200, **changes: object) -> Step:
        order = self.take(request)
        headers = {"x-inference-id": order.id, "x-client-request-id": order.client_id}
        return http(status, json={"id": order.id, "status": "queued", **changes}, headers=headers)

    def answer_status(self, request: Recorded) -> Step:
        asked = asked_for(request)
        if any(order.id == asked for order in self.till):
            return http(json=self.completed(asked))
        return http(404, json={"message": "Generation not found", "requestId": "r-404"})

    def answer_logs(self, request: Recorded) -> Step:
        query = {name: values[0] for name, values in parse_qs(urlsplit(request.target).query).items()}
        key = request.headers.get("authorization", "")
        own = [log_row(order) for order in self.till if order.in_log and order.key == key]
        rows = sorted([*own, *self.rows], key=lambda row: str(row["created"]), reverse=True)
        start, end = _window(query)
        found = [row for row in rows if start <= row["created"] <= end]
        offset, limit = int(query["offset"]), int(query["limit"])
        page = found[offset : offset + limit]
        more = offset + len(page) < len(found)
        return http(json={"data": page, "pagination": {"total": len(found), "has_more": more}})


def _dated(reply: Reply, moment: datetime) -> Reply:
    """The reply with a date at the head of its headers."""
    date = f"\r\nDate: {format_datetime(moment, usegmt=True)}\r\n".encode()
    steps = [
        Send(step.data.replace(b"\r\n", date, 1))
        if isinstance(step, Send) and step.data.startswith(b"HTTP/") and b"\r\nDate: " not in step.data
        else step
        for step in reply.steps
    ]
    return replace(reply, steps=steps)


_PRICING = {"kind": "fixed", "currency": "USD", "units": [{"price": 0.5, "per": 1, "unit": "video"}]}


def asked_for(request: Recorded) -> str:
    """The generation id that a request names, as a server reads it."""
    return parse_qs(urlsplit(request.target).query, keep_blank_values=True).get("generation_id", [""])[0]


def log_row(order: Taken) -> dict[str, Any]:
    return {
        "created": iso(order.at),
        "status": "succeeded" if order.succeeded else "failed",
        "model": DEFAULT_MODEL,
        "cost": {"usd": 0.5 if order.succeeded else 0.0, "credits": 1_000_000 if order.succeeded else 0},
        "inference_id": order.id,
        "client_request_id": order.client_id,
    }


def _window(query: Mapping[str, str]) -> tuple[str, str]:
    """Start and end of the rows asked for; a period reaches back from the service's own now."""
    if "period" not in query:
        return query["start"], query["end"]
    unit = {"h": "hours", "d": "days"}[query["period"][-1]]
    now = datetime.now(UTC)
    return str(iso(now - timedelta(**{unit: int(query["period"][:-1])}))), str(iso(now))


def _route(request: Recorded) -> Route:
    path = urlsplit(request.target).path
    if path in _ORDERS:
        return "order" if request.method == "POST" else "status"
    named: dict[str, Route] = {
        "/v2/logs": "logs",
        "/v2/billing/transactions": "ledger",
        "/v2/billing": "balance",
        "/v1/models": "prices",
    }
    return named.get(path, "film")
