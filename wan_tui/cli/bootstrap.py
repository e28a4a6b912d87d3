"""The composition root: builds the engine from the settings; in demo mode it uses the simulator."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import signal
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from wan_tui import __version__
from wan_tui import settings as settings_module
from wan_tui.cli.options import Options
from wan_tui.cli.output import print_message
from wan_tui.cli.signals import cancelled_by
from wan_tui.domain.errors import SettingsError
from wan_tui.domain.secret import ApiKey
from wan_tui.files.private import make_private_folder
from wan_tui.files.reasons import explain
from wan_tui.settings import Settings

if TYPE_CHECKING:
    from wan_tui.api.timeouts import Timeouts
    from wan_tui.domain.job import Job
    from wan_tui.engine import Engine
    from wan_tui.engine.schedule import Schedule
    from wan_tui.library.partfile import Beside

T = TypeVar("T")

_DEMO_PACE = 20.0
_DEMO_INTERVAL = 1.0
_LEAST_TIMEOUT = 5.0
"""Minimum network timeout in seconds, however short the poll interval."""


@contextmanager
def settings_for(options: Options) -> Iterator[Settings]:
    """Read the settings; in demo mode also run the simulator and point them at it.

    Raises SettingsError, also if the demo has no writable folder or no free port.
    """
    chosen = settings_module.load(demo=options.demo, base_url=options.base_url, endpoint=options.endpoint)
    if options.verbose:
        from wan_tui.cli.logs import start_logging

        start_logging(chosen.paths.log_file)
    if not options.demo:
        yield chosen
        return
    from wan_tui.library.salt import library_salt
    from wan_tui.simulator import SimulatorSettings, running_simulator

    key = _demo_key(library_salt(chosen.paths.data, chosen.paths.state))
    simulator = SimulatorSettings(
        pace=_DEMO_PACE,
        only_key=key.reveal(),
        films_folder=chosen.paths.state / "simulator",
        state_file=chosen.paths.state / "simulator.json",
    )
    with contextlib.ExitStack() as service_running:
        try:
            make_private_folder(chosen.paths.state)
            service = service_running.enter_context(running_simulator(simulator))
        except OSError as error:
            raise SettingsError(
                f"The demo cannot start: {explain(error)}",
                next_step=f"Make {chosen.paths.state} writable, or set WAN_TUI_HOME to another folder.",
            ) from None
        yield replace(
            chosen,
            base_url=service.base_url,
            key=key,
            key_source="demo",
            poll_interval=min(chosen.poll_interval, _DEMO_INTERVAL),
        )


def _demo_key(salt: str) -> ApiKey:
    """The only key the demo's service accepts, since other users of this machine can connect to it.

    Derived from the library's salt, so that orders resume after a restart.
    """
    return ApiKey("sk-demo-" + hashlib.sha256(f"demo key of {salt}".encode()).hexdigest()[:32])


def make_engine(settings: Settings) -> Engine:
    """Build the engine. Raises LibraryError if the library cannot be opened."""
    # Imported here, since the studio paints its first screen before it needs any of these.
    from wan_tui.api.client import ApiClient
    from wan_tui.api.film_client import FilmClient
    from wan_tui.engine import Engine, EngineDependencies
    from wan_tui.engine.schedule import Schedule
    from wan_tui.library.film_places import FilmPlaces
    from wan_tui.library.films import FilmFolder
    from wan_tui.library.history import History
    from wan_tui.library.leases import FOLDER_NAME as LEASES
    from wan_tui.library.leases import Leases
    from wan_tui.library.salt import library_salt

    schedule = Schedule(settings.poll_interval)
    paths = settings.paths
    return Engine(
        EngineDependencies(
            history=History.open(paths.data, films=FilmPlaces(paths.film_folders)),
            films=FilmFolder(paths.films),
            older_films=[FilmFolder(folder) for folder in paths.older_films],
            leases=Leases(paths.data / LEASES),
            api=ApiClient(settings.base_url, settings.key, timeouts=_timeouts(schedule)),
            film_client=FilmClient(
                allow_loopback=settings.loopback,
                allow_plain_http=settings.allow_plain_http_films,
                trust_networks=settings.trust_networks,
            ),
            dialect=settings.dialect,
            schedule=schedule,
            salt=library_salt(paths.data, paths.state),
            spending_off=settings.spending_off,
            finish_film=_write_recipe,
        )
    )


def _write_recipe(film: Path, job: Job) -> Beside | None:
    """Append the recipe to the film; return a file to write beside it if appending would damage the film."""
    from wan_tui.library.partfile import Beside
    from wan_tui.media.recipe import BESIDE, MustNotGrow, Recipe, append_recipe, recipe_text

    recipe = Recipe.of(job, f"wan-tui {__version__}")
    try:
        append_recipe(film, recipe)
    except MustNotGrow as reason:
        return Beside(BESIDE, recipe_text(recipe), f"{reason.message}: its recipe is in a file beside it")
    return None


@asynccontextmanager
async def running(engine: Engine) -> AsyncIterator[Engine]:
    """Stop the engine on exit, whatever happens."""
    try:
        yield engine
    finally:
        if engine.sending:
            print_message("Waiting for the answer to an order…")
        await engine.stop()


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """Run a command; SIGINT, SIGHUP and SIGTERM cancel it, and force an exit if it does not end in time.

    Raises SystemExit with 128 + the signal: 130 for Ctrl-C.
    """

    async def cancellable() -> T:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        with cancelled_by(lambda: loop.call_soon_threadsafe(task.cancel)) as received:
            try:
                return await task
            except asyncio.CancelledError:
                raise SystemExit(128 + (received() or int(signal.SIGINT))) from None

    return asyncio.run(cancellable())


def _timeouts(schedule: Schedule) -> Timeouts:
    """Network timeouts, scaled down with a short poll interval, so that tests fail fast."""
    from wan_tui.api.timeouts import Timeouts

    usual = Timeouts()
    if schedule.scale >= 1:
        return usual
    return Timeouts(
        **{
            name: max(_LEAST_TIMEOUT, getattr(usual, name) * schedule.scale)
            for name in Timeouts.__dataclass_fields__
        }
    )
