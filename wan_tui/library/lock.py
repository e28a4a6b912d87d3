"""The lock that one process at a time holds while it changes the history. It vanishes with its process."""

from __future__ import annotations

import errno
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import BaseFileLock, FileLock, SoftFileLock, Timeout

from wan_tui.domain.errors import LibraryBusy, LibraryUnwritable
from wan_tui.library import disk

_UNSUPPORTED = {errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, getattr(errno, "ENOTSUP", errno.EOPNOTSUPP)}
_LOOK_AGAIN = 0.002
# Said once in the health report; a line on stderr would tear the screen.
warnings.filterwarnings("ignore", message="flock not supported", module="filelock")


class LibraryLock:
    """A lock between processes. File systems without flock get a lock file with a weaker promise.

    ``wait`` is how long, in seconds, another process may hold it before LibraryBusy is raised.
    """

    def __init__(self, path: Path, wait: float) -> None:
        self.path = path
        self.wait = wait
        self.soft = False
        """True: this file system cannot lock, and a lock file stands in."""
        self._lock: BaseFileLock = FileLock(path, mode=0o600, thread_local=False)
        self._mutex = threading.RLock()

    @contextmanager
    def held(self, wait: float | None = None) -> Iterator[None]:
        """Hold the lock. Raises LibraryBusy, or LibraryUnwritable where no lock file can be made."""
        with self._mutex:
            self._acquire(self.wait if wait is None else wait)
            try:
                yield
            finally:
                self._lock.release()

    def _acquire(self, wait: float) -> None:
        try:
            self._lock.acquire(timeout=wait, poll_interval=_LOOK_AGAIN)
        except Timeout:
            raise LibraryBusy(
                "Another wan-tui holds the history and does not let go of it.",
                next_step="Let it go on (fg) or end it. Nothing was changed here.",
            ) from None
        except (NotImplementedError, OSError) as error:
            number = error.errno if isinstance(error, OSError) else errno.ENOSYS
            if number not in _UNSUPPORTED or self.soft:
                cause = disk.explain(error) if isinstance(error, OSError) else "locks are not supported"
                raise LibraryUnwritable(
                    f"The history cannot be locked: {cause}.",
                    next_step=f"Check the folder {self.path.parent}.",
                ) from error
            self._lock, self.soft = SoftFileLock(self.path, mode=0o600, thread_local=False), True
            self._acquire(wait)
        self.soft = self.soft or isinstance(self._lock, SoftFileLock)
