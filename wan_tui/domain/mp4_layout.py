"""Checks that an MP4 is complete, from its boxes (ISO/IEC 14496-12), without decoding.

Requires a description with a video track, and all samples inside the file; data after the last box is allowed. Reads
little, trusts no length or count in the file, and rejects tables that would exhaust a decoder's memory.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from wan_tui.domain.errors import NotAFilm
from wan_tui.domain.film_bytes import FIRST_BOXES
from wan_tui.domain.mp4_boxes import BadBox, Box, CutBox, ReadAt, walk
from wan_tui.domain.mp4_matrix import PLAIN, UPRIGHT, Matrix, Orientation, orientation, read_matrix
from wan_tui.domain.mp4_samples import MOST_PIXELS, Fragments, Samples, TooMuch

SIGNATURE = UUID("d8fec3d6-1b0e-483c-9297-5828877ec481").bytes
"""The ``uuid`` of the box with a C2PA manifest (C2PA specification, 11.3.2)."""

_MOST_BOXES = 100_000
_MOST_DESCRIPTION = 64 << 20
_MOST_FRAGMENT = 4 << 20
_MOST_PARTS = 20_000
_MOST_DEPTH = 8
_DAMAGED = "its description is damaged"
_CONTAINERS = frozenset([b"trak", b"edts", b"mdia", b"minf", b"stbl", b"mvex", b"traf"])
_TOP = frozenset(
    b"ftyp moov mdat moof mfra free skip wide uuid udta meta sidx styp pdin ssix prft emsg".split()
)
"""Kinds of top-level boxes; anything else may not be a box at all."""

_AGAIN = "It is fetched again while its link is valid."


class CutOff(NotAFilm):
    """A truncated film: the rest may still arrive."""


class Overblown(NotAFilm):
    """The tables claim implausible sizes: the film must not be decoded."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Metadata from a film's header. ``duration`` in seconds, None if a fragmented file does not give it.

    ``end``: end of the last box; other data may follow, up to ``size``. ``open_ended``: the last box states no length
    and extends to the end of the file. ``signed``: a signature covers the bytes. ``indexed``: a table is located
    relative to the end of the file.
    """

    size: int
    width: int
    height: int
    duration: float | None
    end: int
    open_ended: bool
    signed: bool
    indexed: bool
    orientations: Mapping[int, Orientation | None]
    """Orientation by track number, if not as stored; None: not a rotation by right angles."""

    @property
    def may_grow(self) -> bool:
        """Whether a box can be appended without damaging the film."""
        return self.end == self.size and not (self.open_ended or self.signed or self.indexed)


def examine(read_at: ReadAt, size: int) -> Layout:
    """Check a file of ``size`` bytes. Raises NotAFilm with the reason."""
    try:
        return _Examination(read_at, size).layout()
    except TooMuch:
        raise Overblown(
            "This film cannot be trusted: it claims more frames than fit in the file.",
            next_step=_AGAIN,
        ) from None
    except CutBox:
        raise _cut() from None
    except BadBox as why:
        raise _no(str(why)) from None
    except struct.error:
        raise _no(_DAMAGED) from None


@dataclass(slots=True)
class _Track:
    samples: Samples
    number: int = 0
    matrix: Matrix = PLAIN
    width: int = 0
    height: int = 0
    video: bool = False
    duration: float | None = None


class _Examination:
    def __init__(self, read_at: ReadAt, size: int) -> None:
        self.read_at = read_at
        self.size = size
        self.orientations: dict[int, Orientation | None] = {}
        self.end = 0
        self.open_ended = False

    def layout(self) -> Layout:
        seen: set[bytes] = set()
        signed = False
        description: bytes | None = None
        fragments = Fragments(self.size)
        if not self.size:
            raise _no("it is empty")
        # The last box may be followed by arbitrary data.
        for box in walk(self.read_at, 0, self.size, most=_MOST_BOXES, known=_TOP):
            if not seen and box.kind not in FIRST_BOXES:
                raise _no("it does not begin like an MP4 file")
            seen.add(box.kind)
            self.end, self.open_ended = box.end, box.open_ended
            if box.kind == b"moov":
                description = self._content(box, _MOST_DESCRIPTION)
            elif box.kind == b"moof":
                self._fragment(fragments, box.begin, self._content(box, _MOST_FRAGMENT))
            elif box.kind == b"uuid":
                signed = signed or self.read_at(box.start, 16) == SIGNATURE
        if description is None or b"mdat" not in seen:
            raise CutOff(_words("a part of it is missing"), next_step=_AGAIN)
        film, duration = self._describe(description, fragments)
        if not duration and not fragments.found:
            raise _no("it has no length")
        return Layout(
            self.size,
            film.width,
            film.height,
            duration or None,
            self.end,
            self.open_ended,
            signed,
            b"mfra" in seen,
            self.orientations,
        )

    def _content(self, box: Box, most: int) -> bytes:
        length = box.end - box.start
        if length > most:
            raise Overblown(_words("its description is too large"), next_step=_AGAIN)
        content = self.read_at(box.start, length)
        if len(content) < length:
            raise _cut()
        return content

    def _fragment(self, fragments: Fragments, begin: int, moof: bytes) -> None:
        fragments.begin(begin)
        for path, start, end in _within(moof, 0, len(moof)):
            match path:
                case (b"traf", b"tfhd"):
                    fragments.header(moof[start:end])
                case (b"traf", b"trun"):
                    fragments.run(moof[start:end])

    def _describe(self, moov: bytes, fragments: Fragments) -> tuple[_Track, float | None]:
        whole: float | None = None
        matrix = PLAIN
        tracks: list[_Track] = []
        for path, start, end in _within(moov, 0, len(moov)):
            content = moov[start:end]
            match path:
                case (b"mvhd",):
                    whole = _duration(content)
                    matrix = read_matrix(content, 48 if content[:1] == b"\x01" else 36)
                case (b"trak",):
                    tracks.append(_Track(Samples(self.size)))
                case (b"mvex", b"trex"):
                    fragments.default(content)
                case (b"trak", *_) if tracks:
                    _of_track(tracks[-1], path, content)
        for track in tracks:
            track.samples.check()
            if (shown := orientation(track.matrix, matrix)) != UPRIGHT:
                self.orientations[track.number] = shown
            if track.samples.end > self.size:
                raise CutOff(_words("frames are missing"), next_step=_AGAIN)
        if fragments.end > self.size:
            raise CutOff(_words("frames are missing"), next_step=_AGAIN)
        film = next((track for track in tracks if track.video), None)
        if film is None:
            raise _no("it has no video track")
        return film, film.duration or whole


def _of_track(track: _Track, path: tuple[bytes, ...], content: bytes) -> None:
    match path[1:]:
        case (b"tkhd",):
            track.width, track.height = (n >> 16 for n in struct.unpack(">II", content[-8:]))
            track.number = struct.unpack_from(">I", content, 20 if content[:1] == b"\x01" else 12)[0]
            track.matrix = read_matrix(content, len(content) - 44)
        case (b"mdia", b"hdlr"):
            track.video = content[8:12] == b"vide"
        case (b"mdia", b"mdhd"):
            track.duration = _duration(content)
        case (b"edts", b"elst"):
            track.samples.edits = struct.unpack_from(">I", content, 4)[0]
        case (b"mdia", b"minf", b"stbl", b"stsd") if track.video and len(content) >= 44:
            width, height = struct.unpack_from(">HH", content, 40)
            if width * height > MOST_PIXELS:
                raise TooMuch
        case (b"mdia", b"minf", b"stbl", kind):
            track.samples.table(kind, content)


def _duration(content: bytes) -> float | None:
    """Duration in seconds from an mvhd or mdhd box; None if unknown."""
    layout, offset = (">IQ", 20) if content[:1] == b"\x01" else (">II", 12)
    scale, ticks = struct.unpack_from(layout, content, offset)
    unknown = ticks == (1 << (64 if layout == ">IQ" else 32)) - 1
    return None if unknown or not scale else ticks / scale


def _within(
    data: bytes, start: int, end: int, path: tuple[bytes, ...] = ()
) -> Iterator[tuple[tuple[bytes, ...], int, int]]:
    """Yield all boxes, including nested ones, as (path of kinds, start, end)."""
    try:
        for box in walk(lambda at, size: data[at : at + size], start, end, most=_MOST_PARTS):
            yield (*path, box.kind), box.start, box.end
            if box.kind in _CONTAINERS and len(path) < _MOST_DEPTH:
                yield from _within(data, box.start, box.end, (*path, box.kind))
    except CutBox:
        # The description itself is complete, so a box cut off inside it is damage, not a truncated download.
        raise BadBox(_DAMAGED) from None


def _words(reason: str) -> str:
    return f"Not a complete film: {reason}."


def _no(reason: str) -> NotAFilm:
    return NotAFilm(_words(reason), next_step=_AGAIN)


def _cut() -> CutOff:
    return CutOff(_words("its end is missing"), next_step=_AGAIN)
