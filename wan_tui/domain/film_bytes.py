"""What a file is, by its first bytes: what a server calls it, or a name's ending, proves nothing."""

from __future__ import annotations

import re
import zlib
from enum import Enum, auto

HEAD = 512
"""Bytes that are enough to tell."""

_UNFOLDED = 256
_MOST_JUNK = 64
_LONGEST_TYPE = 4096
_SIGNED_CHUNK = re.compile(rb"[0-9A-Fa-f]{1,8}(?:;[\x21-\x7e]{0,200})?\r\n")
_BLANK = b"\xef\xbb\xbf \t\r\n"


class FileKind(Enum):
    """What the bytes are."""

    FILM = auto()
    """An MP4: its first box says so (ISO/IEC 14496-12, 4.3)."""
    LATE_FILM = auto()
    """An MP4 with blanks, line ends or a byte order mark before it, as some scripts send it."""
    FOLDED_FILM = auto()
    """An MP4 within gzip or zlib (RFC 1952, 1950)."""
    CHUNKED_FILM = auto()
    """An MP4 with the framing of ``aws-chunked`` (AWS Signature Version 4), or of HTTP, left in it."""
    PAGE = auto()
    """Text: a web page, JSON, XML, a sentence."""
    EMPTY = auto()
    OTHER = auto()

    @property
    def holds_film(self) -> bool:
        """A film, or one that has to be unwrapped."""
        return self in (FileKind.FILM, FileKind.LATE_FILM, FileKind.FOLDED_FILM, FileKind.CHUNKED_FILM)


def file_kind(head: bytes) -> FileKind:
    """What begins with ``head``, the first ``HEAD`` bytes or all there are."""
    if not head:
        return FileKind.EMPTY
    if _is_film(head):
        return FileKind.FILM
    if is_folded(head):
        return _folded_kind(head)
    if (start := chunk_start(head)) and _is_film(head[start:]):
        return FileKind.CHUNKED_FILM
    if junk_before(head):
        return FileKind.LATE_FILM
    return FileKind.PAGE if _is_text(head) else FileKind.OTHER


def is_folded(head: bytes) -> bool:
    """Whether gzip or zlib data may begin here."""
    zlib_head = len(head) > 1 and head[0] == 0x78 and int.from_bytes(head[:2], "big") % 31 == 0
    return head.startswith(b"\x1f\x8b\x08") or zlib_head


def chunk_start(head: bytes) -> int:
    """Where the bytes of the first chunk begin; 0 where no chunk does."""
    found = _SIGNED_CHUNK.match(head)
    return found.end() if found else 0


def junk_before(head: bytes) -> int:
    """How many blanks, line ends and marks come before an MP4; 0 where none do or no MP4 follows."""
    junk = len(head) - len(head.lstrip(_BLANK))
    return junk if 0 < junk <= _MOST_JUNK and _is_film(head[junk:]) else 0


def _is_film(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and 8 <= int.from_bytes(head[:4], "big") <= _LONGEST_TYPE


def _folded_kind(head: bytes) -> FileKind:
    try:
        inside = zlib.decompressobj(47).decompress(head, _UNFOLDED)
    except zlib.error:
        return FileKind.OTHER
    if _is_film(inside):
        return FileKind.FOLDED_FILM
    return FileKind.PAGE if inside and _is_text(inside) else FileKind.OTHER


def _is_text(head: bytes) -> bool:
    text = head.lstrip(_BLANK)
    if text[:1] in (b"<", b"{", b"["):
        return True
    return not any(byte < 32 and byte not in b"\t\r\n\f\x1b" for byte in head)
