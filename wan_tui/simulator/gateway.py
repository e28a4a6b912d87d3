"""ASGI middleware of one origin: records every request and applies faults to its answer."""

from __future__ import annotations

import traceback
import uuid
from email.utils import formatdate

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wan_tui.simulator.access import check_sender
from wan_tui.simulator.answers import json_bytes
from wan_tui.simulator.connections import Connections
from wan_tui.simulator.delivery import Answer, deliver, with_fault
from wan_tui.simulator.errors import ApiError, error_body
from wan_tui.simulator.requests_seen import SeenRequest
from wan_tui.simulator.service import Service
from wan_tui.simulator.times import iso

FAULT_KEY = "simulator_fault"
"""Key in the scope's state under which a route puts a fault for its answer."""


class Gateway:
    """The outermost ASGI application of one origin; `connections` are those of its server."""

    def __init__(
        self, app: ASGIApp, service: Service, origin: str, seen: list[SeenRequest], connections: Connections
    ) -> None:
        self._app = app
        self._service = service
        self._origin = origin
        self._seen = seen
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        body = await _whole_body(receive)
        if body is None:
            return
        if not scope["path"].startswith("/_"):
            self._seen.append(SeenRequest.of(scope, body, self._origin))
        state = scope.setdefault("state", {})
        try:
            check_sender(scope)
        except ApiError as refusal:
            await deliver(self._refused(refusal, scope), None, scope, receive, send, self._connections)
            return
        fault = self._service.faults.take(scope["method"], scope["path"])
        if fault is None or fault.accepts:
            answer = await self._work(scope, body)
            fault = fault or state.get(FAULT_KEY)
        else:
            answer = Answer(500, [(b"content-type", b"application/json")], b"")
        now = self._service.now()
        answer.headers.append((b"date", formatdate(now, usegmt=True).encode("ascii")))
        if fault is not None:
            answer = with_fault(answer, fault, scope["path"], now)
        await deliver(answer, fault, scope, receive, send, self._connections)

    def _refused(self, refusal: ApiError, scope: Scope) -> Answer:
        number, now = str(uuid.uuid4()), self._service.now()
        body = json_bytes(error_body(refusal.status, refusal.message, scope["path"], number, iso(now)))
        return Answer(
            refusal.status,
            [
                (b"content-type", b"application/json; charset=utf-8"),
                (b"content-length", str(len(body)).encode("ascii")),
            ],
            body,
        )

    async def _work(self, scope: Scope, body: bytes) -> Answer:
        """Runs the application; a bug in it is recorded in the till instead of printed on the screen."""
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        try:
            await self._app(scope, receive, send)
        except Exception:
            self._service.crashes.append(traceback.format_exc())
        start = next((message for message in sent if message["type"] == "http.response.start"), None)
        if start is None:
            return Answer(500, [], b"")
        content = b"".join(message.get("body", b"") for message in sent)
        return Answer(start["status"], list(start["headers"]), content)


async def _whole_body(receive: Receive) -> bytes | None:
    """The request's body; None if the client disconnected."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)
