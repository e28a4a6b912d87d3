"""All disk access of the library, so that tests can make any single call fail.

Every function raises ``OSError`` as the system does. ``WAN_TUI_FAULT_DISK`` (see ``fault_injection.py``) makes them
fail. Files are created private (0600, folders 0700), and symlinks are not followed.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Generator
from pathlib import Path

from wan_tui.files import private
from wan_tui.files.opening import open_regular
from wan_tui.library.fault_injection import Plan

PIECE = 4 << 20
"""Bytes per read: large enough to be fast, small enough not to block the event loop."""

_plan = Plan(os.environ.get("WAN_TUI_FAULT_DISK", ""))


def use_plan(plan: Plan) -> None:
    """Use ``plan`` to make calls fail (tests)."""
    global _plan
    _plan = plan


def open_file(path: Path, flags: int) -> int:
    """Open a regular file and return its descriptor. Refuses symlinks and files of other users."""
    _plan.pass_through("open")
    fd = open_regular(path, flags, follow=False)
    try:
        facts = os.fstat(fd)
        if hasattr(os, "geteuid") and os.geteuid() not in (0, facts.st_uid):
            raise OSError(errno.EPERM, "it belongs to another user", str(path))
    except BaseException:
        os.close(fd)
        raise
    return fd


def before_lock() -> None:
    """Apply planned failures to the lock file, which the filelock package opens."""
    _plan.pass_through("lock")


def close(fd: int) -> None:
    os.close(fd)


def read(fd: int, size: int = PIECE) -> bytes:
    _plan.pass_through("read")
    return os.read(fd, size)


def read_at(fd: int, size: int, offset: int) -> bytes:
    """Read up to ``size`` bytes from ``offset``."""
    _plan.pass_through("read")
    os.lseek(fd, offset, os.SEEK_SET)
    return os.read(fd, size)


def pieces(path: Path, size: int = PIECE) -> Generator[bytes, None, None]:
    """Yield the content of a file in pieces of ``size`` bytes."""
    fd = open_file(path, os.O_RDONLY)
    try:
        while piece := read(fd, size):
            yield piece
    finally:
        close(fd)


def write(fd: int, data: bytes | bytearray | memoryview) -> None:
    """Write all of ``data``: one write(2), or more after a short write."""
    rest = memoryview(data)
    while rest:
        allowed = _plan.pass_through("write", len(rest))
        rest = rest[os.write(fd, rest[:allowed]) :]


def size(fd: int) -> int:
    return os.fstat(fd).st_size


def truncate(fd: int, length: int) -> None:
    _plan.pass_through("truncate")
    os.ftruncate(fd, length)


def sync(fd: int) -> None:
    """Flush the content to the disk."""
    _plan.pass_through("fsync")
    getattr(os, "fdatasync", os.fsync)(fd)


def try_lock(fd: int) -> bool:
    """Lock an open file until it is closed; False if another descriptor has the lock.

    Also True if the system or the disk does not support locks: then only the job's lease protects it.
    """
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)
    return True


def is_at(fd: int, path: Path) -> bool:
    """Whether ``path`` still names the open file."""
    try:
        return os.path.samestat(os.fstat(fd), path.lstat())
    except FileNotFoundError:
        return False


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to the disk, if the system supports that."""
    _plan.pass_through("fsync")
    private.sync_folder(folder)


def replace(source: Path, target: Path) -> None:
    _plan.pass_through("rename")
    source.replace(target)


def link(source: Path, target: Path) -> None:
    """Create a hard link; the name must be free."""
    _plan.pass_through("link")
    os.link(source, target, follow_symlinks=False)


def unlink(path: Path) -> None:
    """Remove a file if it exists."""
    _plan.pass_through("unlink")
    path.unlink(missing_ok=True)


def make_folder(path: Path) -> None:
    """Create a private folder and its missing parents."""
    if path.is_dir():
        return
    _plan.pass_through("mkdir")
    private.make_private_folder(path)


def free_space(folder: Path) -> int:
    """Free bytes for this user."""
    _plan.pass_through("statvfs")
    return shutil.disk_usage(folder).free


def identity(path: Path) -> tuple[int, ...] | None:
    """(device, inode, size, mtime) of a file, which identify its version; None if it does not exist."""
    try:
        facts = path.lstat()
    except FileNotFoundError:
        return None
    return (facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns)


def is_empty(version: tuple[int, ...]) -> bool:
    """Whether the file with this ``identity`` was empty."""
    return version[2] == 0


def file_size(path: Path) -> int:
    """Size of a file in bytes; 0 if it does not exist."""
    try:
        return path.lstat().st_size
    except FileNotFoundError:
        return 0
