"""Detects a file's type from its first bytes, since content types and file extensions are unreliable."""

from __future__ import annotations

import re
import zlib
from enum import Enum, auto

HEAD = 512
"""Number of first bytes needed."""

AUTOMATIC = 32 + zlib.MAX_WBITS
"""Window bits for gzip and zlib, told apart by their heads."""

MOST_WRAPPINGS = 4
"""Maximum nesting of wrappings, in any order."""

FIRST_BOXES = frozenset([b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pdin", b"uuid"])
"""Kinds of box that a film may begin with. The file type comes "as early as possible" (ISO/IEC 14496-12, 4.3), not
always first, and is missing in QuickTime films.
"""

_MOST_JUNK = 64
_TO_THE_END, _LARGE = 0, 1
"""Lengths with a meaning of their own (ISO/IEC 14496-12, 4.2)."""
_SHORTEST_BOX = 8
_TEXT = int.from_bytes(b" \0\0\0", "big")
_LONGEST_TYPE = 4096
_SIGNED_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})(?:;[\x21-\x7e]{0,200})?\r\n")
_BLANK = b"\xef\xbb\xbf \t\r\n"


class FileKind(Enum):
    """Type of a file."""

    FILM = auto()
    """An MP4, by its first box."""
    LATE_FILM = auto()
    """A film preceded by white space or a byte order mark, as some scripts send it."""
    FOLDED_FILM = auto()
    """A film compressed with gzip, zlib or bare deflate (RFC 1952, 1950, 1951)."""
    CHUNKED_FILM = auto()
    """A film that still has the chunk headers of ``aws-chunked`` (AWS Signature Version 4) or HTTP."""
    PAGE = auto()
    """Text: a web page, JSON, XML or plain text."""
    EMPTY = auto()
    OTHER = auto()

    @property
    def holds_film(self) -> bool:
        """Whether it is a film, possibly wrapped, even several times."""
        return self in (FileKind.FILM, FileKind.LATE_FILM, FileKind.FOLDED_FILM, FileKind.CHUNKED_FILM)


def file_kind(head: bytes, wrappings: int = MOST_WRAPPINGS) -> FileKind:
    """The type of a file by ``head``, its first ``HEAD`` bytes or fewer; for a wrapped film, the outermost type."""
    if not head:
        return FileKind.EMPTY
    if _is_film(head):
        return FileKind.FILM
    if wrappings:
        within = wrappings - 1
        if window_bits(head) == AUTOMATIC:
            kind = file_kind(_unfolded(head), within)
            return FileKind.FOLDED_FILM if kind.holds_film else _of_no_film(kind)
        if chunk_start(head) and file_kind(_unchunked(head), within).holds_film:
            return FileKind.CHUNKED_FILM
        if (junk := junk_before(head)) and file_kind(head[junk:], within).holds_film:
            return FileKind.LATE_FILM
    if _is_text(head):
        return FileKind.PAGE
    # Bare deflate has no mark of its own: only what comes out of it tells.
    bare = wrappings and file_kind(_unfolded(head), wrappings - 1).holds_film
    return FileKind.FOLDED_FILM if bare else FileKind.OTHER


def _of_no_film(within: FileKind) -> FileKind:
    return FileKind.PAGE if within is FileKind.PAGE else FileKind.OTHER


def window_bits(head: bytes) -> int:
    """What ``zlib`` needs to know to unfold what begins with ``head`` (zlib.h, inflateInit2)."""
    zlib_head = len(head) > 1 and head[0] == 0x78 and int.from_bytes(head[:2], "big") % 31 == 0
    return AUTOMATIC if zlib_head or head.startswith(b"\x1f\x8b\x08") else -zlib.MAX_WBITS


def chunk_start(head: bytes) -> int:
    """Offset of the first chunk's data; 0 if there is no chunk header."""
    found = _SIGNED_CHUNK.match(head)
    return found.end() if found else 0


def chunk_length(head: bytes) -> int:
    """Size of the first chunk in bytes; it ends with a newline."""
    found = _SIGNED_CHUNK.match(head)
    return int(found[1], 16) if found else 0


def junk_before(head: bytes) -> int:
    """Number of leading bytes of white space and byte order mark; 0 if too many."""
    junk = len(head) - len(head.lstrip(_BLANK))
    return junk if junk <= _MOST_JUNK else 0


def _is_film(head: bytes) -> bool:
    kind, length = head[4:8], int.from_bytes(head[:4], "big")
    if kind == b"ftyp":
        return _SHORTEST_BOX <= length <= _LONGEST_TYPE
    # Four letters would be a length beyond this: "The free tier" is no film.
    return kind in FIRST_BOXES and (_SHORTEST_BOX <= length < _TEXT or length in (_TO_THE_END, _LARGE))


def _unfolded(head: bytes) -> bytes:
    try:
        return zlib.decompressobj(window_bits(head)).decompress(head, HEAD)
    except zlib.error:
        return b""


def _unchunked(head: bytes) -> bytes:
    """The data of the chunks in ``head``."""
    inside, at = b"", 0
    while start := chunk_start(head[at:]):
        length = chunk_length(head[at:])
        inside += head[at + start : at + start + length]
        at += start + length + len(b"\r\n")
    return inside


def _is_text(head: bytes) -> bool:
    text = head.lstrip(_BLANK)
    if text[:1] in (b"<", b"{", b"["):
        return True
    return not any(byte < 32 and byte not in b"\t\r\n\f\x1b" for byte in head)
