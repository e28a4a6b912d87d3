"""Handles a terminal that disappears: writing to it must not raise, and the program must notice."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

CHECK_SECONDS = 1.0


class LenientOutput:
    """A text file that drops output on write errors.

    An error would end Textual's writer thread, and Textual would then wait for it forever.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> int:
        with suppress(OSError):
            self._file.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._file.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@contextmanager
def watched(fd: int, gone: Callable[[], None], interval: float = CHECK_SECONDS) -> Iterator[None]:
    """Within the context, check every ``interval`` seconds; call ``gone`` once, in a thread, if ``fd`` has lost its
    terminal.

    SIGHUP is not always sent, and the program would then spin forever.
    """
    over = threading.Event()

    def watch() -> None:
        while not over.wait(interval):
            if not is_there(fd):
                gone()
                return

    if os.name == "posix":
        threading.Thread(target=watch, name="terminal watch", daemon=True).start()
    try:
        yield
    finally:
        over.set()


def is_there(fd: int) -> bool:
    """Whether ``fd`` is still connected to a terminal."""
    import termios

    try:
        termios.tcgetattr(fd)
    except (OSError, termios.error):
        return False
    return True
