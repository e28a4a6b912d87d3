"""Writes pictures as image files: PNG without libraries, JPEG with PyAV."""

from __future__ import annotations

import struct
import zlib
from fractions import Fraction

from wan_tui.media.picture import Picture


def png(picture: Picture) -> bytes:
    """The picture as a 24-bit PNG file (ISO/IEC 15948)."""
    rgb, stride = picture.rgb(), picture.width * 3
    # Each row begins with the number of its filter: 0, none.
    rows = b"".join([b"\0" + rgb[at : at + stride] for at in range(0, len(rgb), stride)])
    header = struct.pack(">IIBBBBB", picture.width, picture.height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join([_chunk(kind, data) for kind, data in chunks])


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


class JpegEncoder:
    """Encodes pictures of one size as JPEG. Used by one thread.

    ``quantiser`` is FFmpeg's scale from 2 (best) to 31.
    """

    def __init__(self, width: int, height: int, quantiser: int = 6) -> None:
        import av

        self._av = av
        context = av.VideoCodecContext.create("mjpeg", "w")
        context.width, context.height, context.pix_fmt = width, height, "yuvj420p"
        context.time_base = Fraction(1, 30)
        context.thread_count = 1
        context.options = {"qmin": str(quantiser), "qmax": str(quantiser)}
        self._context = context
        self._reformatter = av.video.reformatter.VideoReformatter()
        self._count = 0
        self.size = (width, height)

    def encode(self, picture: Picture) -> bytes:
        """The picture as a JPEG file."""
        frame = self._av.VideoFrame.from_bytes(picture.pixels, picture.width, picture.height, "rgba")
        frame = self._reformatter.reformat(
            frame, *self.size, "yuvj420p", interpolation="AREA", dst_color_range="JPEG", threads=1
        )
        # The encoder requires increasing timestamps.
        frame.pts, self._count = self._count, self._count + 1
        return b"".join([bytes(packet) for packet in self._context.encode(frame)])
