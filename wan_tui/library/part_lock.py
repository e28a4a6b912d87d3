"""The lock on a film's part file, held while writing, naming or removing it, independent of leases."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wan_tui.domain.errors import FilmBusy
from wan_tui.library import disk

_MOST_TRIES = 5


def open_locked(path: Path) -> int:
    """Open or create a part and lock it. Raises FilmBusy, OSError."""
    for _ in range(_MOST_TRIES):
        fd = disk.open_file(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        if not disk.try_lock(fd):
            disk.close(fd)
            break
        if disk.is_at(fd, path):
            return fd
        disk.close(fd)  # renamed or removed just before we got the lock
    raise busy()


@contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Lock a part if it exists. Yields False if another process has it. Raises OSError."""
    if os.name == "nt":  # open files cannot be removed there
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
    """The error if another process has the part."""
    return FilmBusy("Another wan-tui is fetching this film", next_step="It will be checked when that is done")
