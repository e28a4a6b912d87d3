"""Validates the sample tables of an MP4 (ISO/IEC 14496-12, 8.6 to 8.8) and finds where the samples end.

A few bytes can claim billions of samples, and a decoder allocates memory for each: ``TooMuch`` is raised then.
"""

from __future__ import annotations

import struct
import sys
from array import array
from itertools import accumulate

MOST_SAMPLES = 1_000_000
"""Per track: nine hours at 30 frames per second."""

MOST_PIXELS = 40_000_000
"""Per frame; 8K has 33 million."""

_WIDTHS = {b"stts": 8, b"ctts": 8, b"stsc": 12, b"stco": 4, b"co64": 8, b"stss": 4}
"""Bytes per entry, by table."""


class TooMuch(ValueError):
    """The tables claim more samples or pixels than fit or are plausible."""


class Samples:
    """The tables of one track. ``size`` is the size of the file in bytes."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.edits = 0
        self.end = 0
        """Offset of the end of the last sample, set by ``check``."""
        self._count = 0
        self._each = 0
        """Size of every sample in bytes; 0 if they differ: see ``_sizes``."""
        self._sizes: array[int] = array("I")
        self._chunks: array[int] = array("Q")
        self._runs: list[tuple[int, int]] = []
        """(first chunk, counted from 1; samples per chunk)."""
        self._timed = 0
        self._even = False
        """Every sample lasts one time unit, as in PCM sound, which decoders read by chunk."""

    def table(self, kind: bytes, content: bytes) -> None:
        """Read a table. Raises struct.error if it is truncated, TooMuch if it claims more entries than it has."""
        if kind == b"stsz":
            self._each, self._count = struct.unpack_from(">II", content, 4)
            if not self._each:
                self._sizes = _numbers("I", content, 12, self._count)
        elif kind == b"stz2":
            self._count = struct.unpack_from(">I", content, 8)[0]
            self._sizes = _small_numbers(content[7], content[12:], self._count)
        elif kind in _WIDTHS:
            count = struct.unpack_from(">I", content, 4)[0]
            if count * _WIDTHS[kind] > len(content) - 8:
                raise TooMuch
            self._entries(kind, content, count)

    def _entries(self, kind: bytes, content: bytes, count: int) -> None:
        if kind in (b"stco", b"co64"):
            wide = kind == b"co64"
            self._chunks = array("Q", _numbers("Q" if wide else "I", content, 8, count))
        elif kind == b"stsc":
            entries = struct.iter_unpack(">III", content[8 : 8 + 12 * count])
            self._runs = [(first, samples) for first, samples, _ in entries]
        elif kind in (b"stts", b"ctts"):
            pairs = list(struct.iter_unpack(">II", content[8 : 8 + 8 * count]))
            self._timed = max(self._timed, sum(samples for samples, _ in pairs))
            if kind == b"stts":
                self._even = len(pairs) == 1 and pairs[0][1] == 1

    def check(self) -> None:
        """Validate the tables and set ``end``. Raises TooMuch."""
        by_chunk = self._each > 0 and self._even
        if max(self._count, self._timed) > MOST_SAMPLES and not by_chunk:
            raise TooMuch
        if self.edits * max(1, self._count) > 4 * MOST_SAMPLES and self.edits > 4:
            raise TooMuch
        if self._count > max(self.size, 1) or (self._each * self._count > self.size > 0 and by_chunk):
            raise TooMuch
        self.end = self._find_end()

    def _find_end(self) -> int:
        before = list(accumulate(self._sizes, initial=0))
        sample = end = run = 0
        each = 0
        for number, offset in enumerate(self._chunks, 1):
            while run < len(self._runs) and self._runs[run][0] <= number:
                each = self._runs[run][1]
                run += 1
            last = min(sample + each, self._count)
            length = (last - sample) * self._each if self._each else before[last] - before[sample]
            # A chunk that starts at the end of the file is missing, even if it is empty.
            end = max(end, offset + max(length, 1))
            sample = last
        return end


class Fragments:
    """The samples of a fragmented film (``moof``)."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.found = False
        self.end = 0
        self._begin = 0
        self._base = 0
        self._track = 0
        self._defaults: dict[int, int] = {}
        self._default = 0
        self._samples = 0
        self._next = 0

    def default(self, trex: bytes) -> None:
        """Read a track's default sample size."""
        track, _, _, each = struct.unpack_from(">IIII", trex, 4)
        self._defaults[track] = each

    def begin(self, offset: int) -> None:
        self.found = True
        self._begin = self._next = offset

    def header(self, tfhd: bytes) -> None:
        """Read the header of a track fragment (8.8.7)."""
        flags, self._track = struct.unpack_from(">II", tfhd)
        at = 8
        self._base = self._begin
        if flags & 0x1:
            self._base = self._next = struct.unpack_from(">Q", tfhd, at)[0]
            at += 8
        at += 4 * bool(flags & 0x2) + 4 * bool(flags & 0x8)
        known = self._defaults.get(self._track, 0)
        self._default = struct.unpack_from(">I", tfhd, at)[0] if flags & 0x10 else known

    def run(self, trun: bytes) -> None:
        """Read a run of consecutive samples (8.8.8)."""
        flags, count = struct.unpack_from(">II", trun)
        at = 8
        start = self._next
        if flags & 0x1:
            start = self._base + struct.unpack_from(">i", trun, at)[0]
            at += 4
        at += 4 * bool(flags & 0x4)
        fields = [bool(flags & bit) for bit in (0x100, 0x200, 0x400, 0x800)]
        width = 4 * sum(fields)
        self._samples += count
        if count * width > len(trun) - at or self._samples > min(MOST_SAMPLES, self.size):
            raise TooMuch
        if fields[1]:
            place = at + 4 * fields[0]
            length = sum(struct.unpack_from(">I", trun, place + width * number)[0] for number in range(count))
        else:
            length = count * self._default
        self._next = start + length
        self.end = max(self.end, self._next)


def _numbers(code: str, content: bytes, start: int, count: int) -> array[int]:
    """Read ``count`` big-endian numbers."""
    numbers = array(code)
    length = count * numbers.itemsize
    if count > MOST_SAMPLES or length > len(content) - start:
        raise TooMuch
    numbers.frombytes(content[start : start + length])
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers


def _small_numbers(bits: int, packed: bytes, count: int) -> array[int]:
    """Read ``count`` numbers of 4, 8 or 16 bits (``stz2``)."""
    if bits not in (4, 8, 16) or count > MOST_SAMPLES or count * bits > 8 * len(packed):
        raise TooMuch
    if bits == 16:
        return array("I", struct.unpack_from(f">{count}H", packed))
    if bits == 8:
        return array("I", packed[:count])
    halves = (half for byte in packed for half in (byte >> 4, byte & 15))
    return array("I", [half for half, _ in zip(halves, range(count), strict=False)])
