"""Files and folders for their owner alone, written as a whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from wan_tui.files.opening import open_regular


def make_private_folder(folder: Path) -> None:
    """Make ``folder`` and what is missing above it, for the owner alone (0700). Raises OSError."""
    if folder.is_dir():
        return
    # Not by mkdir(parents=True), which would let others into the folders above.
    for missing in reversed([place for place in (folder, *folder.parents) if not place.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)
    if not folder.is_dir():
        raise OSError(errno.ENOTDIR, "not a folder", str(folder))


def write_private(
    path: Path,
    content: bytes,
    *,
    durable: bool = True,
    temporary: Path | None = None,
    check: Callable[[os.stat_result], None] | None = None,
) -> None:
    """Have ``path`` hold ``content``, readable by its owner alone (0600): all of it, or what was there before.

    It is written beside ``path`` first, under a name of its own or as ``temporary``, in whose place nobody else's file
    may lie: it is removed. ``durable``: on the disk before this returns. ``check`` sees the new file while it is empty,
    and keeps it from being written by raising. A link in the place of ``path`` is replaced, not followed.
    Raises OSError, and what ``check`` raises.
    """
    if temporary is None:
        # Two programs, or two threads, may write the same file at the same moment.
        temporary = path.with_name(f"{path.name}.{os.getpid()}-{os.urandom(4).hex()}.new")
    else:
        temporary.unlink(missing_ok=True)
    descriptor = open_regular(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, follow=False)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if check is not None:
                check(os.fstat(file.fileno()))
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    if durable:
        # It is in its place: that some shared folders cannot be synced does not make it unwritten.
        with suppress(OSError):
            sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk before returning, where the system can do that. Raises OSError."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
