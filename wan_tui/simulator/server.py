"""Starts and stops the simulated service: two HTTP servers on 127.0.0.1."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from wan_tui.simulator.faults import Fault
from wan_tui.simulator.requests_seen import SeenRequest
from wan_tui.simulator.service import Service
from wan_tui.simulator.settings import SimulatorSettings

if TYPE_CHECKING:
    from wan_tui.simulator.films import FilmStore
    from wan_tui.simulator.listener import Listener

_HOST = "127.0.0.1"


class Simulator:
    """One simulated service. Start and stop it on an event loop; the read-only members work from any thread."""

    def __init__(self, settings: SimulatorSettings | None = None) -> None:
        self.settings = settings or SimulatorSettings()
        self.requests: list[SeenRequest] = []
        self._service = Service(self.settings)
        self._listeners: list[Listener] = []
        self._films: FilmStore | None = None
        self._own_folder: tempfile.TemporaryDirectory[str] | None = None
        self._ports = (0, 0)

    @property
    def base_url(self) -> str:
        """The API's base URL, such as `http://127.0.0.1:8123`."""
        return f"http://{_HOST}:{self._ports[0]}"

    @property
    def film_url(self) -> str:
        """The origin of the film links."""
        return f"http://{_HOST}:{self._ports[1]}"

    @property
    def films_drawn(self) -> int:
        """Number of films drawn since the start; films found on disk do not count."""
        return self._films.drawn if self._films else 0

    def till(self) -> dict[str, object]:
        """Same as `GET /_till`."""
        return self._service.till()

    def inject(self, *faults: Fault) -> None:
        """Same as `POST /_faults`."""
        for fault in faults:
            self._service.faults.add(fault)

    def drop_faults(self) -> None:
        """Same as `DELETE /_faults`."""
        self._service.faults.clear()

    async def start(self) -> None:
        """Binds both ports and serves. Raises `OSError` if a port is in use."""
        from wan_tui.simulator.applications import api_application, film_application
        from wan_tui.simulator.films import FilmStore
        from wan_tui.simulator.listener import Listener

        sockets = _bound(self.settings.port, self.settings.film_port)
        self._ports = (sockets[0].getsockname()[1], sockets[1].getsockname()[1])
        self._service.film_url = self.film_url
        self._films = FilmStore(self._films_folder())
        applications = (
            api_application(self._service, self._films, self.requests),
            film_application(self._service, self._films),
        )
        origins = ("api", "films")
        self._listeners = [
            Listener(application, self._service, origin, self.requests, bound)
            for application, origin, bound in zip(applications, origins, sockets, strict=True)
        ]
        for listener in self._listeners:
            await listener.start()

    async def stop(self) -> None:
        """Resets all connections, cancels drawings and frees the ports."""
        await asyncio.gather(*(listener.stop() for listener in self._listeners))
        if self._films is not None:
            await self._films.stop()
        if self._own_folder is not None:
            await asyncio.to_thread(self._own_folder.cleanup)

    def _films_folder(self) -> Path:
        if self.settings.films_folder is not None:
            return self.settings.films_folder
        self._own_folder = tempfile.TemporaryDirectory(prefix="wan-tui-films-")
        return Path(self._own_folder.name)


@contextlib.contextmanager
def running_simulator(settings: SimulatorSettings | None = None) -> Iterator[Simulator]:
    """A simulator in its own thread with its own loop, stopped at the end. Raises `OSError` at the start."""
    simulator = Simulator(settings)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="simulator", daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(simulator.start(), loop).result()
        yield simulator
    finally:
        asyncio.run_coroutine_threadsafe(simulator.stop(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def serve(settings: SimulatorSettings, announce: Callable[[str], None]) -> None:
    """Runs a simulator until cancelled; `announce` gets lines for the user.

    Raises `OSError` if a port is in use.
    """
    simulator = Simulator(settings)
    try:
        await simulator.start()
        announce(f"Simulated service: {simulator.base_url} (films: {simulator.film_url}). No money is spent.")
        announce(f"Try it with: AIMLAPI_BASE_URL={simulator.base_url} AIMLAPI_API_KEY=sk-demo wan-tui")
        await asyncio.Event().wait()
    finally:
        await simulator.stop()


def _bound(*ports: int) -> list[socket.socket]:
    """Binds a socket per port. Raises `OSError`, with all sockets closed."""
    with contextlib.ExitStack() as undo:
        bound = []
        for port in ports:
            # With proto TCP, so that asyncio disables Nagle's algorithm, which adds 40 ms between headers and body.
            made = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
            bound.append(undo.enter_context(made))
            bound[-1].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound[-1].bind((_HOST, port))
        undo.pop_all()
    return bound
