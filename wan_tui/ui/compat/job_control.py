"""Stopping the program and going on with it (ctrl+z and fg, SIGTSTP and SIGCONT), between two steps of the loop.

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
    """Have the loop call what Textual does at these signals, once its driver is there.

    Textual does it wherever a signal interrupts it. Where it has just locked its own queue of output, giving back the
    terminal waits for that lock, and so for itself.
    """
    loop = asyncio.get_running_loop()
    for name, handler in (("SIGTSTP", "_sigtstp_application"), ("SIGCONT", "_sigcont_application")):
        handle = getattr(app._driver, handler, None)
        if handle is not None and (number := getattr(signal, name, None)) is not None:
            loop.add_signal_handler(number, handle)
