"""The film folder: our own names, films on their way, films that are there, films that are missing."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC
from itertools import count
from pathlib import Path

from wan_tui.domain.errors import FilmError, NotAFilm
from wan_tui.domain.job import Job
from wan_tui.domain.text import slug
from wan_tui.library import disk
from wan_tui.library.mp4 import inspect
from wan_tui.library.partfile import PART, RECORD, PartFile, Record, numbered, read_record, source_of, told

_SUFFIX = ".mp4"

Stamp = tuple[int, int]
"""Size in bytes, and when it was last changed, in nanoseconds."""


def film_name(job: Job) -> str:
    """``2026-11-22_menacing-dragon_7f3a.mp4``: day ordered (UTC), words of the prompt, a hash of the job's id.

    Nothing in it comes from the service, and it is a valid name on every system.
    """
    day = job.created_at.astimezone(UTC).date().isoformat()
    mark = hashlib.sha256(job.id.encode("utf-8", "replace")).hexdigest()[:4]
    return f"{day}_{slug(job.prompt)}_{mark}{_SUFFIX}"


class FilmFolder:
    """The folder films are saved in. All methods block; those that write raise FilmFolderUnusable or DiskFull."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def prepare(self) -> None:
        """Make the folder, for this user alone, and see that it can be written."""
        with told(self.folder):
            disk.make_folder(self.folder)
            if not os.access(self.folder, os.W_OK | os.X_OK):
                raise PermissionError(13, os.strerror(13))

    def open_part(self, job: Job) -> PartFile:
        """Begin a film, or go on with what came of it before. Hold the job's lease meanwhile.

        Bytes of another source than the job's link are dropped.
        """
        self.prepare()
        source = source_of(job.video_url or "")
        for path, record in self._records(job):
            part = PartFile(self._target(path), record)
            if record.source != source or part.etag is None:
                part.restart(source)
            return part
        return PartFile(self._reserve(job), Record(job.id, source))

    def adopt(self, job: Job, finish_film: Callable[[Path], None] | None = None) -> Path | None:
        """The job's film, if all of it is here already: named just before a crash, or fetched but not yet named.

        None where there is none; then it has to be fetched. ``finish_film`` as in ``PartFile.finish``.
        """
        for path, record in self._records(job):
            target = self._target(path)
            if record.length is not None and (film := self._whole(target, record.length)):
                return film
            part = target.with_name(target.name + PART)
            if record.total is not None and disk.file_size(part) >= record.total:
                with suppress(FilmError):
                    return self._finish(target, record, finish_film)
        return None

    def forget(self, job: Job) -> None:
        """Remove what is left of a download. Only when the history says *saved*, durably."""
        for path, _ in list(self._records(job)):
            self._drop(path)

    def sweep(self, done: Callable[[str], bool]) -> None:
        """Remove leftovers of the jobs, by id, that are ``done``: saved, durably. Films are never removed."""
        for path in self._glob("*" + RECORD):
            record = read_record(path)
            if record and done(record.job):
                self._drop(path)

    def sizes(self) -> dict[str, int]:
        """The names of all films there, with their sizes in bytes."""
        found: dict[str, int] = {}
        with suppress(OSError), os.scandir(self.folder) as entries:
            for entry in entries:
                with suppress(OSError):  # such as one that was removed since the folder was read
                    # A link counts: a film may have been moved to another disk.
                    if entry.name.endswith(_SUFFIX) and entry.is_file():
                        found[entry.name] = entry.stat().st_size
        return found

    def stamp(self, name: str) -> Stamp | None:
        """What changes when the file of this name does; None where there is none."""
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
        stem = film_name(job).removesuffix(_SUFFIX)
        for path in self._glob(f"{stem}*{_SUFFIX}{RECORD}"):
            record = read_record(path)
            if record and record.job == job.id:
                yield path, record

    def _target(self, record_path: Path) -> Path:
        return record_path.with_name(record_path.name.removesuffix(RECORD))

    def _reserve(self, job: Job) -> Path:
        """The first name that neither a file nor another download has."""
        wanted = self.folder / film_name(job)
        for number in count(1):
            target = wanted if number == 1 else numbered(wanted, number)
            around = (target, target.with_name(target.name + PART), target.with_name(target.name + RECORD))
            if not any(os.path.lexists(path) for path in around):
                return target
        raise AssertionError("unreachable")

    def _whole(self, target: Path, length: int) -> Path | None:
        """The film under its final name, or the next one where that was taken: whole and of this length."""
        for path in [target, *self._glob(f"{target.stem}-[0-9]*{_SUFFIX}")]:
            try:
                if inspect(path).size == length:
                    return path
            except (OSError, NotAFilm):
                continue
        return None

    def _drop(self, record_path: Path) -> None:
        target = self._target(record_path)
        with suppress(OSError):
            disk.unlink(target.with_name(target.name + PART))
            disk.unlink(record_path)

    def _finish(self, target: Path, record: Record, finish_film: Callable[[Path], None] | None) -> Path:
        part = PartFile(target, record)
        try:
            return part.finish(record.total, finish_film)
        finally:
            part.close()
