"""Iterates over the boxes of an MP4 (ISO/IEC 14496-12, 4.2) without interpreting them."""

from __future__ import annotations

import struct
from collections.abc import Callable, Container, Iterator
from itertools import count
from typing import NamedTuple

ReadAt = Callable[[int, int], bytes]
"""``read_at(offset, size)``: up to ``size`` bytes from ``offset``."""

_HEAD = 16
"""Bytes of the longest box header: size, kind and 64-bit size."""


class Box(NamedTuple):
    """Offsets in bytes: ``begin`` of the box, ``start`` of its content, ``end`` of both.

    ``open_ended``: it states no length and extends to the end of its container.
    """

    kind: bytes
    begin: int
    start: int
    end: int
    open_ended: bool


class BadBox(ValueError):
    """Invalid box; the message is the reason as a clause."""


class CutBox(BadBox):
    """The box extends beyond the end of its container."""


def walk(
    read_at: ReadAt, begin: int, end: int, *, most: int, known: Container[bytes] | None = None
) -> Iterator[Box]:
    """Yield the boxes from ``begin`` to ``end``, without nested ones; at most ``most``.

    Reads only the headers. After the first box, a kind that is not in ``known`` ends the walk. Raises BadBox after
    yielding the boxes before it.
    """
    at = begin
    for number in count():
        if at >= end:
            return
        if number == most:
            raise BadBox("it has too many boxes")
        head = read_at(at, min(_HEAD, end - at))
        if number and known is not None and head[4:8] not in known:
            return
        box = _read_head(head, at, end)
        yield box
        at = box.end


def _read_head(head: bytes, begin: int, limit: int) -> Box:
    if len(head) < 8:
        raise CutBox("its end is missing")
    length, kind = struct.unpack_from(">I4s", head)
    start = begin + 8
    open_ended = length == 0
    if length == 1:
        if len(head) < _HEAD:
            raise CutBox("its end is missing")
        length = struct.unpack_from(">Q", head, 8)[0]
        start = begin + _HEAD
    elif open_ended:
        length = limit - begin
    if not kind.isalnum() and not all(32 <= byte < 127 or byte == 0xA9 for byte in kind):
        raise BadBox("it contains data that is not a box")
    if begin + length < start:
        raise BadBox("a box has an invalid length")
    if begin + length > limit:
        raise CutBox("its end is missing")
    return Box(kind, begin, start, begin + length, open_ended)
