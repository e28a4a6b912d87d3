"""What was found wrong with the history, what became of it, and where the bad part lies now."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from wan_tui.library import disk


@dataclass(frozen=True, slots=True)
class Damage:
    """A part that could not be read: a whole ``file``, or some bytes of one."""

    what: str
    file: Path | None = None
    raw: bytes = b""
    rewrite: bool = True
    """True: it would be met again at the next start unless the history is written anew."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """A damaged part and the file it was put into."""

    what: str
    path: Path


@dataclass(slots=True)
class Health:
    """The state of the library, for the start message and for ``doctor``."""

    set_aside: list[SetAside] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    """Damage seen but not yet set aside, since nothing may be written at the moment."""
    repaired: list[str] = field(default_factory=list)
    """What was amiss and is not any more, where there was nothing to set aside."""
    read_only: str = ""
    """Why nothing can be written; empty when all is well."""
    weak_lock: bool = False
    """True: the file system cannot lock; two processes at once are protected by a lock file only."""
    unreadable: int = 0
    """Documents that are no jobs to this version; kept as they are."""

    def sentences(self) -> list[str]:
        """One plain sentence for each thing that needs to be known."""
        lines = [f"{item.what} Kept as {item.path.name}; the rest is whole." for item in self.set_aside]
        lines += [*self.repaired, *self.found]
        if self.read_only:
            lines.append(self.read_only)
        if self.weak_lock:
            lines.append("This disk cannot lock files: run one wan-tui at a time.")
        if self.unreadable:
            lines.append(f"{self.unreadable} records are not known to this version and are kept as they are.")
        return lines


def set_aside(damage: Damage, snapshot: Path) -> SetAside:
    """Put a damaged part into a file of its own beside the history. Raises OSError; never removes anything."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    for number in count():
        target = snapshot.with_name(f"{snapshot.stem}.damaged-{stamp}" + (f"-{number}" if number else ""))
        try:
            if damage.file is not None and _link(damage.file, target):
                break
            fd = disk.open_file(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        except FileExistsError:
            continue
        try:
            for piece in [damage.raw] if damage.file is None else disk.pieces(damage.file):
                disk.write(fd, piece)
            disk.sync(fd)
        finally:
            disk.close(fd)
        break
    disk.sync_folder(target.parent)
    return SetAside(damage.what, target)


def _link(source: Path, target: Path) -> bool:
    try:
        disk.link(source, target)
    except FileExistsError:
        raise
    except OSError:
        return False
    return True
