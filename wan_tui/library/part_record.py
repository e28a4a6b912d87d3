"""The record beside a film's part: metadata of its source."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from wan_tui.domain.errors import DiskFull, FilmFolderUnusable
from wan_tui.files.reasons import explain
from wan_tui.library import disk

_FULL = frozenset([errno.ENOSPC, errno.EDQUOT, errno.EFBIG])


@dataclass(frozen=True, slots=True)
class Record:
    """Metadata of a film's source. ``source`` is a hash of its link without the signature."""

    job: str
    source: str = ""
    etag: str | None = None
    modified: str | None = None
    """``Last-Modified``, if there is no strong ETag."""
    by_bytes: bool | None = None
    """Ignore validators: the host sent the whole film in spite of a matching one, with the same bytes."""
    total: int | None = None
    length: int | None = None
    """The verified length, written before the film gets its name: from then on it is complete."""
    refused: float | None = None
    """Seconds of failed retries of the link, over all runs."""


@contextmanager
def film_errors(folder: Path) -> Iterator[None]:
    """Convert OSError to DiskFull or FilmFolderUnusable."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFull(
                f"The film cannot be saved: {explain(error)}.",
                next_step="Free some disk space: the download then resumes.",
            ) from error
        raise FilmFolderUnusable(
            f"The film folder cannot be used: {explain(error)}.",
            next_step=f"Check {folder}, or choose another folder.",
        ) from error


def source_of(url: str) -> str:
    """A hash of the link without its signature, so that a renewed link has the same one."""
    return hashlib.sha256(re.split(r"[?#]", url, maxsplit=1)[0].encode("utf-8", "replace")).hexdigest()


def read_record(path: Path) -> Record | None:
    """The record at ``path``; None if missing or invalid."""
    try:
        data = json.loads(b"".join(disk.pieces(path)))
        record = Record(**{field.name: data.get(field.name) for field in fields(Record)})
    except (OSError, ValueError, TypeError, AttributeError):
        return None
    numbers = (record.total, record.length)
    sound = isinstance(record.job, str) and all(n is None or isinstance(n, int) for n in numbers)
    sound = sound and isinstance(record.refused, float | int | None)
    sound = sound and isinstance(record.by_bytes, bool | None)
    return (
        record if sound and all(isinstance(t, str | None) for t in (record.etag, record.modified)) else None
    )


def write_record(path: Path, record: Record) -> None:
    """Write ``record`` to ``path`` atomically and durably. Raises OSError."""
    fresh = path.with_name(path.name + ".tmp")
    disk.unlink(fresh)
    fd = disk.open_file(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        disk.write(fd, json.dumps(asdict(record)).encode("ascii"))
        disk.sync(fd)
    finally:
        disk.close(fd)
    disk.replace(fresh, path)
