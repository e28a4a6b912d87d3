"""A service whose films are never done: every question is answered "generating". Its own process, its own CPU.

    python -m tests.bench.endless_service [FILE]

Prints its port; writes what it is asked about to FILE, one generation id a line.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TextIO
from urllib.parse import parse_qs, urlsplit


class _Answers(asyncio.Protocol):
    def __init__(self, asked_about: TextIO | None) -> None:
        self._asked_about = asked_about

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._clock = transport
        self._received = b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, self._received = self._received.split(b"\r\n\r\n", 1)
            target = head.split(b" ", 2)[1].decode()
            asked = parse_qs(urlsplit(target).query).get("generation_id", [""])[0]
            if asked and self._asked_about:
                print(asked, file=self._asked_about, flush=True)
            if asked:
                answer: dict[str, object] = {
                    "id": asked,
                    "status": "generating",
                    "video": None,
                    "error": None,
                }
            else:
                answer = {"current_balance": 10.0, "currency": "USD"}
            body = json.dumps(answer).encode()
            self._clock.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                % (len(body), body)
            )


async def main() -> None:
    asked_about = open(sys.argv[1], "w") if len(sys.argv) > 1 else None  # noqa: SIM115 - for as long as it runs
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Answers(asked_about), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
