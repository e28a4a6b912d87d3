"""Opens regular files only; anything else, such as a pipe, is an error at once."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

# O_NONBLOCK: if a pipe replaces the file after the check, open must not block.
_SAFE = sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY"))
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def open_regular(path: str | Path, flags: int = os.O_RDONLY, *, follow: bool = True) -> int:
    """Open the regular file at ``path`` without blocking; a new file is private (0600).

    ``follow``: follow symlinks. Raises OSError, with a ``strerror`` such as "it is a pipe, not a file" for anything
    else.
    """
    # Checked first, since just opening some devices has side effects. O_EXCL opens new files only.
    if not flags & os.O_EXCL:
        _look(path, follow=follow, may_be_missing=bool(flags & os.O_CREAT))
    descriptor = os.open(path, flags | _SAFE | (0 if follow else _NO_LINK), 0o600)
    try:
        _check_kind(path, os.fstat(descriptor).st_mode)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _look(path: str | Path, *, follow: bool, may_be_missing: bool) -> None:
    try:
        mode = os.stat(path, follow_symlinks=follow).st_mode
    except FileNotFoundError:
        if may_be_missing:
            return
        raise
    _check_kind(path, mode)


def _check_kind(path: str | Path, mode: int) -> None:
    if stat.S_ISREG(mode):
        return
    if stat.S_ISLNK(mode):
        raise OSError(errno.ELOOP, "it is a symbolic link", str(path))
    kind = next((name for test, name in _KINDS if test(mode)), "something else")
    raise OSError(errno.EINVAL, f"it is {kind}, not a file", str(path))
