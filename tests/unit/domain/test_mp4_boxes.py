"""The walk over the boxes of an MP4: their places, and where there are none any more."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wan_tui.domain.mp4_boxes import BadBox, Box, CutBox, walk


def plain(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def long(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I4sQ", 1, kind, 16 + len(content)) + content


def boxes(data: bytes, *, most: int = 100, known: frozenset[bytes] | None = None) -> list[Box]:
    return list(walk(lambda at, size: data[at : at + size], 0, len(data), most=most, known=known))


def test_the_three_ways_to_tell_a_size() -> None:
    """In 32 bits, in 64 bits, or not at all: then it goes on to the end."""
    data = plain(b"ftyp", b"isom") + long(b"mdat", b"12345") + struct.pack(">I4s", 0, b"free") + b"rest"
    assert boxes(data) == [
        Box(b"ftyp", 0, 8, 12, open_ended=False),
        Box(b"mdat", 12, 28, 33, open_ended=False),
        Box(b"free", 33, 41, 45, open_ended=True),
    ]


def test_only_a_part_is_walked() -> None:
    """A box inside ends where that part does, whatever follows."""
    data = plain(b"trak", plain(b"tkhd") + struct.pack(">I4s", 0, b"free")) + plain(b"mdat")
    found = list(walk(lambda at, size: data[at : at + size], 8, 24, most=9))
    assert [(box.kind, box.begin, box.end) for box in found] == [(b"tkhd", 8, 16), (b"free", 16, 24)]
    with pytest.raises(CutBox):
        list(walk(lambda at, size: data[at : at + size], 8, 20, most=9))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (bytes(7), "its end is missing"),
        (plain(b"mdat", b"12345")[:-1], "its end is missing"),
        (struct.pack(">I4s", 1, b"mdat") + bytes(7), "its end is missing"),
        (struct.pack(">I4sQ", 1, b"mdat", 1 << 63), "its end is missing"),
        (struct.pack(">I4s", 7, b"mdat"), "a box has an invalid length"),
        (struct.pack(">I4sQ", 1, b"mdat", 15), "a box has an invalid length"),
        (struct.pack(">I4s", 8, b"\0\1\2\3"), "data that is not a box"),
    ],
)
def test_what_is_no_box_is_told(data: bytes, why: str) -> None:
    """After the boxes before it; what is cut is told apart, since the rest may still come."""
    found: list[bytes] = []
    whole = plain(b"ftyp") + data
    with pytest.raises(BadBox, match=why) as error:
        found.extend(box.kind for box in walk(lambda at, n: whole[at : at + n], 0, len(whole), most=9))
    assert found == [b"ftyp"]
    assert isinstance(error.value, CutBox) == ("missing" in why)


def test_a_file_that_is_cut_while_it_is_read_is_cut() -> None:
    """Fewer bytes come than the file was long."""
    with pytest.raises(CutBox):
        list(walk(lambda at, size: b"", 0, 100, most=9))


def test_an_unknown_kind_ends_the_walk() -> None:
    """But for the first one, which the caller is to see."""
    data = plain(b"what") + plain(b"free") + b"junk behind the end"
    assert [box.kind for box in boxes(data, known=frozenset([b"free"]))] == [b"what", b"free"]


def test_their_number_is_bounded() -> None:
    """A file of nothing but empty boxes takes no longer."""
    assert len(boxes(plain(b"free") * 3, most=3)) == 3
    with pytest.raises(BadBox, match="too many"):
        boxes(plain(b"free") * 4, most=3)


@given(st.binary(max_size=200))
def test_any_bytes_are_walked_to_an_end(data: bytes) -> None:
    """Every box lies inside, behind the one before it."""
    at = 0
    try:
        for box in walk(lambda at, size: data[at : at + size], 0, len(data), most=30):
            assert box.begin == at < box.start <= box.end <= len(data)
            at = box.end
    except BadBox:
        pass
