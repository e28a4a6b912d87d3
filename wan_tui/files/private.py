"""Private files and folders, written atomically."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from wan_tui.files.opening import open_regular


def make_private_folder(folder: Path) -> None:
    """Create ``folder`` and its missing parents, private (0700). Raises OSError."""
    if folder.is_dir():
        return
    # Not mkdir(parents=True), which creates the parents with default permissions.
    for missing in reversed([place for place in (folder, *folder.parents) if not place.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)
    if not folder.is_dir():
        raise OSError(errno.ENOTDIR, "not a folder", str(folder))


def check_writable(folder: Path) -> None:
    """Raises OSError with the reason why no file can be made in ``folder``."""
    if os.access(folder, os.W_OK | os.X_OK):
        return
    read_only = hasattr(os, "statvfs") and os.statvfs(folder).f_flag & os.ST_RDONLY
    reason = errno.EROFS if read_only else errno.EACCES
    raise OSError(reason, os.strerror(reason), str(folder))


def write_private(
    path: Path,
    content: bytes,
    *,
    durable: bool = True,
    temporary: Path | None = None,
    check: Callable[[os.stat_result], None] | None = None,
) -> None:
    """Write ``content`` to ``path`` atomically, private (0600).

    Writes to a temporary file beside ``path`` first: ``temporary``, which is overwritten, or a unique name.
    ``durable``: sync before returning. ``check`` gets the stat of the empty new file and can abort by raising. A
    symlink at ``path`` is replaced, not followed. Raises OSError, and errors of ``check``.
    """
    if temporary is None:
        # A unique name: other processes or threads may write the same file at the same time.
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
        # The file is in place; some shared folders cannot be synced.
        with suppress(OSError):
            sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to the disk, if the system supports that. Raises OSError."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
