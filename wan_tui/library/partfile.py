"""A film while it is being fetched: ``<film>.mp4.part`` with what came so far, and ``….part.json`` with what we know
of its source. Only when it is whole and verified does it get its final name, which never replaces anything.

Crash points: film.opened, film.verified, film.linked, film.named, film.finished.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from itertools import count
from pathlib import Path

from wan_tui.domain.crashpoints import crash_point
from wan_tui.domain.errors import DiskFull, FilmFolderUnusable, NotAFilm
from wan_tui.library import disk
from wan_tui.library.mp4 import inspect

PART = ".part"
RECORD = ".part.json"
BROKEN = ".broken"
_KEPT_FREE = 32 << 20
"""Bytes left to others when a film of known length is begun."""
_FULL = frozenset([errno.ENOSPC, errno.EDQUOT, errno.EFBIG])


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a film's source. ``source`` is a hash of its link without the signature."""

    job: str
    source: str = ""
    etag: str | None = None
    total: int | None = None
    length: int | None = None
    """The verified length, written before the film gets its name: it is whole from then on."""


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """Turn what the disk says into what the user can act on."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFull(
                f"The film cannot be kept: {disk.explain(error)}.",
                next_step="Make room; it goes on by itself from where it stopped.",
            ) from error
        raise FilmFolderUnusable(
            f"The film folder cannot be used: {disk.explain(error)}.",
            next_step=f"Check {folder}, or choose another folder.",
        ) from error


def source_of(url: str) -> str:
    """What stays the same when a link is signed anew."""
    return hashlib.sha256(re.split(r"[?#]", url, maxsplit=1)[0].encode("utf-8", "replace")).hexdigest()


def read_record(path: Path) -> Record | None:
    """The record at ``path``; None where there is none that can be read."""
    try:
        data = json.loads(b"".join(disk.pieces(path)))
        record = Record(**{field.name: data.get(field.name) for field in fields(Record)})
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return None
    numbers = (record.total, record.length)
    sound = isinstance(record.job, str) and all(n is None or isinstance(n, int) for n in numbers)
    return record if sound and isinstance(record.etag, str | None) else None


class PartFile:
    """An open ``.part``. All methods block and raise DiskFull, FilmFolderUnusable or NotAFilm.

    ``target`` is the name it is to get; ``offset`` is how many bytes are here, the place to go on from.
    """

    def __init__(self, target: Path, record: Record) -> None:
        self.target = target
        self.path = target.with_name(target.name + PART)
        self._record_path = target.with_name(target.name + RECORD)
        self._record = record
        with told(target.parent):
            if record.length is None:
                self._save(record)
            self._fd = disk.open_file(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
            if record.total is not None and disk.size(self._fd) > record.total:
                disk.truncate(self._fd, record.total)
            self.offset = disk.size(self._fd)
        crash_point("film.opened")

    @property
    def etag(self) -> str | None:
        """The validator to resume with; None where resuming is not safe."""
        return self._record.etag

    @property
    def total(self) -> int | None:
        """The film's length in bytes, where the host told."""
        return self._record.total

    def describe(self, total: int | None, etag: str | None) -> None:
        """Remember what the film host said. Raises DiskFull at once where ``total`` will not fit."""
        with told(self.target.parent):
            if (total, etag) != (self.total, self.etag):
                self._save(replace(self._record, total=total, etag=etag))
            if total is not None and total - self.offset + _KEPT_FREE > disk.free_space(self.target.parent):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def write(self, chunk: bytes) -> None:
        """Append. What fitted before the disk was full stays, and counts."""
        with told(self.target.parent):
            try:
                disk.write(self._fd, chunk)
            finally:
                self.offset = disk.size(self._fd)

    def restart(self, source: str | None = None) -> None:
        """Forget all bytes: what comes next starts from the beginning, of this ``source`` if it is another one."""
        with told(self.target.parent):
            disk.truncate(self._fd, 0)
            self.offset = 0
            self._save(
                replace(
                    self._record, source=source or self._record.source, total=None, etag=None, length=None
                )
            )

    def finish(
        self, expected_length: int | None = None, finish_film: Callable[[Path], None] | None = None
    ) -> Path:
        """Make durable, verify, give the final name, close; return the name.

        ``finish_film`` may append to the whole film before it is named; if it fails, the film is kept without.
        Raises NotAFilm where the length is wrong or it is no whole MP4: ``restart``, or ``keep_broken``.
        """
        expected = self.total if expected_length is None else expected_length
        if expected is not None and expected != self.offset:
            raise NotAFilm(
                f"The film is not whole: {self.offset} of {expected} bytes came.",
                next_step="It is fetched again while its link lives.",
            )
        with told(self.target.parent):
            inspect(self.path)
            if finish_film:
                self._finish_with(finish_film)
            disk.sync(self._fd)
            self._save(replace(self._record, length=disk.size(self._fd)))
            crash_point("film.verified")
            self.close()
            final = _give_name(self.path, self.target)
            crash_point("film.named")
            disk.sync_folder(final.parent)
        crash_point("film.finished")
        return final

    def keep_broken(self) -> Path:
        """Keep what came under ``….broken``, for a look by hand, and forget it here."""
        self.close()
        with told(self.target.parent):
            broken = _give_name(self.path, self.target.with_name(self.target.name + BROKEN))
            disk.unlink(self._record_path)
        return broken

    def close(self) -> None:
        """Let go of the file; it can be opened again later."""
        if self._fd >= 0:
            disk.close(self._fd)
        self._fd = -1

    def _save(self, record: Record) -> None:
        fresh = self._record_path.with_name(self._record_path.name + ".tmp")
        disk.unlink(fresh)
        fd = disk.open_file(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            disk.write(fd, json.dumps(asdict(record)).encode("ascii"))
            disk.sync(fd)
        finally:
            disk.close(fd)
        disk.replace(fresh, self._record_path)
        self._record = record

    def _finish_with(self, finish_film: Callable[[Path], None]) -> None:
        """What is appended must leave a whole film; else it is cut off again."""
        length = disk.size(self._fd)
        try:
            finish_film(self.path)
            inspect(self.path)
        except Exception:
            disk.truncate(self._fd, length)
            inspect(self.path)


def _give_name(source: Path, wanted: Path) -> Path:
    """Move ``source`` to ``wanted``, or to the next free name like it: never onto something that is there."""
    for number in count(1):
        target = wanted if number == 1 else numbered(wanted, number)
        try:
            disk.link(source, target)
        except FileExistsError:
            continue
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK):
                raise
            # No second names on this file system: hold the place with an empty file of our own.
            try:
                disk.close(disk.open_file(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                continue
            disk.replace(source, target)
            return target
        crash_point("film.linked")
        disk.unlink(source)
        return target
    raise AssertionError("unreachable")


def numbered(path: Path, number: int) -> Path:
    """``film-2.mp4`` for ``film.mp4``; ``film.mp4-2.broken`` for ``film.mp4.broken``."""
    return path.with_name(f"{path.stem}-{number}{path.suffix}")
