"""The journal: changes since the snapshot, one frame per transaction, append-only.

A frame is a line: eight hexadecimal digits of CRC-32, a space, a JSON object {table: {number: document or null}}.
A line with a wrong checksum is skipped and kept for setting aside.
"""

from __future__ import annotations

import json
import os
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from wan_tui.domain.crashpoints import crash_point
from wan_tui.library import disk
from wan_tui.library.documents import Changes, encode

_CRC = 8


def frame(changes: Changes) -> bytes:
    """Encode ``changes`` with a checksum."""
    tables = []
    for name, documents in changes.items():
        rows = b", ".join(
            json.dumps(key).encode("ascii") + b": " + (raw or b"null") for key, raw in documents.items()
        )
        tables.append(json.dumps(name).encode("ascii") + b": {" + rows + b"}")
    payload = b"{" + b", ".join(tables) + b"}"
    return b"%08x %s\n" % (zlib.crc32(payload), payload)


def unframe(line: bytes) -> Changes | None:
    """Decode one line; None if it is damaged."""
    payload = line[_CRC + 1 : -1]
    if line[-1:] != b"\n" or line[: _CRC + 1] != b"%08x " % zlib.crc32(payload):
        return None
    try:
        return {
            name: {key: None if document is None else encode(document) for key, document in documents.items()}
            for name, documents in json.loads(payload).items()
        }
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None


class Journal:
    """The journal of one generation, open at the end of the frames read so far."""

    def __init__(self, snapshot: Path, generation: int) -> None:
        self.path = snapshot.with_name(f"{snapshot.stem}.{generation}.journal")
        self.generation = generation
        self.position = 0
        self.damage: list[bytes] = []
        """Lines with a wrong checksum, and truncated ends."""
        self._fd = -1
        self._writable = False
        self._last = (0, b"")
        """Offset and checksum of the last known frame."""

    def close(self) -> None:
        if self._fd >= 0:
            disk.close(self._fd)
        self._fd = -1
        self._writable = False

    @property
    def gone(self) -> bool:
        """Whether the file was removed while open here."""
        return self._fd >= 0 and os.fstat(self._fd).st_nlink == 0

    def intact(self) -> bool:
        """Whether the frames read so far are still in the file.

        They are not if another process took back a frame that it could not sync.
        """
        if not self._opened():
            return self.position == 0
        if disk.size(self._fd) < self.position:
            return False
        start, checksum = self._last
        return not checksum or disk.read_at(self._fd, _CRC, start) == checksum

    def read_new(self, *, locked: bool) -> Iterator[Changes]:
        """Read frames appended since the last call. Under the lock, truncate an unfinished frame at the end."""
        if not self._opened():
            return
        rest = b""
        offset = self.position
        while offset < disk.size(self._fd) and (piece := disk.read_at(self._fd, disk.PIECE, offset)):
            offset += len(piece)
            whole, end, rest = (rest + piece).rpartition(b"\n")
            for line in (whole + end).splitlines(keepends=True):
                changes = unframe(line)
                if changes is None:
                    self.damage.append(line)
                else:
                    self._last = (self.position, line[:_CRC])
                self.position += len(line)
                if changes is not None:
                    yield changes
        if rest and locked:
            self.damage.append(rest)
            self._open_for_writing()
            disk.truncate(self._fd, self.position)

    def append(self, changes: Changes, *, durable: bool) -> None:
        """Append one frame; ``durable``: sync it. On OSError neither the file nor ``position`` is changed."""
        line = frame(changes)
        self._open_for_writing()
        try:
            crash_point("journal.before-write")
            disk.write(self._fd, line)
            crash_point("journal.written")
            if durable:
                disk.sync(self._fd)
                crash_point("journal.synced")
        except OSError:
            # If even this fails, the next read under the lock finds and repairs it.
            with suppress(OSError):
                disk.truncate(self._fd, self.position)
            raise
        self._last = (self.position, line[:_CRC])
        self.position += len(line)

    def _opened(self) -> bool:
        if self._fd < 0:
            with suppress(FileNotFoundError):
                self._fd = disk.open_file(self.path, os.O_RDONLY)
        return self._fd >= 0

    def _open_for_writing(self) -> None:
        if self._writable:
            return
        fresh = not self.path.exists()
        fd = disk.open_file(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT)
        self.close()
        self._fd, self._writable = fd, True
        if fresh:
            disk.sync_folder(self.path.parent)


_NAME = re.compile(r"\.(\d{1,18})\.journal\Z")


def generations(snapshot: Path) -> list[int]:
    """Generations of the journals on disk, oldest first."""
    found = (
        _NAME.fullmatch(path.name.removeprefix(snapshot.stem))
        for path in snapshot.parent.glob(f"{snapshot.stem}.*.journal")
    )
    return sorted(int(match[1]) for match in found if match)
