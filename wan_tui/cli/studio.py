"""Opening the studio: a terminal is there, the parts are put together, and signals end it in order."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from wan_tui.cli.compose import make_engine, settings_for
from wan_tui.cli.main import Options
from wan_tui.cli.output import EXIT_FAILED, EXIT_USAGE, report_error, tell
from wan_tui.domain.errors import WanTuiError
from wan_tui.settings import Settings
from wan_tui.terminal.environment import surroundings

_LAST_SECONDS = 14.5
"""After a signal the process is gone within this time, whatever hangs."""
_TERMINAL_CHECK_SECONDS = 2.0


def open_studio(options: Options) -> int:
    """Run the studio; return the exit code."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        tell(
            "The studio needs a terminal. In scripts use: wan-tui generate, list, show, sync (see wan-tui --help)."
        )
        return EXIT_USAGE
    try:
        with settings_for(options) as settings:
            code = asyncio.run(_studio(settings))
    except WanTuiError as error:
        report_error(error, as_json=False)
        return EXIT_FAILED
    if code == "demo":
        return open_studio(replace(options, demo=True))
    return int(code)


async def _studio(settings: Settings) -> str:
    """Run the screen; return the exit code, or "demo" where the user wants that instead."""
    from wan_tui.ui.app import Studio

    app = Studio(partial(make_engine, settings), settings, surroundings(os.environ, sys.platform))
    received: list[int] = []
    tasks: set[asyncio.Task[None]] = set()

    def end(number: int) -> None:
        if not received:
            _end_for_sure(128 + number)
            tasks.add(asyncio.ensure_future(app.action_quit()))
        received.append(number)

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, end, int(number))
    watch = asyncio.create_task(_watch_terminal(lambda: end(int(signal.SIGHUP))))
    try:
        result = await app.run_async()
    finally:
        watch.cancel()
    if received:
        return str(128 + received[0])
    return result or str(app.return_code or 0)


async def _watch_terminal(gone: Callable[[], None]) -> None:
    """Notice a terminal that went without a word: a program left alone with it would spin for ever."""
    if os.name != "posix":
        return
    import termios

    while True:
        await asyncio.sleep(_TERMINAL_CHECK_SECONDS)
        try:
            termios.tcgetattr(sys.__stdin__ or 0)
        except (OSError, termios.error, ValueError):
            gone()
            return


def _end_for_sure(code: int) -> None:
    timer = threading.Timer(_LAST_SECONDS, os._exit, (code,))
    timer.daemon = True
    timer.start()
