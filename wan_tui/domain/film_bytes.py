"""What a file is, by its first bytes: what a server calls it, or a name's ending, proves nothing."""

from __future__ import annotations

import re
import zlib
from enum import Enum, auto

HEAD = 512
"""Bytes that are enough to tell."""

MOST_WRAPPINGS = 4
"""How many times a film may be wrapped, each one inside the next, in whatever order."""

_MOST_JUNK = 64
_LONGEST_TYPE = 4096
_SIGNED_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})(?:;[\x21-\x7e]{0,200})?\r\n")
_BLANK = b"\xef\xbb\xbf \t\r\n"


class FileKind(Enum):
    """What the bytes are."""

    FILM = auto()
    """An MP4: its first box says so (ISO/IEC 14496-12, 4.3)."""
    LATE_FILM = auto()
    """A film with blanks, line ends or a byte order mark before it, as some scripts send it."""
    FOLDED_FILM = auto()
    """A film within gzip or zlib (RFC 1952, 1950)."""
    CHUNKED_FILM = auto()
    """A film with the framing of ``aws-chunked`` (AWS Signature Version 4), or of HTTP, left in it."""
    PAGE = auto()
    """Text: a web page, JSON, XML, a sentence."""
    EMPTY = auto()
    OTHER = auto()

    @property
    def holds_film(self) -> bool:
        """A film, or one that has to be unwrapped, maybe more than once: what is within has a kind of its own."""
        return self in (FileKind.FILM, FileKind.LATE_FILM, FileKind.FOLDED_FILM, FileKind.CHUNKED_FILM)


def file_kind(head: bytes, wrappings: int = MOST_WRAPPINGS) -> FileKind:
    """What begins with ``head``, the first ``HEAD`` bytes or all there are; of a wrapped film the outermost kind."""
    if not head:
        return FileKind.EMPTY
    if _is_film(head):
        return FileKind.FILM
    if wrappings:
        within = wrappings - 1
        if _is_folded(head):
            kind = file_kind(_unfolded(head), within)
            return FileKind.FOLDED_FILM if kind.holds_film else _of_no_film(kind)
        if chunk_start(head) and file_kind(_unchunked(head), within).holds_film:
            return FileKind.CHUNKED_FILM
        if (junk := junk_before(head)) and file_kind(head[junk:], within).holds_film:
            return FileKind.LATE_FILM
    return FileKind.PAGE if _is_text(head) else FileKind.OTHER


def _of_no_film(within: FileKind) -> FileKind:
    return FileKind.PAGE if within is FileKind.PAGE else FileKind.OTHER


def _is_folded(head: bytes) -> bool:
    zlib_head = len(head) > 1 and head[0] == 0x78 and int.from_bytes(head[:2], "big") % 31 == 0
    return head.startswith(b"\x1f\x8b\x08") or zlib_head


def chunk_start(head: bytes) -> int:
    """Where the bytes of the first chunk begin; 0 where no chunk does."""
    found = _SIGNED_CHUNK.match(head)
    return found.end() if found else 0


def chunk_length(head: bytes) -> int:
    """How many bytes the first chunk has: it ends with a line end."""
    found = _SIGNED_CHUNK.match(head)
    return int(found[1], 16) if found else 0


def junk_before(head: bytes) -> int:
    """How many blanks, line ends and marks come first; 0 where they are more than stand before a film by mistake."""
    junk = len(head) - len(head.lstrip(_BLANK))
    return junk if junk <= _MOST_JUNK else 0


def _is_film(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and 8 <= int.from_bytes(head[:4], "big") <= _LONGEST_TYPE


def _unfolded(head: bytes) -> bytes:
    try:
        return zlib.decompressobj(47).decompress(head, HEAD)
    except zlib.error:
        return b""


def _unchunked(head: bytes) -> bytes:
    """What the chunks hold, as far as they lie in ``head``."""
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
