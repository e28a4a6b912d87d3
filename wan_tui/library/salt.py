"""The salt of a library: a random text that keeps key fingerprints from meaning anything elsewhere.

It lies beside the history and goes where the history goes: with another salt every order would look as if it had
been made with another key.
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
    """The salt beside the history in ``data``, made once. ``state`` is where older versions kept it.

    Blocks. Where it can be neither read nor written, one for this run.
    """
    path = data / FILE_NAME
    if salt := _read(path):
        return salt
    salt = _read(state / FILE_NAME) or os.urandom(16).hex()
    with suppress(OSError):
        _write_once(path, salt)
    # Two programs may start at the same moment: the first to write it is right.
    return _read(path) or salt


def _read(path: Path) -> str | None:
    with suppress(OSError):
        text = b"".join(disk.pieces(path)).decode("ascii", "replace").strip()
        return text if _SALT.fullmatch(text) else None
    return None


def _write_once(path: Path, salt: str) -> None:
    """Have the salt on disk, whole, unless there is one. What stands there and is no salt is replaced."""
    disk.make_folder(path.parent)
    fresh = path.with_name(f"{FILE_NAME}.{os.urandom(4).hex()}")
    fd = disk.open_file(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        disk.write(fd, salt.encode("ascii"))
        disk.sync(fd)
        try:
            disk.link(fresh, path)
        except OSError:  # it is there, or this file system has no second names
            if _read(path) is None:
                disk.replace(fresh, path)
        disk.sync_folder(path.parent)
    finally:
        disk.close(fd)
        disk.unlink(fresh)
