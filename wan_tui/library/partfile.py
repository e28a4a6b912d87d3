"""A film while it is being fetched: ``<film>.mp4.part`` with what came so far, and ``….part.json`` with what we know
of its source. Only when it is whole and verified does it get its final name, which never replaces anything.
The open ``.part`` is locked: of two processes, whose leases may be lost, only one writes it.

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
"""What was found inside a part, until it gets its name."""
OVERLAP = 16 << 10
"""Bytes fetched again and compared where the film host gives no strong validator, or one that does not hold."""
_KEPT_FREE = 32 << 20
"""Bytes left to others when a film of known length is begun."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What is to be kept in a file beside the film: ``suffix`` goes behind its name; ``why`` is one sentence."""

    suffix: str
    text: str
    why: str


FinishFilm = Callable[[Path], Beside | None]
"""Adds to a whole film before it is named, or says what to keep beside it."""


class PartFile:
    """An open ``.part``. All methods block and raise DiskFull, FilmFolderUnusable or NotAFilm.

    ``target`` is the name it is to get; ``offset`` is how many bytes are here. ``notice`` is what is to be told of
    the finished film. Making one raises FilmBusy where another process, or another task, is at it.
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
                # Under the lock: what was read before it may be older.
                self._record = read_record(self._record_path) or record
                if self._record.job == record.job:
                    self._begin()
                self.offset = disk.size(self._fd)
                # Of what was here when it was opened: that is what is gone on with.
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
        """The id of the job whose part it is: not the one that was meant where two have one name."""
        return self._record.job

    @property
    def source(self) -> str:
        return self._record.source

    @property
    def etag(self) -> str | None:
        """The strong validator to resume with; None: there is none, or it does not hold."""
        return None if self._record.by_bytes else self._record.etag

    @property
    def modified(self) -> str | None:
        """The date to resume with where there is no strong validator; None as with ``etag``."""
        return None if self._record.by_bytes else self._record.modified

    @property
    def total(self) -> int | None:
        """The film's length in bytes, where the host told."""
        return self._record.total

    @property
    def resume_at(self) -> int:
        """The byte to ask for next. What comes before ``offset`` is to be compared: ``same``.

        A wrapping is often made anew for each answer, whatever the validator of the film in it says.
        """
        trusted = self.etag is not None and self._plain
        return self.offset if trusted else self.offset - min(OVERLAP, self.offset // 2)

    def same(self, again: bytes, start: int) -> int:
        """How many of the bytes that came ``again`` are here from ``start`` on, up to the first other one."""
        with film_errors(self.target.parent):
            here = disk.read_at(self._fd, len(again), start)
        if here == again:
            return len(again)
        pairs = enumerate(zip(here, again, strict=False))
        return next((at for at, (one, other) in pairs if one != other), len(here))

    def go_by_bytes(self) -> None:
        """Ask by no validator from now on: the film is the same, whatever those of its host say."""
        if not self._record.by_bytes:
            with film_errors(self.target.parent):
                self._save(replace(self._record, by_bytes=True))

    def named(self) -> Path | None:
        """The finished film, where whoever had the part before has given it its name meanwhile."""
        length = self._record.length
        return None if length is None else whole_film(self.target, length)

    def is_whole(self) -> bool:
        """Whether what came is a whole film, whatever the host said of its length."""
        with film_errors(self.target.parent):
            try:
                return inspect(self._film()).size > 0
            except NotAFilm:
                return False

    def describe(self, total: int | None, etag: str | None, modified: str | None = None) -> None:
        """Remember what the host said of the film that is here. Raises DiskFull where ``total`` will not fit."""
        record = replace(self._record, total=total, etag=etag, modified=modified)
        with film_errors(self.target.parent):
            if record != self._record:
                self._save(record)
            if total is not None and total - self.offset + _KEPT_FREE > disk.free_space(self.target.parent):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def refused_for(self, seconds: float) -> float:
        """Count so many more ``seconds`` in which the link was tried in vain; returns all of them."""
        refused = (self._record.refused or 0.0) + seconds
        with film_errors(self.target.parent):
            self._save(replace(self._record, refused=refused))
        return refused

    def expect_more(self) -> None:
        """Forget the length that was told: the film is longer."""
        with film_errors(self.target.parent):
            self._save(replace(self._record, total=None))

    def write(self, chunk: bytes) -> None:
        """Append. What fitted before the disk was full stays, and counts."""
        with film_errors(self.target.parent):
            try:
                disk.write(self._fd, chunk)
            finally:
                self.offset = disk.size(self._fd)

    def restart(self, source: str | None = None, *, at: int = 0) -> None:
        """Forget all bytes from ``at`` on, and what was said of them: the film is another one, of this ``source``."""
        known = self._record
        with film_errors(self.target.parent):
            # The bytes first: what is said of others must never stand beside them.
            disk.truncate(self._fd, at)
            self.offset = at
            self._save(Record(known.job, source or known.source, refused=known.refused))

    def finish(self, expected_length: int | None = None, finish_film: FinishFilm | None = None) -> Path:
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
        """Where the film itself is: the part, or what was inside of it."""
        inside = self.path.with_name(self.target.name + FILM)
        return inside if unwrapped(self.path, inside) else self.path

    def _name(self, film: Path, fd: int, finish_film: FinishFilm | None) -> Path:
        inspect(film)
        if not disk.is_at(fd, film):
            raise busy()  # what is under this name is another's, though it may be whole
        beside = _finish_with(finish_film, film, fd) if finish_film else None
        disk.sync(fd)
        self._save(replace(self._record, length=disk.size(fd)))
        crash_point("film.verified")
        if os.name == "nt":
            self.close()  # an open file cannot be moved there
        final = give_name(film, self.target)
        crash_point("film.named")
        if beside is not None:
            self.notice = beside.why
            _keep_beside(final, beside)
        return final

    def keep_broken(self) -> Path | None:
        """Keep what came under ``….broken``, for a look by hand, and forget it here; None where nothing came."""
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
        """Remove it: the film is here already."""
        with film_errors(self.target.parent):
            disk.unlink(self.path)
            disk.unlink(self._record_path)
        self.close()

    def close(self) -> None:
        """Let go of the file; it can be opened again later."""
        if self._fd >= 0:
            disk.close(self._fd)
        self._fd = -1

    def _save(self, record: Record) -> None:
        write_record(self._record_path, record)
        self._record = record


def _finish_with(finish_film: FinishFilm, film: Path, fd: int) -> Beside | None:
    """What is appended must leave a whole film; else it is cut off again."""
    length = disk.size(fd)
    try:
        beside = finish_film(film)
        if disk.size(fd) != length and inspect(film).end != disk.size(fd):
            raise NotAFilm("What was added is no part of a film.")
    except Exception:
        disk.truncate(fd, length)
        inspect(film)
        return None
    return beside


def _keep_beside(film: Path, beside: Beside) -> None:
    """Never over a file that is there; the film counts without it."""
    with suppress(OSError):
        fd = disk.open_file(film.with_name(film.name + beside.suffix), os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            disk.write(fd, beside.text.encode("utf-8", "replace"))
            disk.sync(fd)
        finally:
            disk.close(fd)
