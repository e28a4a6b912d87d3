"""Opening the studio: a terminal is there and asked, the parts are put together, and signals end it in order."""

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
from wan_tui.cli.signals import end_for_sure
from wan_tui.domain.errors import SpendingOff, WanTuiError
from wan_tui.files.private import make_private_folder
from wan_tui.settings import Settings
from wan_tui.terminal.environment import Surroundings, surroundings
from wan_tui.terminal.terminal_watch import LenientOutput, watched

if TYPE_CHECKING:
    from wan_tui.media.recipe import Recipe
    from wan_tui.terminal.capabilities import Capabilities

_CLOSING_SECONDS = 8.0
"""What screen and threads are given to end when all that matters has been done."""


def open_studio(options: Options, recipe: Recipe | None = None) -> int:
    """Run the studio, with ``recipe`` in its form if there is one; return the exit code."""
    # Textual draws on stderr.
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        print_message(
            "The studio needs a terminal. In scripts use: wan-tui generate, list, show, sync (see wan-tui --help)."
        )
        return EXIT_USAGE
    try:
        with settings_for(options) as settings:
            around, capabilities, settings = _meet_terminal(settings)
            code = asyncio.run(_studio(settings, around, capabilities, recipe))
    except WanTuiError as error:
        report_error(error, as_json=False)
        return EXIT_USAGE if isinstance(error, SpendingOff) else EXIT_FAILED
    if code == "demo":
        return open_studio(replace(options, demo=True), recipe)
    return int(code)


def _meet_terminal(settings: Settings) -> tuple[Surroundings, Capabilities, Settings]:
    """Ask the terminal what it can do, once a session; what was wished of it in vain joins the warnings.

    The answer has to come over the line: the screen is imported meanwhile, which takes longer than most lines.
    """
    around = surroundings(os.environ, sys.platform)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask_terminal, settings, around)
        importlib.import_module("wan_tui.ui.app")
        capabilities, complaints = asked.result()
    return (
        around.named(capabilities.name),
        capabilities,
        replace(settings, warnings=(*settings.warnings, *complaints)),
    )


def ask_terminal(settings: Settings, around: Surroundings) -> tuple[Capabilities, list[str]]:
    """Return what it can do, and what was wished of it in vain. The answer is kept for the session. Blocks."""
    from wan_tui.terminal.capabilities import complaints
    from wan_tui.terminal.probe import probe

    with contextlib.suppress(OSError):
        make_private_folder(settings.paths.state)
    cache = settings.paths.state / "terminal.json"
    told = [f"config.toml: {complaint}" for complaint in complaints(settings.probe)]
    return probe(around, wished=settings.probe, cache=cache), told


async def _studio(
    settings: Settings, around: Surroundings, capabilities: Capabilities, recipe: Recipe | None
) -> str:
    """Run the screen; return the exit code, or "demo" where the user wants that instead."""
    from wan_tui.ui.app import Studio

    # There Textual draws, in signs that only UTF-8 has a place for.
    if isinstance(sys.stderr, TextIOWrapper):
        sys.stderr.reconfigure(encoding="utf-8", errors="replace")
    sys.__stderr__ = LenientOutput(sys.stderr)  # type: ignore[assignment,misc]
    received: list[int] = []
    last: list[threading.Timer] = []

    def closing() -> None:
        # A thread that a dead disk holds would hold the screen, and then the process, for ever.
        last.append(end_for_sure(128 + received[0] if received else 0, _CLOSING_SECONDS))

    app = Studio(
        partial(make_engine, settings), settings, around, capabilities, recipe=recipe, closing=closing
    )
    tasks: set[asyncio.Task[None]] = set()
    loop = asyncio.get_running_loop()

    def typed_elsewhere(number: int) -> bool:
        return app.lent and number == signal.SIGINT

    def end(number: int) -> None:
        if typed_elsewhere(number):
            return
        if not received:
            tasks.add(asyncio.ensure_future(app.action_quit()))
        received.append(number)

    def terminal_gone() -> None:
        end_for_sure(128 + signal.SIGHUP)
        loop.call_soon_threadsafe(end, signal.SIGHUP)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, end, number)
        # The loop's own handler waits for the loop, and a terminal that takes nothing holds the loop up.
        signal.signal(
            number, lambda number, _: None if typed_elsewhere(number) else end_for_sure(128 + number)
        )
    with watched(sys.stdin.fileno(), terminal_gone):
        result = await app.run_async()
    if result == "demo":
        for timer in last:
            timer.cancel()
    if received:
        return str(128 + received[0])
    return result or str(app.return_code or 0)
