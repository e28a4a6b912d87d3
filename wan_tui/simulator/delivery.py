"""Sends an answer, possibly modified by a fault: changed, delayed, trickled or cut."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from email.utils import formatdate

from starlette.types import Receive, Scope, Send

from wan_tui.simulator.answers import json_bytes
from wan_tui.simulator.connections import Connections, flushed, reset
from wan_tui.simulator.errors import PROBLEM_TYPE, error_body, problem_body
from wan_tui.simulator.faults import NO_HEAD, Fault
from wan_tui.simulator.times import iso

_TRICKLE_STEP_SECONDS = 0.05

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Answer:
    """A buffered answer."""

    status: int
    headers: Headers
    body: bytes


def with_fault(answer: Answer, fault: Fault, path: str, now: float) -> Answer:
    """Replaces status, headers and body of the answer by those of the fault.

    A text body with an error status and no content type becomes the message of the service's error object.
    """
    headers, body = answer.headers, answer.body
    status = answer.status if fault.status is None else fault.status
    if fault.body is not None:
        request_id = dict(headers).get(b"x-request-id", b"").decode("latin-1") or str(uuid.uuid4())
        body = _fault_body(fault, status, path, request_id, now)
        headers = _changed(headers, [("content-length", str(len(body)))])
        if fault.problem:
            headers = _changed(headers, [("content-type", PROBLEM_TYPE)])
    elif fault.status is not None and not fault.accepts:
        headers = _changed(headers, [("content-length", "0")])
    if fault.date_offset:
        headers = _changed(headers, [("date", formatdate(now + fault.date_offset, usegmt=True))])
    return Answer(status, _changed(headers, (fault.headers or {}).items()), body)


async def deliver(
    answer: Answer,
    fault: Fault | None,
    scope: Scope,
    receive: Receive,
    send: Send,
    connections: Connections,
) -> None:
    """Sends an answer. Returns when it is sent, or when the fault has ended the connection."""
    fault = fault or Fault(route="* *")
    if fault.hang:
        await _gone(receive)
        return
    await asyncio.sleep(fault.delay)
    transport = connections.of(scope)
    if transport is None:
        return
    if fault.raw is not None:
        transport.write(fault.raw.encode("latin-1"))
        transport.close()
        await _gone(receive)
        return
    if fault.cut != NO_HEAD:
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        body = b"" if scope["method"] == "HEAD" else answer.body
        for pause, part in _drops(fault, body[: fault.cut]):
            await asyncio.sleep(pause)
            await send({"type": "http.response.body", "body": part, "more_body": True})
    if fault.cut is None:
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        return
    await flushed(transport)
    if fault.orderly:
        transport.close()
    else:
        reset(transport)
    await _gone(receive)


def _drops(fault: Fault, body: bytes) -> Iterator[tuple[float, bytes]]:
    """The body in pieces, each with the seconds of silence before it."""
    if fault.trickle:
        step = max(1, int(fault.trickle * _TRICKLE_STEP_SECONDS))
        for start in range(0, len(body), step):
            yield step / fault.trickle, body[start : start + step]
    elif fault.stall:
        yield 0.0, body[: fault.stall_after]
        yield fault.stall, body[fault.stall_after :]
    else:
        yield 0.0, body


def _fault_body(fault: Fault, status: int, path: str, request_id: str, now: float) -> bytes:
    if not isinstance(fault.body, str):
        return json_bytes(fault.body)
    if fault.problem:
        return json_bytes(problem_body(status, fault.body, path, request_id))
    names = {name.lower() for name in fault.headers or {}}
    if status >= 400 and "content-type" not in names:
        return json_bytes(error_body(status, fault.body, path, request_id, iso(now)))
    return fault.body.encode("utf-8", "surrogatepass")


def _changed(headers: Headers, changes: Iterable[tuple[str, str | Sequence[str] | None]]) -> Headers:
    """Headers with some replaced: removed where the new value is None, sent several times where it is a list."""
    wanted = {name.lower().encode("latin-1"): value for name, value in changes}
    kept = [(name, value) for name, value in headers if name.lower() not in wanted]
    return kept + [
        (name, text.encode("latin-1"))
        for name, value in wanted.items()
        for text in ([value] if isinstance(value, str) else value or [])
    ]


async def _gone(receive: Receive) -> None:
    """Waits until the client disconnects."""
    while (await receive())["type"] != "http.disconnect":
        pass
