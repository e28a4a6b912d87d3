"""The only door to the disk for everything in this room, so that tests can make any single call fail.

Every function raises ``OSError`` as the system does. ``WAN_TUI_FAULT_DISK`` (see ``faults.py``) makes them fail.
Files are made for this user alone (0600, folders 0700), and are never reached through a symbolic link.
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
"""Bytes read in one call: large enough to be quick, small enough for the event loop to get its turns."""

_plan = Plan(os.environ.get("WAN_TUI_FAULT_DISK", ""))


def use_plan(plan: Plan) -> None:
    """Let ``plan`` decide from now on which calls fail (tests)."""
    global _plan
    _plan = plan


def open_file(path: Path, flags: int) -> int:
    """Open a regular file of our own and return its descriptor. A link or a stranger's file is refused."""
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
    """The lock file is opened by another library; let a planned failure of opening meet it too."""
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
    """The content of a file, piece by piece of ``size`` bytes."""
    fd = open_file(path, os.O_RDONLY)
    try:
        while piece := read(fd, size):
            yield piece
    finally:
        close(fd)


def write(fd: int, data: bytes | bytearray | memoryview) -> None:
    """Write all of ``data``: one write(2), and more only where the system takes less than it was given."""
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
    """Have the content on the disk before returning."""
    _plan.pass_through("fsync")
    getattr(os, "fdatasync", os.fsync)(fd)


def try_lock(fd: int) -> bool:
    """Lock an open file against all other descriptors, as long as it is open; False where another one has it.

    True also where this system or this disk has no such locks: then only the job's lease keeps others out.
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
    """Have the names in a folder on the disk before returning, where the system can do that."""
    _plan.pass_through("fsync")
    private.sync_folder(folder)


def replace(source: Path, target: Path) -> None:
    _plan.pass_through("rename")
    source.replace(target)


def link(source: Path, target: Path) -> None:
    """Give a file a second name; the name must be free."""
    _plan.pass_through("link")
    os.link(source, target, follow_symlinks=False)


def unlink(path: Path) -> None:
    """Remove a name, if it is there."""
    _plan.pass_through("unlink")
    path.unlink(missing_ok=True)


def make_folder(path: Path) -> None:
    """Make a folder for this user alone, and those above it that are missing."""
    if path.is_dir():
        return
    _plan.pass_through("mkdir")
    private.make_private_folder(path)


def free_space(folder: Path) -> int:
    """Bytes this user may still write there."""
    _plan.pass_through("statvfs")
    return shutil.disk_usage(folder).free


def identity(path: Path) -> tuple[int, ...] | None:
    """What tells one version of a file from the next; None where there is no file."""
    try:
        facts = path.lstat()
    except FileNotFoundError:
        return None
    return (facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns)


def is_empty(version: tuple[int, ...]) -> bool:
    """Tell whether the file that had this ``identity`` held nothing."""
    return version[2] == 0


def file_size(path: Path) -> int:
    """The length of a file in bytes; 0 where there is none."""
    try:
        return path.lstat().st_size
    except FileNotFoundError:
        return 0
