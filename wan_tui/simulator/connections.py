"""Access to the open TCP connections, so that a fault can write raw bytes or reset a connection."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Mapping
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

_NO_LINGER = struct.pack("ii", 1, 0)


class Connections:
    """The open connections of one server, by the peer's address."""

    def __init__(self) -> None:
        self._open: dict[Any, asyncio.Transport] = {}

    def protocol_class(self) -> type[H11Protocol]:
        """A protocol class for uvicorn that reports its connections here."""
        connections = self._open

        class ReportingProtocol(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                connections[transport.get_extra_info("peername")] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                connections.pop(self.transport.get_extra_info("peername"), None)
                super().connection_lost(exc)

        return ReportingProtocol

    def of(self, scope: Mapping[str, Any]) -> asyncio.Transport | None:
        """The connection of an ASGI scope; None when it is gone."""
        return self._open.get(tuple(scope["client"]))

    def reset_all(self) -> None:
        """Resets all open connections."""
        for transport in list(self._open.values()):
            transport.abort()


async def flushed(transport: asyncio.Transport) -> None:
    """Returns when the kernel has taken every byte written so far, or the connection is gone."""
    # asyncio reports a transport's low-water mark, not that it is empty.
    while transport.get_write_buffer_size() and not transport.is_closing():  # noqa: ASYNC110
        await asyncio.sleep(0.005)


def reset(transport: asyncio.Transport) -> None:
    """Closes a connection with RST, so that the peer gets a connection reset."""
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.abort()
