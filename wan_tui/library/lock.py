"""Locks between processes. A lock ends with the process that holds it, even if that is killed."""

from __future__ import annotations

import errno
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import BaseFileLock, FileLock, SoftFileLock, Timeout

from wan_tui.domain.errors import LibraryBusy, LibraryUnwritable
from wan_tui.files.reasons import explain
from wan_tui.library import disk

_UNSUPPORTED = {errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, getattr(errno, "ENOTSUP", errno.EOPNOTSUPP)}
_POLL_SECONDS = 0.002
# The health report says it; a warning on stderr would corrupt the screen.
warnings.filterwarnings("ignore", message="flock not supported")


class ProcessLock:
    """A lock file. On file systems without locking, the existence of the file is the lock (``soft``), which is weaker.

    The lock belongs to the process, not to a thread.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.soft = False
        self._lock: BaseFileLock = FileLock(path, mode=0o600, thread_local=False)

    def acquire(self, wait: float) -> bool:
        """Take the lock, waiting at most ``wait`` seconds. Raises OSError if the lock file cannot be created."""
        disk.before_lock()
        try:
            self._lock.acquire(timeout=wait, poll_interval=_POLL_SECONDS)
        except Timeout:
            return False
        except (NotImplementedError, OSError) as error:
            if self.soft or getattr(error, "errno", errno.ENOSYS) not in _UNSUPPORTED:
                raise
            self._lock, self.soft = SoftFileLock(self.path, mode=0o600, thread_local=False), True
            return self.acquire(wait)
        self.soft = isinstance(self._lock, SoftFileLock)
        return True

    def release(self) -> None:
        self._lock.release()


class LibraryLock:
    """The lock held while changing the history. ``wait``: timeout in seconds, after which LibraryBusy is raised."""

    def __init__(self, path: Path, wait: float) -> None:
        self.wait = wait
        self._lock = ProcessLock(path)

    @property
    def soft(self) -> bool:
        """Whether this file system cannot lock, so that a plain lock file is used."""
        return self._lock.soft

    @contextmanager
    def held(self, wait: float | None = None) -> Iterator[None]:
        """Hold the lock. Raises LibraryBusy, or LibraryUnwritable if the lock file cannot be created."""
        try:
            mine = self._lock.acquire(self.wait if wait is None else wait)
        except OSError as error:
            raise LibraryUnwritable(
                f"The history cannot be locked: {explain(error)}.",
                next_step=f"Check the folder {self._lock.path.parent}.",
            ) from error
        if not mine:
            raise LibraryBusy(
                "Another wan-tui holds the history lock and does not release it.",
                next_step="Nothing was changed. Resume it (fg) or quit it.",
            )
        try:
            yield
        finally:
            self._lock.release()
