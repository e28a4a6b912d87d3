"""The boxes that an MP4 is made of (ISO/IEC 14496-12, 4.2): their kinds and places, not what they mean."""

from __future__ import annotations

import struct
from collections.abc import Callable, Container, Iterator
from itertools import count
from typing import NamedTuple

ReadAt = Callable[[int, int], bytes]
"""``read_at(offset, size)``: up to so many bytes from an offset."""

_HEAD = 16
"""Bytes of the longest beginning of a box: size, kind, and a size of 64 bits."""


class Box(NamedTuple):
    """Offsets in bytes: ``begin`` of the box itself, ``start`` of its content, ``end`` of both.

    ``open_ended``: it has no length and goes on to the end of what it is in.
    """

    kind: bytes
    begin: int
    start: int
    end: int
    open_ended: bool


class BadBox(ValueError):
    """Where a box should be is none; the message says why, as a clause."""


class CutBox(BadBox):
    """There is a box, and it goes on behind the end of what it is in."""


def walk(
    read_at: ReadAt, begin: int, end: int, *, most: int, known: Container[bytes] | None = None
) -> Iterator[Box]:
    """The boxes that follow each other from ``begin`` to ``end``, without those inside of them; ``most`` of them.

    Only their beginnings are read. Behind the first box one of a kind that is not ``known`` ends the walk, as if the
    end had come. Raises BadBox, after the boxes before it.
    """
    at = begin
    for number in count():
        if at >= end:
            return
        if number == most:
            raise BadBox("it has too many parts")
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
        raise BadBox("it holds something else than boxes")
    if begin + length < start:
        raise BadBox("a length in it is wrong")
    if begin + length > limit:
        raise CutBox("its end is missing")
    return Box(kind, begin, start, begin + length, open_ended)
