"""Is a file a whole MP4 film? A walk over its boxes (ISO/IEC 14496-12), without decoding anything.

The boxes at the top must add up to the length of the file, there must be a file type, a description with a video
track, and the pictures themselves, all of them inside the file. Reads little and never trusts a length it finds.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wan_tui.domain.errors import NotAFilm
from wan_tui.library import disk

_MOST_BOXES = 100_000
_MOST_DESCRIPTION = 64 << 20
_MOST_DEPTH = 8
_CONTAINERS = frozenset([b"trak", b"mdia", b"minf", b"stbl", b"mvex"])


@dataclass(frozen=True, slots=True)
class FilmFacts:
    """What a film's own description tells. ``duration`` in seconds, None where a fragmented file does not say."""

    size: int
    width: int
    height: int
    duration: float | None


def inspect(path: Path) -> FilmFacts:
    """Check the whole file at ``path``. Raises NotAFilm with a sentence saying what is wrong, or OSError."""
    fd = disk.open_file(path, os.O_RDONLY)
    try:
        return _Walk(fd, disk.size(fd)).facts()
    finally:
        disk.close(fd)


class _Walk:
    def __init__(self, fd: int, size: int) -> None:
        self.fd = fd
        self.size = size

    def facts(self) -> FilmFacts:
        seen: set[bytes] = set()
        description: bytes | None = None
        for kind, start, end in self._top():
            if not seen and kind != b"ftyp":
                raise _no("it does not begin like an MP4 file")
            seen.add(kind)
            if kind == b"moov":
                if end - start > _MOST_DESCRIPTION:
                    raise _no("its description is too large")
                description = disk.read_at(self.fd, end - start, start)
        if description is None or b"mdat" not in seen:
            raise _no("a part of it is missing")
        return _describe(description, self.size, fragmented=b"moof" in seen)

    def _top(self) -> Iterator[tuple[bytes, int, int]]:
        if not self.size:
            raise _no("it is empty")
        position = 0
        for _ in range(_MOST_BOXES):
            if position == self.size:
                return
            kind, start, end = _box(disk.read_at(self.fd, 16, position), position, self.size)
            if end > self.size:
                raise _no("its end is missing")
            yield kind, start, end
            position = end
        raise _no("it has too many parts")


def _no(reason: str) -> NotAFilm:
    return NotAFilm(
        f"What came is not a whole film: {reason}.", next_step="It is fetched again while its link lives."
    )


def _box(head: bytes, position: int, limit: int) -> tuple[bytes, int, int]:
    """Kind, start of the content and end of the box whose first bytes are ``head``."""
    if len(head) < 8:
        raise _no("its end is missing")
    length, kind = struct.unpack_from(">I4s", head)
    start = position + 8
    if length == 1:
        if len(head) < 16:
            raise _no("its end is missing")
        length = struct.unpack_from(">Q", head, 8)[0]
        start = position + 16
    elif length == 0:
        length = limit - position
    if not kind.isalnum() and not all(32 <= byte < 127 or byte == 0xA9 for byte in kind):
        raise _no("it holds something else than boxes")
    if position + length < start:
        raise _no("a length in it is wrong")
    return kind, start, position + length


def _boxes(
    data: bytes, start: int, end: int, path: tuple[bytes, ...] = ()
) -> Iterator[tuple[tuple[bytes, ...], int, int]]:
    """All boxes within, those inside containers too, each with the way to it."""
    while start < end:
        kind, content, stop = _box(data[start : start + 16], start, end)
        if stop > end:
            raise _no("its description is damaged")
        yield (*path, kind), content, stop
        if kind in _CONTAINERS and len(path) < _MOST_DEPTH:
            yield from _boxes(data, content, stop, (*path, kind))
        start = stop


@dataclass(slots=True)
class _Track:
    width: int = 0
    height: int = 0
    video: bool = False
    duration: float | None = None


def _describe(moov: bytes, size: int, *, fragmented: bool) -> FilmFacts:
    whole: float | None = None
    tracks: list[_Track] = []
    try:
        for path, start, end in _boxes(moov, 0, len(moov)):
            content = moov[start:end]
            match path:
                case (b"mvhd",):
                    whole = _duration(content)
                case (b"trak",):
                    tracks.append(_Track())
                case (b"trak", b"tkhd"):
                    tracks[-1].width, tracks[-1].height = (
                        n >> 16 for n in struct.unpack(">II", content[-8:])
                    )
                case (b"trak", b"mdia", b"hdlr"):
                    tracks[-1].video = content[8:12] == b"vide"
                case (b"trak", b"mdia", b"mdhd"):
                    tracks[-1].duration = _duration(content)
                case (*_, b"stco" | b"co64"):
                    _check_offsets(content, size, wide=path[-1] == b"co64")
    except struct.error:
        raise _no("its description is damaged") from None
    film = next((track for track in tracks if track.video), None)
    if film is None:
        raise _no("there are no moving pictures in it")
    duration = film.duration or whole
    if not duration and not fragmented:
        raise _no("it has no length")
    return FilmFacts(size, film.width, film.height, duration or None)


def _duration(content: bytes) -> float | None:
    """Seconds from an mvhd or mdhd box; None where it does not tell."""
    layout, offset = (">IQ", 20) if content[:1] == b"\x01" else (">II", 12)
    scale, ticks = struct.unpack_from(layout, content, offset)
    unknown = ticks == (1 << (64 if layout == ">IQ" else 32)) - 1
    return None if unknown or not scale else ticks / scale


def _check_offsets(content: bytes, size: int, *, wide: bool) -> None:
    """Every run of pictures must begin inside the file."""
    (count,) = struct.unpack_from(">I", content, 4)
    width = 8 if wide else 4
    if count * width > len(content) - 8:
        raise _no("its description is damaged")
    offsets = struct.unpack_from(f">{count}{'Q' if wide else 'I'}", content, 8)
    if any(offset >= size for offset in offsets):
        raise _no("pictures are missing")
