"""A server on loopback that does exactly what its script says, down to the byte, and records every byte it gets.

``ScriptedServer(reply, reply, …)`` answers the first request with the first reply and so on; the last one
repeats. A reply is a list of steps. Certificates under ``certs/`` are throwaway and belong to these tests.
"""

from __future__ import annotations

import asyncio
import json as jsonlib
import socket
import ssl
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

CERTS = Path(__file__).parent / "certs"


@dataclass(frozen=True)
class Send:
    """Bytes as they are."""

    data: bytes


@dataclass(frozen=True)
class Trickle:
    """Bytes one at a time, ``interval`` seconds apart; for ever if ``repeat``."""

    data: bytes
    interval: float
    repeat: bool = False


@dataclass(frozen=True)
class Pause:
    seconds: float


@dataclass(frozen=True)
class Hang:
    """Say nothing more until the server stops."""


@dataclass(frozen=True)
class Reset:
    """End the connection with RST."""


@dataclass(frozen=True)
class HalfClose:
    """Send FIN, go on listening."""


@dataclass(frozen=True)
class Tell:
    """Set an event: the script has come this far."""

    event: asyncio.Event


@dataclass(frozen=True)
class Await:
    """Wait until the test sets the event."""

    event: asyncio.Event


@dataclass(frozen=True)
class KeepAlive:
    """Serve another request on this connection; without it the connection is closed after the reply."""


Step = Send | Trickle | Pause | Hang | Reset | HalfClose | Tell | Await | KeepAlive


@dataclass(frozen=True)
class Reply:
    """``read_body``: False acts as soon as the request's headers are there."""

    steps: Sequence[Step]
    read_body: bool = True


@dataclass(frozen=True)
class Recorded:
    """One request. ``raw`` is all of it; ``headers`` have lower-case names."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    raw: bytes


class ScriptedServer:
    """The server. ``certificate`` names a file of ``certs/`` without its suffix: https instead of http."""

    def __init__(self, *replies: Reply | Step | Sequence[Step], certificate: str | None = None) -> None:
        self._replies = [as_reply(reply) for reply in replies]
        self._certificate = certificate
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.requests: list[Recorded] = []
        self.connections = 0
        self.arrived = asyncio.Event()
        """Set whenever a request has been read as far as its reply wants."""
        self.port = 0

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}" if self._certificate else f"http://127.0.0.1:{self.port}"

    @property
    def bytes_seen(self) -> bytes:
        return b"".join(request.raw for request in self.requests)

    def then(self, *replies: Reply | Step | Sequence[Step]) -> None:
        """Add replies to the end of the script."""
        self._replies += [as_reply(reply) for reply in replies]

    def reply_to(self, request: Recorded) -> Reply:
        """The reply that the script has for ``request``, whose body has not been read yet."""
        return self._replies[min(len(self.requests), len(self._replies) - 1)]

    async def __aenter__(self) -> Self:
        context = server_tls(self._certificate) if self._certificate else None
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            while await self._answer(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client left, or the test is over
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Read one request and play its reply; True where another may follow on the connection."""
        request = _parsed(await reader.readuntil(b"\r\n\r\n"))
        reply = self.reply_to(request)
        self.requests.append(await _with_body(request, reader) if reply.read_body else request)
        self.arrived.set()
        for step in reply.steps:
            if isinstance(step, KeepAlive):
                return True
            await _play(step, writer)
        return False


def http(
    status: int = 200,
    body: bytes | str | None = None,
    *,
    json: object = None,
    headers: Mapping[str, str] | None = None,
    length: int | None = None,
    reason: str = "Told",
) -> Send:
    """A whole HTTP answer. ``length`` lies about the body's length; -1 leaves it out."""
    if json is not None:
        body = jsonlib.dumps(json)
    data = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body or b""
    lines = [f"HTTP/1.1 {status} {reason}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if length != -1:
        lines.append(f"Content-Length: {len(data) if length is None else length}")
    return Send("\r\n".join([*lines, "", ""]).encode("latin-1") + data)


def server_tls(certificate: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTS / f"{certificate}.crt", CERTS / "test.key")
    return context


def closed_port() -> int:
    """A port of 127.0.0.1 at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def as_reply(reply: Reply | Step | Sequence[Step]) -> Reply:
    if isinstance(reply, Reply):
        return reply
    return Reply(reply if isinstance(reply, Sequence) else [reply])


def _parsed(head: bytes) -> Recorded:
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)
    }
    return Recorded(method, target, headers, b"", head)


async def _with_body(request: Recorded, reader: asyncio.StreamReader) -> Recorded:
    body = await reader.readexactly(int(request.headers.get("content-length", 0)))
    return replace(request, body=body, raw=request.raw + body)


async def _play(step: Step, writer: asyncio.StreamWriter) -> None:
    match step:
        case Send(data):
            writer.write(data)
            await writer.drain()
        case Trickle():
            await _trickle(step, writer)
        case Pause(seconds):
            await asyncio.sleep(seconds)
        case Hang():
            await asyncio.Event().wait()
        case Reset():
            connection = writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        case HalfClose():
            writer.write_eof()
        case Tell(event):
            event.set()
        case Await(event):
            await event.wait()


async def _trickle(step: Trickle, writer: asyncio.StreamWriter) -> None:
    while True:
        for byte in step.data:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(step.interval)
        if not step.repeat:
            return
