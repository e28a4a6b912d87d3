"""A terminal may go at any moment: closed, or its line lost. Writing to it must not fail, and somebody must notice."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

CHECK_SECONDS = 1.0


class LenientOutput:
    """A text file that passes on what is written as long as that works, and afterwards drops it.

    Textual writes from a thread that an error would end, and then waits for that thread for ever.
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
    """Meanwhile look every ``interval`` seconds; call ``gone`` once, in a thread, when ``fd`` has no terminal any more.

    The signal that tells of it does not always come: a program left alone with such a terminal would spin for ever.
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
    """Whether there is a terminal at the far end of ``fd``."""
    import termios

    try:
        termios.tcgetattr(fd)
    except (OSError, termios.error):
        return False
    return True
