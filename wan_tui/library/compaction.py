"""Compacts the journal into a new snapshot. Only under the lock.

The new snapshot is written beside the old one, synced, and renamed over it: a crash before leaves the old snapshot and
journal, a crash after the new ones. The old snapshot is kept as ``.bak``, with all journals from its generation on.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from wan_tui.domain.crashpoints import crash_point
from wan_tui.library import disk, snapshot
from wan_tui.library.journal import Journal, generations
from wan_tui.library.loader import State
from wan_tui.library.snapshot import backup_of


def compact(path: Path, state: State) -> None:
    """Write ``state`` as the next generation and switch to its journal. On OSError the old files are untouched, or, if
    only the last step failed, the new ones are in place."""
    generation = state.journal.generation + 1
    temporary = path.with_name(path.name + ".tmp")
    disk.unlink(temporary)
    try:
        _write(temporary, state, generation)
        crash_point("compact.written")
        if state.backed_by:
            _back_up(path)
        crash_point("compact.backed-up")
        disk.replace(temporary, path)
    except OSError:
        with suppress(OSError):
            disk.unlink(temporary)
        raise
    crash_point("compact.replaced")
    state.journal.close()
    state.journal = Journal(path, generation)
    state.identity, state.backed_by = disk.identity(path), True
    disk.sync_folder(path.parent)
    _sweep(path, generation)
    crash_point("compact.done")


def sweep_temporary(path: Path) -> None:
    """Remove leftovers of a killed compaction."""
    for left in (path.with_name(path.name + ".tmp"), _fresh_backup(path)):
        if left.exists():
            disk.unlink(left)


def _write(temporary: Path, state: State, generation: int) -> None:
    fd = disk.open_file(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        snapshot.write(fd, state.tables, generation)
        disk.sync(fd)
    finally:
        disk.close(fd)


def _fresh_backup(path: Path) -> Path:
    return path.with_name(path.name + ".bak.new")


def _back_up(path: Path) -> None:
    # If this fails, the older backup and the journals since are kept: nothing is lost.
    with suppress(OSError):
        disk.unlink(_fresh_backup(path))
        disk.link(path, _fresh_backup(path))
        disk.replace(_fresh_backup(path), backup_of(path))


def _sweep(path: Path, generation: int) -> None:
    with suppress(OSError):
        oldest = snapshot.generation_of(backup_of(path))
        for old in generations(path):
            if old < (generation - 1 if oldest is None else oldest):
                disk.unlink(Journal(path, old).path)
