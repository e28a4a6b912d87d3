"""The salt of a library's key fingerprints.

It is stored beside the history and must move with it: with another salt every order would seem to have been made with
another key.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from wan_tui.library import disk

FILE_NAME = "salt"
_SALT = re.compile(r"[0-9a-f]{32}")


def library_salt(data: Path, state: Path) -> str:
    """The salt beside the history in ``data``, created once. ``state`` is where older versions kept it.

    Blocks. If it can be neither read nor written, returns a temporary one.
    """
    path = data / FILE_NAME
    if salt := _read(path):
        return salt
    salt = _read(state / FILE_NAME) or os.urandom(16).hex()
    with suppress(OSError):
        _write_once(path, salt)
    # If two processes start at the same time, the first one's salt counts.
    return _read(path) or salt


def _read(path: Path) -> str | None:
    with suppress(OSError):
        text = b"".join(disk.pieces(path)).decode("ascii", "replace").strip()
        return text if _SALT.fullmatch(text) else None
    return None


def _write_once(path: Path, salt: str) -> None:
    """Write the salt atomically unless there is a valid one."""
    disk.make_folder(path.parent)
    fresh = path.with_name(f"{FILE_NAME}.{os.urandom(4).hex()}")
    fd = disk.open_file(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        disk.write(fd, salt.encode("ascii"))
        disk.sync(fd)
        try:
            disk.link(fresh, path)
        except OSError:  # it exists, or the file system has no hard links
            if _read(path) is None:
                disk.replace(fresh, path)
        disk.sync_folder(path.parent)
    finally:
        disk.close(fd)
        disk.unlink(fresh)
