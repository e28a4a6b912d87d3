"""A film being fetched: ``<film>.mp4.part`` with the bytes so far, ``….part.json`` with metadata of its source.

It gets its final name only when complete and verified, and never replaces a file. The open ``.part`` is locked, so
only one process writes to it even if leases are lost.

Crash points: film.opened, film.verified, film.linked, film.named, film.finished.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from wan_tui.domain.crashpoints import crash_point
from wan_tui.domain.errors import NotAFilm
from wan_tui.domain.film_bytes import HEAD, FileKind, file_kind
from wan_tui.library import disk
from wan_tui.library.film_names import give_name, whole_film
from wan_tui.library.mp4 import inspect
from wan_tui.library.part_lock import busy, open_locked
from wan_tui.library.part_record import Record, film_errors, read_record, write_record
from wan_tui.library.unwrap import unwrapped

PART = ".part"
RECORD = ".part.json"
BROKEN = ".broken"
FILM = ".part.film"
"""Suffix of the unwrapped film until it gets its name."""
OVERLAP = 16 << 10
"""Bytes fetched again and compared if the film host sends no strong validator, or an unreliable one."""
TRUSTED_OVERLAP = 1 << 10
"""The same if it sends a strong validator: enough to notice that it sends the rest of another film."""
_KEPT_FREE = 32 << 20
"""Bytes of disk space left free when starting a film of known length."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A file to write beside the film: ``suffix`` is appended to its name; ``why`` is one sentence."""

    suffix: str
    text: str
    why: str


FinishFilm = Callable[[Path], Beside | None]
"""Appends to a complete film before it is named, or returns a file to write beside it."""


class PartFile:
    """An open ``.part``. All methods block and raise DiskFull, FilmFolderUnusable or NotAFilm.

    ``target`` is its final name; ``offset`` is the number of bytes so far. ``notice`` is a message about the finished
    film. The constructor raises FilmBusy if another process or task has it.
    """

    def __init__(self, target: Path, record: Record) -> None:
        self.target = target
        self.path = target.with_name(target.name + PART)
        self.notice: str | None = None
        self._record_path = target.with_name(target.name + RECORD)
        self._fd = -1
        with film_errors(target.parent):
            try:
                self._fd = open_locked(self.path)
                # Read under the lock: the caller's record may be outdated.
                self._record = read_record(self._record_path) or record
                if self._record.job == record.job:
                    self._begin()
                self.offset = disk.size(self._fd)
                # At opening, since it concerns the bytes being resumed.
                self._plain = file_kind(disk.read_at(self._fd, HEAD, 0)) is FileKind.FILM
            except BaseException:
                self.close()
                raise
        crash_point("film.opened")

    def _begin(self) -> None:
        record = self._record
        if record.length is None:
            self._save(record)
        if record.total is not None and disk.size(self._fd) > record.total:
            disk.truncate(self._fd, record.total)

    @property
    def job(self) -> str:
        """Id of the job that owns the part: another one if two jobs' films have the same name."""
        return self._record.job

    @property
    def source(self) -> str:
        return self._record.source

    @property
    def etag(self) -> str | None:
        """The strong validator to resume with; None if there is none or it is unreliable."""
        return None if self._record.by_bytes else self._record.etag

    @property
    def modified(self) -> str | None:
        """The date to resume with if there is no strong validator; None as with ``etag``."""
        return None if self._record.by_bytes else self._record.modified

    @property
    def total(self) -> int | None:
        """The film's length in bytes, if the host sent it."""
        return self._record.total

    @property
    def resume_at(self) -> int:
        """The first byte to request. Those before ``offset`` must be compared with ``same``.

        Some are compared whatever the validator says: a host may send the rest of another film, or the wrong part,
        and not notice. More of them without a strong validator, and of a wrapped film, whose bytes may differ in each
        answer.
        """
        trusted = self.etag is not None and self._plain
        return self.offset - min(TRUSTED_OVERLAP if trusted else OVERLAP, self.offset // 2)

    def same(self, again: bytes, start: int) -> int:
        """Number of bytes of ``again`` before the first that differs from the part, from ``start`` on."""
        with film_errors(self.target.parent):
            here = disk.read_at(self._fd, len(again), start)
        if here == again:
            return len(again)
        pairs = enumerate(zip(here, again, strict=False))
        return next((at for at, (one, other) in pairs if one != other), len(here))

    def go_by_bytes(self) -> None:
        """Stop using validators: the host changes them although the film is the same."""
        if not self._record.by_bytes:
            with film_errors(self.target.parent):
                self._save(replace(self._record, by_bytes=True))

    def named(self) -> Path | None:
        """The finished film, if a previous owner of the part has already named it."""
        length = self._record.length
        return None if length is None else whole_film(self.target, length)

    def is_whole(self) -> bool:
        """Whether the bytes so far are a complete film, whatever length the host stated."""
        with film_errors(self.target.parent):
            try:
                return inspect(self._film()).size > 0
            except NotAFilm:
                return False

    def describe(self, total: int | None, etag: str | None, modified: str | None = None) -> None:
        """Store the host's metadata of the film. Raises DiskFull if ``total`` does not fit."""
        record = replace(self._record, total=total, etag=etag, modified=modified)
        with film_errors(self.target.parent):
            if record != self._record:
                self._save(record)
            if total is not None and total - self.offset + _KEPT_FREE > disk.free_space(self.target.parent):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def refused_for(self, seconds: float) -> float:
        """Add ``seconds`` of failed retries of the link; returns the sum."""
        refused = (self._record.refused or 0.0) + seconds
        with film_errors(self.target.parent):
            self._save(replace(self._record, refused=refused))
        return refused

    def expect_more(self) -> None:
        """Forget the length that the host stated: the film is longer."""
        with film_errors(self.target.parent):
            self._save(replace(self._record, total=None))

    def write(self, chunk: bytes) -> None:
        """Append ``chunk``. If the disk is full, the bytes that fit are kept and counted."""
        with film_errors(self.target.parent):
            try:
                disk.write(self._fd, chunk)
            finally:
                self.offset = disk.size(self._fd)

    def restart(self, source: str | None = None, *, at: int = 0) -> None:
        """Truncate to ``at`` and drop the metadata: it is another film, from ``source``."""
        known = self._record
        with film_errors(self.target.parent):
            # Truncate first, so that the new metadata never describes the old bytes.
            disk.truncate(self._fd, at)
            self.offset = at
            self._save(Record(known.job, source or known.source, refused=known.refused))

    def finish(self, expected_length: int | None = None, finish_film: FinishFilm | None = None) -> Path:
        """Sync, verify, rename to the final name and close; return the name.

        ``finish_film`` may append to the complete film before it is named; if it fails, its change is undone.
        Raises NotAFilm if the length is wrong or it is not a complete MP4: call ``restart`` or ``keep_broken``.
        """
        expected = self.total if expected_length is None else expected_length
        if expected is not None and expected != self.offset:
            raise NotAFilm(
                f"The film is incomplete: {self.offset} of {expected} bytes received.",
                next_step="It is fetched again while its link is valid.",
            )
        with film_errors(self.target.parent):
            film = self._film()
            if film == self.path:
                final = self._name(film, self._fd, finish_film)
            else:
                fd = disk.open_file(film, os.O_RDWR | os.O_APPEND)
                try:
                    final = self._name(film, fd, finish_film)
                finally:
                    disk.close(fd)
            self.close()
            disk.sync_folder(final.parent)
        crash_point("film.finished")
        return final

    def _film(self) -> Path:
        """The file of the film itself: the part, or the unwrapped film."""
        inside = self.path.with_name(self.target.name + FILM)
        return inside if unwrapped(self.path, inside) else self.path

    def _name(self, film: Path, fd: int, finish_film: FinishFilm | None) -> Path:
        inspect(film)
        if not disk.is_at(fd, film):
            raise busy()  # another process has replaced the file, even if it is complete
        beside = _finish_with(finish_film, film, fd) if finish_film else None
        disk.sync(fd)
        self._save(replace(self._record, length=disk.size(fd)))
        crash_point("film.verified")
        if os.name == "nt":
            self.close()  # Windows cannot rename an open file
        final = give_name(film, self.target)
        crash_point("film.named")
        if beside is not None:
            self.notice = beside.why
            _keep_beside(final, beside)
        return final

    def keep_broken(self) -> Path | None:
        """Rename the part to ``….broken`` for inspection and close; None if it is empty."""
        with film_errors(self.target.parent):
            broken = None
            if self.offset:
                broken = give_name(self.path, self.target.with_name(self.target.name + BROKEN))
            else:
                disk.unlink(self.path)
            disk.unlink(self._record_path)
        self.close()
        return broken

    def drop(self) -> None:
        """Remove the part: the film already exists."""
        with film_errors(self.target.parent):
            disk.unlink(self.path)
            disk.unlink(self._record_path)
        self.close()

    def close(self) -> None:
        """Close the file; the part stays."""
        if self._fd >= 0:
            disk.close(self._fd)
        self._fd = -1

    def _save(self, record: Record) -> None:
        write_record(self._record_path, record)
        self._record = record


def _finish_with(finish_film: FinishFilm, film: Path, fd: int) -> Beside | None:
    """Call ``finish_film``; undo what it appended if the film is then incomplete or it fails."""
    length = disk.size(fd)
    try:
        beside = finish_film(film)
        if disk.size(fd) != length and inspect(film).end != disk.size(fd):
            raise NotAFilm("The appended data does not belong to the film.")
    except Exception:
        disk.truncate(fd, length)
        inspect(film)
        return None
    return beside


def _keep_beside(film: Path, beside: Beside) -> None:
    """Write the file beside the film, never overwriting; errors are ignored."""
    with suppress(OSError):
        fd = disk.open_file(film.with_name(film.name + beside.suffix), os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            disk.write(fd, beside.text.encode("utf-8", "replace"))
            disk.sync(fd)
        finally:
            disk.close(fd)
