"""A uvicorn server that does not touch signals and the terminal."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from wan_tui.simulator.connections import Connections
from wan_tui.simulator.gateway import Gateway
from wan_tui.simulator.requests_seen import SeenRequest
from wan_tui.simulator.service import Service


class _QuietServer(uvicorn.Server):
    """Signals readiness, stops at once, and installs no signal handlers: the embedding program has its own."""

    def __init__(self, config: uvicorn.Config, connections: Connections) -> None:
        super().__init__(config)
        self.serving = asyncio.Event()
        self.stopping = asyncio.Event()
        self._connections = connections

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.serving.set()

    async def main_loop(self) -> None:
        await self.stopping.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        self._connections.reset_all()
        tasks = list(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for server in self.servers:
            await server.wait_closed()


class Listener:
    """Serves one origin on a bound socket."""

    def __init__(
        self,
        application: ASGIApp,
        service: Service,
        origin: str,
        seen: list[SeenRequest],
        bound: socket.socket,
    ) -> None:
        connections = Connections()
        self._socket = bound
        config = uvicorn.Config(
            Gateway(application, service, origin, seen, connections),
            http=connections.protocol_class(),
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            log_level="critical",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            # The gateway adds Date with the service's time, which a test may have set.
            date_header=False,
            timeout_keep_alive=60,
        )
        self._server = _QuietServer(config, connections)
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Returns once connections are accepted."""
        self._serving = asyncio.create_task(self._server.serve([self._socket]))
        started = asyncio.create_task(self._server.serving.wait())
        await asyncio.wait({self._serving, started}, return_when=asyncio.FIRST_COMPLETED)
        if self._serving.done():
            started.cancel()
            await self._serving

    async def stop(self) -> None:
        """Resets open connections and returns once the port is free."""
        self._server.stopping.set()
        if self._serving is not None:
            await self._serving
        self._socket.close()
