"""Damage found in the history, and where the damaged parts were set aside."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from wan_tui.library import disk


@dataclass(frozen=True, slots=True)
class Damage:
    """An unreadable part: a whole ``file``, or some bytes of one (``raw``)."""

    what: str
    file: Path | None = None
    raw: bytes = b""
    rewrite: bool = True
    """Whether the history must be rewritten, so that the damage is not found again at the next start."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """A damaged part and the file it was saved to."""

    what: str
    path: Path


@dataclass(slots=True)
class Health:
    """Health of the history, for messages at startup and for ``doctor``."""

    set_aside: list[SetAside] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    """Damage not set aside yet, because the history cannot be written at the moment."""
    repaired: list[str] = field(default_factory=list)
    """Problems that were repaired with nothing to set aside."""
    read_only: str = ""
    """Why the history is read-only; empty if it is not."""
    weak_lock: bool = False
    """Whether the file system cannot lock, so that a plain lock file is used."""
    unreadable: int = 0
    """Number of documents that this version cannot read as jobs; they are kept."""

    def sentences(self) -> list[str]:
        """One sentence per problem."""
        lines = [f"{item.what} Kept as {item.path.name}; the rest is intact." for item in self.set_aside]
        lines += [*self.repaired, *self.found]
        if self.read_only:
            lines.append(self.read_only)
        if self.weak_lock:
            lines.append("This disk does not support file locks: run only one wan-tui at a time.")
        if self.unreadable:
            lines.append(
                f"{self.unreadable} records cannot be read by this version; they are kept unchanged."
            )
        return lines


def set_aside(damage: Damage, snapshot: Path) -> SetAside:
    """Save a damaged part to a separate file beside the history. Removes nothing. Raises OSError."""
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
