"""A SOCKS proxy on loopback (RFC 1928, 1929) that lets through, refuses, wants a login, or says nothing."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self


class SocksProxy:
    """``asked`` has the targets as they were named; every one of them leads to ``target`` on 127.0.0.1."""

    def __init__(
        self, target: int = 0, *, reply: int = 0, login: tuple[str, str] | None = None, silent: bool = False
    ) -> None:
        """``reply``: what a CONNECT is answered with, 0 is yes. ``login``: wanted from everybody."""
        self._target = target
        self._reply = reply
        self._login = login
        self._silent = silent
        self.asked: list[tuple[str, int]] = []
        self.open = 0
        """Connections that the client has not closed yet."""
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.open += 1
        try:
            if self._silent:
                await reader.read()
            elif await self._greeted(reader, writer) and await self._connected(reader, writer):
                await self._relay(reader, writer)
            await reader.read()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self.open -= 1
            self._tasks.discard(task)
            writer.close()

    async def _greeted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        _, count = await reader.readexactly(2)
        methods = await reader.readexactly(count)
        wanted = 2 if self._login else 0
        if wanted not in methods:
            writer.write(b"\x05\xff")
            return False
        writer.write(bytes([5, wanted]))
        if self._login is None:
            return True
        _, length = await reader.readexactly(2)
        user = await reader.readexactly(length)
        [length] = await reader.readexactly(1)
        password = await reader.readexactly(length)
        right = (user.decode(), password.decode()) == self._login
        writer.write(bytes([1, 0 if right else 1]))
        return right

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        _, _, _, kind = await reader.readexactly(4)
        if kind == 3:
            [length] = await reader.readexactly(1)
            host = (await reader.readexactly(length)).decode()
        else:
            host = (await reader.readexactly({1: 4, 4: 16}[kind])).hex()
        self.asked.append((host, int.from_bytes(await reader.readexactly(2))))
        writer.write(bytes([5, self._reply, 0, 1, 0, 0, 0, 0, 0, 0]))
        return self._reply == 0

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_connection("127.0.0.1", self._target)
        try:
            await asyncio.gather(_pump(reader, ours), _pump(theirs, writer))
        finally:
            ours.close()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(65536):
        sink.write(data)
        await sink.drain()
    sink.close()
