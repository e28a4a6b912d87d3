"""The lock on a film's part: whoever writes it, names it or removes it has it alone, whatever became of the leases."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wan_tui.domain.errors import FilmBusy
from wan_tui.library import disk

_MOST_TRIES = 5


def open_locked(path: Path) -> int:
    """Open a part, made if need be, and lock it. Raises FilmBusy, OSError."""
    for _ in range(_MOST_TRIES):
        fd = disk.open_file(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        if not disk.try_lock(fd):
            disk.close(fd)
            break
        if disk.is_at(fd, path):
            return fd
        disk.close(fd)  # it got its name just before: there is another one now, or none
    raise busy()


@contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Keep everybody else off a part, if it is there. Yields False where somebody is at it. Raises OSError."""
    if os.name == "nt":  # what somebody has open cannot be removed there
        yield True
        return
    try:
        fd = disk.open_file(path, os.O_RDWR)
    except FileNotFoundError:
        yield True
        return
    try:
        yield disk.try_lock(fd)
    finally:
        disk.close(fd)


def busy() -> FilmBusy:
    """What is told of a part that somebody else is at."""
    return FilmBusy(
        "Another wan-tui is fetching this film", next_step="It is looked at again when that one is done"
    )
