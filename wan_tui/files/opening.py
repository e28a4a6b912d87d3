"""Opening a file where anything may lie: an ordinary file is opened, whatever else it is told at once."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

# O_NONBLOCK: a pipe that took the place of the file after it was looked at would be waited for.
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
    """A descriptor of the ordinary file at ``path``; what ``flags`` make is for its owner alone (0600). Never waits.

    ``follow``: also through a link. Raises OSError, whose ``strerror`` is "it is a pipe, not a file" and the like
    where something else lies there.
    """
    # Looked at before: opening some devices does something already. With O_EXCL only what is new is opened.
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
