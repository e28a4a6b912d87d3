"""Suspends and resumes the program (ctrl+z and fg: SIGTSTP and SIGCONT) between two steps of the event loop.

Private: App._driver, and the handlers of the Linux driver for both signals. Upstream issue: none.
"""

from __future__ import annotations

import asyncio
import signal
from typing import Any

from textual.app import App

TEXTUAL_PRIVATE = (
    "textual.app:App._driver",
    "textual.drivers.linux_driver:LinuxDriver._sigtstp_application",
    "textual.drivers.linux_driver:LinuxDriver._sigcont_application",
)


def stop_between_steps(app: App[Any]) -> None:
    """Have the event loop call Textual's handlers of these signals. Call it once the driver exists.

    Textual runs them wherever the signal interrupts it. If it holds the lock of its output queue then, restoring the
    terminal waits for that lock: a deadlock.
    """
    loop = asyncio.get_running_loop()
    for name, handler in (("SIGTSTP", "_sigtstp_application"), ("SIGCONT", "_sigcont_application")):
        handle = getattr(app._driver, handler, None)
        if handle is not None and (number := getattr(signal, name, None)) is not None:
            loop.add_signal_handler(number, handle)
