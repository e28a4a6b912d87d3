"""Decompresses response bodies piece by piece: a small download may decompress to gigabytes."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import httpx

ACCEPT_ENCODING = "gzip"
"""The only encoding we request and support."""

PIECE = 1 << 16
"""Maximum bytes decompressed at a time, so that no more than the cap and one piece is held in memory."""

_GZIP = 31
"""Window bits for zlib: the largest window, with a gzip header (zlib.h, inflateInit2)."""


class Unpacker:
    """Decompresses the body of one answer."""

    def __init__(self, codings: list[str]) -> None:
        """``codings`` as in ``Content-Encoding``. Raises DecodingError for anything but a single gzip.

        Stacked encodings multiply the size, and no proper server sends them.
        """
        codings = [coding.strip().lower() for coding in codings]
        codings = [coding for coding in codings if coding not in ("", "identity")]
        if len(codings) > 1 or not set(codings) <= {"gzip", "x-gzip"}:
            raise httpx.DecodingError("unexpected Content-Encoding")
        self._inflate = zlib.decompressobj(_GZIP) if codings else None
        self._ended = False

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """Decompress ``data``. Raises DecodingError."""
        if self._inflate is None:
            yield data
            return
        try:
            # Anything after the end is padding.
            while data and not self._ended:
                yield self._inflate.decompress(data, PIECE)
                data, self._ended = self._inflate.unconsumed_tail, self._inflate.eof
        except zlib.error:
            raise httpx.DecodingError("invalid gzip data") from None

    def finish(self) -> None:
        """Raises DecodingError if the data is truncated."""
        if self._inflate is not None and not self._ended:
            raise httpx.DecodingError("truncated gzip data")
