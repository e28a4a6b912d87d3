"""The film folder: names, part files, and the films in it."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from wan_tui.domain.errors import FilmError, FilmFolderUnusable
from wan_tui.domain.job import Job
from wan_tui.files.private import check_writable
from wan_tui.library import disk
from wan_tui.library.film_names import SUFFIX, day_and_mark, film_name, numbered, whole_film
from wan_tui.library.part_lock import locked
from wan_tui.library.part_record import Record, film_errors, read_record, source_of
from wan_tui.library.partfile import FILM, PART, RECORD, FinishFilm, PartFile

_MOST_NAMES = 10_000

Stamp = tuple[int, int]
"""Size in bytes and modification time in nanoseconds."""


class FilmFolder:
    """The folder for films. All methods block; those that write raise FilmFolderUnusable or DiskFull."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def prepare(self) -> None:
        """Create the folder, private to this user, and check that it is writable."""
        with film_errors(self.folder):
            disk.make_folder(self.folder)
            check_writable(self.folder)

    def open_part(self, job: Job) -> PartFile:
        """Open a new part file, or resume the existing one. The caller holds the job's lease.

        Bytes from another source than the job's link are dropped.
        """
        self.prepare()
        source = source_of(job.video_url or "")
        targets = [self._target(path) for path, _ in self._records(job)]
        for target in targets or self._free_names(job):
            part = PartFile(target, Record(job.id, source))
            if part.job != job.id:  # another job has just taken this name
                part.close()
                continue
            if part.source != source:
                part.restart(source)
            return part
        raise FilmFolderUnusable("No free name for the film.", next_step=f"Check {self.folder}.")

    def adopt(self, job: Job, finish_film: FinishFilm | None = None) -> Path | None:
        """The job's film if it is already complete on disk: named just before a crash, or fetched but not named yet.

        None if it has to be fetched. ``finish_film`` as in ``PartFile.finish``.
        """
        for path, record in self._records(job):
            target = self._target(path)
            if record.length is not None and (film := whole_film(target, record.length)):
                return film
            part = target.with_name(target.name + PART)
            if record.total is not None and disk.file_size(part) >= record.total:
                with suppress(FilmError):
                    return self._finish(target, record, finish_film)
        return None

    def forget(self, job: Job) -> None:
        """Remove leftovers of a download. Call only once the job is durably *saved*."""
        for path, _ in list(self._records(job)):
            self._drop(path)

    def sweep(self, done: Callable[[str], bool]) -> None:
        """Remove leftovers of jobs for which ``done(job_id)``, i.e. durably saved. Never removes films."""
        for path in self._glob("*" + RECORD):
            record = read_record(path)
            if record and done(record.job):
                self._drop(path)

    def sizes(self) -> dict[str, int]:
        """Names and sizes in bytes of all films in the folder."""
        found: dict[str, int] = {}
        with suppress(OSError), os.scandir(self.folder) as entries:
            for entry in entries:
                with suppress(OSError):  # e.g. removed meanwhile
                    # Symlinks count: a film may have been moved to another disk.
                    if entry.name.endswith(SUFFIX) and entry.is_file():
                        found[entry.name] = entry.stat().st_size
        return found

    def stamp(self, name: str) -> Stamp | None:
        """The stamp of a film, which changes when its file does; None if there is none."""
        with suppress(OSError):
            found = (self.folder / name).stat()
            if stat.S_ISREG(found.st_mode):
                return found.st_size, found.st_mtime_ns
        return None

    def _glob(self, pattern: str) -> list[Path]:
        try:
            return sorted(self.folder.glob(pattern))
        except OSError:
            return []

    def _records(self, job: Job) -> Iterator[tuple[Path, Record]]:
        day, mark = day_and_mark(job)
        for path in self._glob(f"{day}_*_{mark}*{SUFFIX}{RECORD}"):
            record = read_record(path)
            if record and record.job == job.id:
                yield path, record

    def _target(self, record_path: Path) -> Path:
        return record_path.with_name(record_path.name.removesuffix(RECORD))

    def _free_names(self, job: Job) -> Iterator[Path]:
        """Names not used by a file or another download. An empty part without a record is unclaimed."""
        wanted = self.folder / film_name(job)
        for number in range(1, _MOST_NAMES):
            target = wanted if number == 1 else numbered(wanted, number)
            part = target.with_name(target.name + PART)
            around = (target, target.with_name(target.name + RECORD))
            if not any(os.path.lexists(path) for path in around) and _is_unclaimed(part):
                yield target

    def _drop(self, record_path: Path) -> None:
        """Remove a part unless it is being written: the history that says *saved* may have been rolled back."""
        target = self._target(record_path)
        part = target.with_name(target.name + PART)
        with suppress(OSError), locked(part) as mine:
            if mine:
                disk.unlink(part)
                disk.unlink(target.with_name(target.name + FILM))
                disk.unlink(record_path)

    def _finish(self, target: Path, record: Record, finish_film: FinishFilm | None) -> Path:
        part = PartFile(target, record)
        try:
            return part.finish(record.total, finish_film)
        finally:
            part.close()


def _is_unclaimed(part: Path) -> bool:
    try:
        found = part.lstat()
    except FileNotFoundError:
        return True
    return stat.S_ISREG(found.st_mode) and not found.st_size
