"""Names of films, and renaming to them without overwriting anything."""

from __future__ import annotations

import errno
import hashlib
import os
from datetime import UTC
from itertools import count
from pathlib import Path

from wan_tui.domain.crashpoints import crash_point
from wan_tui.domain.errors import NotAFilm
from wan_tui.domain.job import Job
from wan_tui.domain.text import slug
from wan_tui.library import disk
from wan_tui.library.mp4 import inspect

SUFFIX = ".mp4"


def film_name(job: Job) -> str:
    """``2026-11-22_menacing-dragon_7f3a.mp4``: order date (UTC), words of the prompt, a hash of the job's id.

    Contains nothing from the service and is valid on every system.
    """
    day, mark = day_and_mark(job)
    return f"{day}_{slug(job.prompt)}_{mark}{SUFFIX}"


def day_and_mark(job: Job) -> tuple[str, str]:
    """The date and hash of a job's film name, which are the same in all versions of the program."""
    day = job.created_at.astimezone(UTC).date().isoformat()
    return day, hashlib.sha256(job.id.encode("utf-8", "replace")).hexdigest()[:4]


def whole_film(target: Path, length: int) -> Path | None:
    """The complete film of this length under its final name, or a numbered one if that was taken; else None."""
    try:
        others = sorted(target.parent.glob(f"{target.stem}-[0-9]*{target.suffix}"))
    except OSError:
        others = []
    for path in [target, *others]:
        try:
            if inspect(path).size == length:
                return path
        except (OSError, NotAFilm):
            continue
    return None


def give_name(source: Path, wanted: Path) -> Path:
    """Rename ``source`` to ``wanted`` or the next free numbered name, never overwriting a file."""
    for number in count(1):
        target = wanted if number == 1 else numbered(wanted, number)
        try:
            disk.link(source, target)
        except FileExistsError:
            continue
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK):
                raise
            # No hard links on this file system: reserve the name with an empty file.
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
