"""A film that came in a wrapping, told by its bytes: gzip, the framing of a signed upload, blanks before it."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from pathlib import Path

from wan_tui.domain.errors import NotAFilm
from wan_tui.domain.film_bytes import HEAD, FileKind, chunk_start, file_kind, junk_before
from wan_tui.library import disk

LARGEST = 1 << 30
"""Bytes of what is unwrapped."""

_PIECE = 1 << 20


def unwrapped(wrapped: Path, target: Path) -> bool:
    """Write the film inside ``wrapped`` to ``target``; False where it is in no wrapping, and nothing is written.

    Raises NotAFilm where the wrapping is damaged or holds too much, OSError.
    """
    fd = disk.open_file(wrapped, os.O_RDONLY)
    try:
        kind = file_kind(disk.read_at(fd, HEAD, 0))
        unwrap = {
            FileKind.LATE_FILM: _after_junk,
            FileKind.FOLDED_FILM: _unfolded,
            FileKind.CHUNKED_FILM: _unchunked,
        }.get(kind)
        if unwrap is None:
            return False
        _write(target, unwrap(fd))
        return True
    finally:
        disk.close(fd)


def _write(target: Path, pieces: Iterator[bytes]) -> None:
    disk.unlink(target)
    fd = disk.open_file(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    written = 0
    try:
        for piece in pieces:
            written += len(piece)
            if written > LARGEST:
                raise _damaged("it unfolds to more than any film")
            disk.write(fd, piece)
    finally:
        disk.close(fd)


def _after_junk(fd: int) -> Iterator[bytes]:
    yield from _pieces(fd, junk_before(disk.read_at(fd, HEAD, 0)), disk.size(fd))


def _unfolded(fd: int) -> Iterator[bytes]:
    """gzip or zlib (RFC 1952, 1950), piece by piece: a few bytes may unfold to gigabytes."""
    inflater = zlib.decompressobj(47)
    try:
        for piece in _pieces(fd, 0, disk.size(fd)):
            while piece and not inflater.eof:
                yield inflater.decompress(piece, _PIECE)
                piece = inflater.unconsumed_tail
        yield inflater.flush()
    except zlib.error:
        raise _damaged("what it came in is damaged") from None
    if not inflater.eof:
        raise _damaged("its end is missing")


def _unchunked(fd: int) -> Iterator[bytes]:
    """``<hex length>[;chunk-signature=…]\\r\\n<bytes>\\r\\n`` up to a chunk of length 0 (AWS Signature Version 4)."""
    at = 0
    while True:
        head = disk.read_at(fd, HEAD, at)
        start = chunk_start(head)
        if not start:
            raise _damaged("its end is missing")
        length = int(head[:start].partition(b";")[0], 16)
        if not length:
            return
        yield from _pieces(fd, at + start, at + start + length)
        at += start + length + len(b"\r\n")


def _pieces(fd: int, start: int, end: int) -> Iterator[bytes]:
    while start < end:
        piece = disk.read_at(fd, min(_PIECE, end - start), start)
        if not piece:
            raise _damaged("its end is missing")
        yield piece
        start += len(piece)


def _damaged(reason: str) -> NotAFilm:
    return NotAFilm(
        f"What came is not a whole film: {reason}.", next_step="It is fetched again while its link lives."
    )
