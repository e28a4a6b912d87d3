"""Unwraps films sent with gzip, chunk headers of a signed upload, or leading white space, detected by their bytes."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from wan_tui.domain.errors import NotAFilm
from wan_tui.domain.film_bytes import (
    HEAD,
    MOST_WRAPPINGS,
    FileKind,
    chunk_length,
    chunk_start,
    file_kind,
    junk_before,
    window_bits,
)
from wan_tui.library import disk

LARGEST = 1 << 30
"""Maximum bytes of unwrapped content."""

_PIECE = 1 << 20


class _Source:
    """A stream of bytes with look-ahead."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._piece = b""
        self._at = 0

    def peek(self, size: int) -> bytes:
        """The next ``size`` bytes, or fewer at the end."""
        while len(self._piece) - self._at < size and (piece := next(self._pieces, None)) is not None:
            self._piece, self._at = self._piece[self._at :] + piece, 0
        return self._piece[self._at : self._at + size]

    def skip(self, size: int) -> None:
        """Skip ``size`` bytes."""
        self._at += len(self.peek(size))

    def take(self, size: int = LARGEST) -> Iterator[bytes]:
        """Yield the next ``size`` bytes, or fewer at the end, piece by piece."""
        while size and (piece := self.peek(1) and self._piece[self._at : self._at + size]):
            self._at += len(piece)
            size -= len(piece)
            yield piece


def unwrapped(wrapped: Path, target: Path) -> bool:
    """Write the film inside ``wrapped`` to ``target``; return False, writing nothing, if it is not wrapped.

    Raises NotAFilm if a wrapping is damaged or its content too large, and OSError.
    """
    fd = disk.open_file(wrapped, os.O_RDONLY)
    try:
        source = _Source(_pieces(fd))
        found = False
        for _ in range(MOST_WRAPPINGS):
            if (unwrap := _UNWRAP.get(file_kind(source.peek(HEAD)))) is None:
                break
            source = _Source(_bounded(unwrap(source)))
            found = True
        if found:
            _write(target, source.take())
        return found
    finally:
        disk.close(fd)


def _pieces(fd: int) -> Iterator[bytes]:
    at = 0
    while piece := disk.read_at(fd, _PIECE, at):
        yield piece
        at += len(piece)


def _bounded(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Limit the size: a few bytes may decompress to gigabytes."""
    came = 0
    for piece in pieces:
        came += len(piece)
        if came > LARGEST:
            raise _damaged("it unpacks to an implausible size")
        yield piece


def _write(target: Path, pieces: Iterator[bytes]) -> None:
    disk.unlink(target)
    fd = disk.open_file(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        for piece in pieces:
            disk.write(fd, piece)
    finally:
        disk.close(fd)


def _after_junk(source: _Source) -> Iterator[bytes]:
    source.skip(junk_before(source.peek(HEAD)))
    yield from source.take()


def _unfolded(source: _Source) -> Iterator[bytes]:
    """Decompress gzip, zlib or bare deflate (RFC 1952, 1950, 1951), piece by piece."""
    inflater = zlib.decompressobj(window_bits(source.peek(HEAD)))
    try:
        for piece in source.take():
            while piece and not inflater.eof:
                yield inflater.decompress(piece, _PIECE)
                piece = inflater.unconsumed_tail
        yield inflater.flush()
    except zlib.error:
        raise _damaged("its compression is damaged") from None
    if not inflater.eof:
        raise _damaged("its end is missing")


def _unchunked(source: _Source) -> Iterator[bytes]:
    """Decode ``<hex length>[;chunk-signature=…]\\r\\n<bytes>\\r\\n`` up to a chunk of length 0 (AWS Signature Version
    4).
    """
    while start := chunk_start(head := source.peek(HEAD)):
        if not (length := chunk_length(head)):
            return
        source.skip(start)
        came = 0
        for piece in source.take(length):
            came += len(piece)
            yield piece
        if came < length:
            break
        source.skip(len(b"\r\n"))
    raise _damaged("its end is missing")


_UNWRAP: dict[FileKind, Callable[[_Source], Iterator[bytes]]] = {
    FileKind.LATE_FILM: _after_junk,
    FileKind.FOLDED_FILM: _unfolded,
    FileKind.CHUNKED_FILM: _unchunked,
}


def _damaged(reason: str) -> NotAFilm:
    return NotAFilm(
        f"Not a complete film: {reason}.", next_step="It is fetched again while its link is valid."
    )
