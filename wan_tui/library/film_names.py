"""The name of a film, and giving it: never onto something that is there."""

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
    """``2026-11-22_menacing-dragon_7f3a.mp4``: day ordered (UTC), words of the prompt, a hash of the job's id.

    Nothing in it comes from the service, and it is a valid name on every system.
    """
    day, mark = day_and_mark(job)
    return f"{day}_{slug(job.prompt)}_{mark}{SUFFIX}"


def day_and_mark(job: Job) -> tuple[str, str]:
    """What stays the same in a job's film name, however the words between were chosen by another version."""
    day = job.created_at.astimezone(UTC).date().isoformat()
    return day, hashlib.sha256(job.id.encode("utf-8", "replace")).hexdigest()[:4]


def whole_film(target: Path, length: int) -> Path | None:
    """The film under its final name, or the next one where that was taken: whole and of this length."""
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
