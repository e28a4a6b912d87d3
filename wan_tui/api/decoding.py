"""Bodies of answers, unpacked piece by piece: what is small on the line may be gigabytes in memory."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import httpx

ACCEPT_ENCODING = "gzip"
"""All that we ask for, and all that is understood."""

PIECE = 1 << 16
"""Bytes that are unpacked at a time; no more than the cap and one piece is ever held."""

_GZIP = 31
"""Window bits for zlib: the largest window, with a gzip header (zlib.h, inflateInit2)."""


class Unpacker:
    """Turns the bytes of one answer into those of its body."""

    def __init__(self, codings: list[str]) -> None:
        """``codings`` as in ``Content-Encoding``. Raises DecodingError where it is anything but gzip, once.

        Several, one upon the other, multiply: nobody who was asked for gzip does that.
        """
        codings = [coding.strip().lower() for coding in codings]
        codings = [coding for coding in codings if coding not in ("", "identity")]
        if len(codings) > 1 or not set(codings) <= {"gzip", "x-gzip"}:
            raise httpx.DecodingError("packed in a way that was not asked for")
        self._inflate = zlib.decompressobj(_GZIP) if codings else None
        self._ended = False

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """What ``data`` unfolds to. Raises DecodingError."""
        if self._inflate is None:
            yield data
            return
        try:
            # What follows the end is padding, or another member, which no service sends.
            while data and not self._ended:
                yield self._inflate.decompress(data, PIECE)
                data, self._ended = self._inflate.unconsumed_tail, self._inflate.eof
        except zlib.error:
            raise httpx.DecodingError("what came is not packed as it says") from None

    def finish(self) -> None:
        """Raises DecodingError where the end is missing."""
        if self._inflate is not None and not self._ended:
            raise httpx.DecodingError("the end is missing")
