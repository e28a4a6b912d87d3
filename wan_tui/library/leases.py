"""Which process cares for which job: a lock file for each job, held as long as its process works on it.

The lock goes with the process. Whether a holder is dead is judged by its lock being free, never by a process number
or a time. Lock files are made, taken and removed under one guard, so that no two processes ever hold two files of
one name.
"""

from __future__ import annotations

import errno
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from wan_tui.domain.errors import LibraryUnwritable
from wan_tui.domain.ids import is_job_id
from wan_tui.library import disk
from wan_tui.library.lock import ProcessLock

_GUARD_WAIT = 1.0
_OPEN_FILES = 4096


class Leases:
    """The leases of this process, in ``folder``. Methods block for microseconds; may be used from any thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._held: dict[str, ProcessLock] = {}
        self._mutex = threading.Lock()
        self._guard = ProcessLock(folder / "guard")

    @property
    def held(self) -> frozenset[str]:
        """The ids of all jobs this process cares for."""
        with self._mutex:
            return frozenset(self._held)

    def try_acquire(self, job_id: str) -> bool:
        """Take the lease if it is free or ours already. Raises LibraryUnwritable where no lock file can be made."""
        with self._mutex:
            if job_id in self._held:
                return True
            with self._guarded() as sure:
                lock = self._taken(job_id) if sure else None
            if lock:
                self._held[job_id] = lock
            return lock is not None

    def release(self, job_id: str) -> None:
        """Let go of a lease, if it is ours."""
        with self._mutex:
            lock = self._held.pop(job_id, None)
            if lock:
                self._let_go(lock)

    def release_all(self) -> None:
        for job_id in self.held:
            self.release(job_id)

    def is_free(self, job_id: str) -> bool:
        """Tell whether nobody, this process included, cares for the job."""
        with self._mutex:
            if job_id in self._held:
                return False
            if not self._path(job_id).exists():
                return True
            with self._guarded() as sure:
                lock = self._taken(job_id) if sure else None
                if lock:
                    self._remove(lock)
            return lock is not None

    def sweep(self) -> None:
        """Remove the lock files of processes that were killed."""
        with self._mutex, self._guarded() as sure:
            mine = {lock.path for lock in self._held.values()}
            for path in self.folder.glob("*.lock") if sure else ():
                lock = ProcessLock(path)
                if path not in mine and lock.acquire(0):
                    self._remove(lock)

    def _path(self, job_id: str) -> Path:
        name = job_id if is_job_id(job_id) else hashlib.sha256(job_id.encode("utf-8", "replace")).hexdigest()
        return self.folder / f"{name}.lock"

    def _taken(self, job_id: str) -> ProcessLock | None:
        lock = ProcessLock(self._path(job_id))
        try:
            return lock if lock.acquire(0) else None
        except OSError as error:
            if error.errno != errno.EMFILE or not _allow_more_files():
                raise
            return lock if lock.acquire(0) else None

    def _let_go(self, lock: ProcessLock) -> None:
        with suppress(LibraryUnwritable), self._guarded() as sure:
            if sure:
                self._remove(lock)
                return
        lock.release()

    def _remove(self, lock: ProcessLock) -> None:
        with suppress(OSError):
            disk.unlink(lock.path)
        lock.release()

    @contextmanager
    def _guarded(self) -> Iterator[bool]:
        """Hold the guard. Yields False where a stopped process holds it."""
        try:
            disk.make_folder(self.folder)
            sure = self._guard.acquire(_GUARD_WAIT)
        except OSError as error:
            raise _unusable(error, self.folder) from error
        try:
            yield sure
        except OSError as error:
            raise _unusable(error, self.folder) from error
        finally:
            if sure:
                self._guard.release()


def _unusable(error: OSError, folder: Path) -> LibraryUnwritable:
    return LibraryUnwritable(
        f"No lock can be made for a job: {disk.explain(error)}.", next_step=f"Check the folder {folder}."
    )


def _allow_more_files() -> bool:
    """A lease is an open file; some systems allow only 256 unless asked for more."""
    try:
        import resource
    except ImportError:
        return False
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if most == resource.RLIM_INFINITY else min(_OPEN_FILES, most)
    if wanted <= now:
        return False
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
    return True
