"""Leases: which process handles which job. Each process lists its jobs in a file beside the history.

A process is alive while it holds the lock of its ``.alive`` file, so no process id or timestamp is needed. The
``.jobs`` file beside it is the list, one change per line: ``+ID`` or ``-ID``. Lists are read and written under one
guard lock. A process keeps two files open, however many jobs it has.

Leases prevent duplicate work; they are not what prevents paying twice. If the folder is deleted, or restored from a
backup, while processes run, each notices and rewrites its list.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from wan_tui.domain.errors import LibraryUnwritable
from wan_tui.domain.ids import is_job_id
from wan_tui.files.reasons import explain
from wan_tui.library import disk
from wan_tui.library.lock import ProcessLock

FOLDER_NAME = "leases"
_GUARD_WAIT = 1.0
_ALIVE, _JOBS = ".alive", ".jobs"
_MAX_STALE_LINES = 1_000
"""Maximum stale lines of a list before it is rewritten."""


class Leases:
    """The leases of this process, in ``folder``. Methods block for microseconds. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._mutex = threading.Lock()
        self._guard = ProcessLock(folder / "guard")
        self._own = _List(folder, uuid4().hex)
        self._held: set[str] = set()
        self._others: dict[Path, tuple[tuple[int, ...], frozenset[str]]] = {}
        """The lists of other processes as last read, with the identity of each file."""

    @property
    def held(self) -> frozenset[str]:
        """Ids of all jobs this process handles."""
        with self._mutex:
            return frozenset(self._held)

    def try_acquire(self, job_id: str) -> bool:
        """Take the lease if it is free; return whether it is ours. Raises LibraryUnwritable if it cannot be written."""
        return bool(self.acquire_free([job_id]))

    def acquire_free(self, job_ids: Iterable[str]) -> list[str]:
        """Take the free leases of ``job_ids``; return those that are ours now. Raises LibraryUnwritable.

        One file operation for any number of jobs.
        """
        asked = list(job_ids)
        with self._mutex:
            mine = [job_id for job_id in asked if job_id in self._held]
            wanted = [job_id for job_id in asked if job_id not in self._held]
            if not wanted:
                return mine
            with self._guarded() as acquired:
                if not acquired:
                    return mine
                taken = self._taken_by_others()
                free = [job_id for job_id in wanted if _name(job_id) not in taken]
                if free:
                    self._note(free)
            return mine + free

    def confirm(self) -> Collection[str]:
        """Check that this process's list is still on disk, and rewrite it if it was deleted.

        Returns the jobs that another process has taken over meanwhile.
        """
        with self._mutex:
            if not self._held or self._own.intact():
                return ()
            with self._guarded() as acquired:
                if not acquired:
                    return ()
                taken = self._taken_by_others()
                lost = {job_id for job_id in self._held if _name(job_id) in taken}
                self._held -= lost
                self._note(())
            return lost

    def release(self, job_id: str) -> None:
        """Release a lease if it is ours."""
        self._release([job_id])

    def release_all(self) -> None:
        self._release(self.held)
        with self._mutex:
            self._own.remove()

    def is_free(self, job_id: str) -> bool:
        """Whether no process, including this one, handles the job."""
        with self._mutex:
            if job_id in self._held:
                return False
            if not os.path.isdir(self.folder):
                return True
            with self._guarded() as acquired:
                return acquired and _name(job_id) not in self._taken_by_others()

    def sweep(self) -> None:
        """Remove leftovers of killed processes and of older versions of the program."""
        if not os.path.isdir(self.folder):
            return
        with self._mutex, self._guarded() as acquired:
            if acquired:
                self._taken_by_others()
                for path in self.folder.glob("*.lock"):
                    if (lock := ProcessLock(path)).acquire(0):
                        _remove(path)
                        lock.release()

    def _release(self, job_ids: Iterable[str]) -> None:
        with self._mutex:
            ours = [job_id for job_id in job_ids if job_id in self._held]
            self._held.difference_update(ours)
            # If this cannot be written, the leases end with this process.
            with suppress(LibraryUnwritable), self._guarded() as acquired:
                if acquired and ours and self._own.intact():
                    self._own.append("-", ours)

    def _note(self, job_ids: Collection[str]) -> None:
        """Add jobs to our list; rewrite it if it is missing or has too many stale lines."""
        if self._own.intact() and self._own.lines < len(self._held) + _MAX_STALE_LINES:
            self._own.append("+", job_ids)
        else:
            self._own.begin([*self._held, *job_ids])
        self._held.update(job_ids)

    def _taken_by_others(self) -> set[str]:
        """Names of the jobs of all other live processes. Removes the files of dead ones. Call under the guard."""
        taken: set[str] = set()
        lists = {path for path in self.folder.glob(f"*{_JOBS}") if path != self._own.jobs}
        for path in lists:
            if not _alive(path.with_suffix(_ALIVE)):
                _remove(path)
                self._others.pop(path, None)
                continue
            version = disk.identity(path)
            known = self._others.get(path)
            if version is not None and (known is None or known[0] != version):
                known = self._others[path] = (version, _read(path))
            if known is not None:
                taken |= known[1]
        return taken

    @contextmanager
    def _guarded(self) -> Iterator[bool]:
        """Hold the guard. Yields False on a timeout, e.g. if a stopped process holds it."""
        try:
            disk.make_folder(self.folder)
            acquired = self._guard.acquire(_GUARD_WAIT)
        except OSError as error:
            raise _unusable(error, self.folder) from error
        try:
            yield acquired
        except OSError as error:
            raise _unusable(error, self.folder) from error
        finally:
            if acquired:
                self._guard.release()


class _List:
    """The two files of this process."""

    def __init__(self, folder: Path, name: str) -> None:
        self.jobs = folder / f"{name}{_JOBS}"
        self._alive = folder / f"{name}{_ALIVE}"
        self._lock: ProcessLock | None = None
        self._versions: list[tuple[int, ...] | None] = []
        self.lines = 0

    def intact(self) -> bool:
        """Whether both files are still the ones this process created."""
        return self._lock is not None and self._versions == [_inode(self.jobs), _inode(self._alive)]

    def begin(self, job_ids: Collection[str]) -> None:
        """Create both files with these jobs. The lock is taken first: a list without one counts as a dead process's."""
        if self._lock is not None:
            self._lock.release()
        self._lock = None
        lock = ProcessLock(self._alive)
        lock.acquire(_GUARD_WAIT)
        fresh = self.jobs.with_suffix(".new")
        _remove(fresh)
        self._write(fresh, "+", job_ids)
        disk.replace(fresh, self.jobs)
        self._lock, self.lines = lock, len(job_ids)
        self._versions = [_inode(self.jobs), _inode(self._alive)]

    def append(self, sign: str, job_ids: Collection[str]) -> None:
        self._write(self.jobs, sign, job_ids)
        self.lines += len(job_ids)

    def remove(self) -> None:
        """Remove both files; whatever remains is removed by the next process."""
        with suppress(OSError):
            _remove(self.jobs)
            _remove(self._alive)
        if self._lock is not None:
            self._lock.release()
        self._lock = None

    def _write(self, path: Path, sign: str, job_ids: Iterable[str]) -> None:
        fd = disk.open_file(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        try:
            # The leading newline ends a line truncated by an earlier write, so that it is ignored.
            lines = "".join(f"\n{sign}{_name(job_id)}" for job_id in job_ids) + "\n"
            disk.write(fd, lines.encode("ascii"))
        finally:
            disk.close(fd)


def _name(job_id: str) -> str:
    """The job's id for a list; an invalid one, from an edited history, is hashed so that it cannot break the lines."""
    return job_id if is_job_id(job_id) else hashlib.sha256(job_id.encode("utf-8", "replace")).hexdigest()


def _read(path: Path) -> frozenset[str]:
    """The names of the jobs in a list, ignoring a truncated last line."""
    jobs: set[str] = set()
    text = b"".join(disk.pieces(path)).decode("utf-8", "replace")
    for line in text.split("\n")[:-1]:
        if line.startswith("+"):
            jobs.add(line[1:])
        elif line.startswith("-"):
            jobs.discard(line[1:])
    return frozenset(jobs)


def _alive(path: Path) -> bool:
    """Whether a process holds this lock. Removes the file if none does."""
    if not path.exists():
        return False
    lock = ProcessLock(path)
    if not lock.acquire(0):
        return True
    _remove(path)
    lock.release()
    return False


def _inode(path: Path) -> tuple[int, ...] | None:
    """Device and inode of a file; None if it does not exist."""
    version = disk.identity(path)
    return version and version[:2]


def _remove(path: Path) -> None:
    disk.unlink(path)


def _unusable(error: OSError, folder: Path) -> LibraryUnwritable:
    return LibraryUnwritable(
        f"The job cannot be locked: {explain(error)}.", next_step=f"Check the folder {folder}."
    )
