"""Locks between processes. They vanish with the process that holds them, even when it is killed."""

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
_LOOK_AGAIN = 0.002
# It is said in the health report; a line on stderr would tear the screen.
warnings.filterwarnings("ignore", message="flock not supported")


class ProcessLock:
    """One lock file. File systems that cannot lock get a file whose existence is the lock: a weaker promise.

    ``soft`` tells that this is so. The lock belongs to the process, not to a thread.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.soft = False
        self._lock: BaseFileLock = FileLock(path, mode=0o600, thread_local=False)

    def acquire(self, wait: float) -> bool:
        """Take the lock, waiting for at most ``wait`` seconds. Raises OSError where no lock file can be made."""
        disk.before_lock()
        try:
            self._lock.acquire(timeout=wait, poll_interval=_LOOK_AGAIN)
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
    """The lock that one process holds while it changes the history.

    ``wait`` is how long, in seconds, another process may hold it before LibraryBusy is raised.
    """

    def __init__(self, path: Path, wait: float) -> None:
        self.wait = wait
        self._lock = ProcessLock(path)

    @property
    def soft(self) -> bool:
        """True: this file system cannot lock, and a lock file stands in."""
        return self._lock.soft

    @contextmanager
    def held(self, wait: float | None = None) -> Iterator[None]:
        """Hold the lock. Raises LibraryBusy, or LibraryUnwritable where no lock file can be made."""
        try:
            mine = self._lock.acquire(self.wait if wait is None else wait)
        except OSError as error:
            raise LibraryUnwritable(
                f"The history cannot be locked: {explain(error)}.",
                next_step=f"Check the folder {self._lock.path.parent}.",
            ) from error
        if not mine:
            raise LibraryBusy(
                "Another wan-tui holds the history and does not let go of it.",
                next_step="Let it go on (fg) or end it. Nothing was changed here.",
            )
        try:
            yield
        finally:
            self._lock.release()
