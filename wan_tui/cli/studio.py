"""Opens the studio: probes the terminal, builds the app and handles signals."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from io import TextIOWrapper
from typing import TYPE_CHECKING

from wan_tui.cli.bootstrap import make_engine, settings_for
from wan_tui.cli.options import Options
from wan_tui.cli.output import EXIT_FAILED, EXIT_USAGE, print_message, report_error
from wan_tui.cli.signals import force_exit_after
from wan_tui.domain.errors import SpendingOff, WanTuiError
from wan_tui.files.private import make_private_folder
from wan_tui.settings import Settings
from wan_tui.terminal.environment import Surroundings, surroundings
from wan_tui.terminal.terminal_watch import LenientOutput, watched

if TYPE_CHECKING:
    from wan_tui.media.recipe import Recipe
    from wan_tui.terminal.capabilities import Capabilities

_CLOSING_SECONDS = 8.0
"""Maximum seconds for the screen and threads to end once the engine has stopped."""


def open_studio(options: Options, recipe: Recipe | None = None) -> int:
    """Run the studio, with ``recipe`` in the form if given; return the exit code."""
    # Textual writes to stderr.
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        print_message(
            "The studio needs a terminal. In scripts use: wan-tui generate, list, show, sync (see wan-tui --help)."
        )
        return EXIT_USAGE
    try:
        with settings_for(options) as settings:
            around, capabilities, settings = _probe_terminal(settings)
            code = asyncio.run(_studio(settings, around, capabilities, recipe))
    except WanTuiError as error:
        report_error(error, as_json=False)
        return EXIT_USAGE if isinstance(error, SpendingOff) else EXIT_FAILED
    if code == "demo":
        return open_studio(replace(options, demo=True), recipe)
    return int(code)


def _probe_terminal(settings: Settings) -> tuple[Surroundings, Capabilities, Settings]:
    """Probe the terminal; problems with the ``[terminal]`` settings are added to the warnings.

    The screen is imported while the answer travels, so that a slow connection does not delay the start.
    """
    around = surroundings(os.environ, sys.platform)
    with ThreadPoolExecutor(1) as pool:
        probing = pool.submit(cached_probe, settings, around)
        importlib.import_module("wan_tui.ui.app")
        capabilities, problems = probing.result()
    return (
        around.named(capabilities.name),
        capabilities,
        replace(settings, warnings=(*settings.warnings, *problems)),
    )


def cached_probe(settings: Settings, around: Surroundings) -> tuple[Capabilities, list[str]]:
    """Return the terminal's capabilities, cached per session, and problems with ``[terminal]`` settings. Blocks."""
    from wan_tui.terminal.capabilities import complaints
    from wan_tui.terminal.probe import probe

    with contextlib.suppress(OSError):
        make_private_folder(settings.paths.state)
    cache = settings.paths.state / "terminal.json"
    problems = [f"config.toml: {complaint}" for complaint in complaints(settings.probe)]
    return probe(around, wished=settings.probe, cache=cache), problems


async def _studio(
    settings: Settings, around: Surroundings, capabilities: Capabilities, recipe: Recipe | None
) -> str:
    """Run the app; return the exit code, or "demo" if the user chose demo mode."""
    from wan_tui.ui.app import Studio

    # Textual writes box characters to stderr, which only UTF-8 can encode.
    if isinstance(sys.stderr, TextIOWrapper):
        sys.stderr.reconfigure(encoding="utf-8", errors="replace")
    sys.__stderr__ = LenientOutput(sys.stderr)  # type: ignore[assignment,misc]
    received: list[int] = []
    exit_timers: list[threading.Timer] = []

    def closing() -> None:
        # A thread blocked on a hung disk would block exit forever.
        exit_timers.append(force_exit_after(128 + received[0] if received else 0, _CLOSING_SECONDS))

    app = Studio(
        partial(make_engine, settings), settings, around, capabilities, recipe=recipe, closing=closing
    )
    tasks: set[asyncio.Task[None]] = set()
    loop = asyncio.get_running_loop()

    def meant_for_child(number: int) -> bool:
        return app.lent and number == signal.SIGINT

    def end(number: int) -> None:
        if meant_for_child(number):
            return
        if not received:
            tasks.add(asyncio.ensure_future(app.action_quit()))
        received.append(number)

    def terminal_gone() -> None:
        force_exit_after(128 + signal.SIGHUP)
        loop.call_soon_threadsafe(end, signal.SIGHUP)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, end, number)
        # The loop's handler runs only when the loop does, and a blocked terminal blocks the loop.
        signal.signal(
            number, lambda number, _: None if meant_for_child(number) else force_exit_after(128 + number)
        )
    with watched(sys.stdin.fileno(), terminal_gone):
        result = await app.run_async()
    if result == "demo":
        for timer in exit_timers:
            timer.cancel()
    if received:
        return str(128 + received[0])
    return result or str(app.return_code or 0)
