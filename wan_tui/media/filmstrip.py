"""A filmstrip: a few stills of a film, and the file they are stored in."""

from __future__ import annotations

import json
import os
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

from wan_tui.files.opening import open_regular
from wan_tui.files.private import write_private
from wan_tui.media.decode import FilmReader, FilmSpoiled
from wan_tui.media.framing import frame_image
from wan_tui.media.picture import Picture, from_rgb

STILLS = 6

# Increment to rebuild all cached strips, e.g. when films are rendered differently.
_MAGIC = b"WTSTILLS2\n"
_POSTER, _STILL = 320, 160
"""Pixels on the longer side of the first still, which is also the poster, and of the others."""
_LARGEST = 4 << 20


@dataclass(frozen=True, slots=True)
class Filmstrip:
    """Stills from the start to the end of a film, the first one larger than the others."""

    stills: tuple[Picture, ...]

    @property
    def poster(self) -> Picture:
        """The still that represents the film."""
        return self.stills[0]


def make(film: Path) -> Filmstrip:
    """Make the stills in one pass through the film. Raises CannotPlay."""
    reader = FilmReader(film)
    try:
        facts = reader.facts
        wanted = [facts.frames * (2 * number + 1) // (2 * STILLS) for number in range(STILLS)]
        stills: list[Picture] = []
        while len(stills) < STILLS and (at := reader.read()) is not None:
            while len(stills) < STILLS and at >= wanted[len(stills)]:
                longest = _STILL if stills else _POSTER
                stills.append(reader.scaled(*frame_image((1000, 1000), facts.size, longest, 1.0).pixels))
        if not stills:
            raise FilmSpoiled("No frame of this film can be decoded.")
        return Filmstrip(tuple(stills))
    finally:
        reader.close()


def store(strip: Filmstrip, path: Path) -> None:
    """Write ``strip`` to ``path`` atomically. Raises OSError.

    Uses a temporary file beside it, with the same name plus a suffix, which stays if the process is killed.
    """
    blobs = [zlib.compress(still.rgb(), 6) for still in strip.stills]
    stills = [[*still.size, len(blob)] for still, blob in zip(strip.stills, blobs, strict=True)]
    header = json.dumps({"stills": stills}).encode()
    content = _MAGIC + struct.pack(">I", len(header)) + header + b"".join(blobs)
    # Not synced: a strip lost in a power cut is made again.
    write_private(path, content, durable=False)


def load(path: Path, most: int = STILLS) -> Filmstrip | None:
    """Read what ``store`` wrote, the first ``most`` stills of it; None if missing or invalid."""
    try:
        with os.fdopen(open_regular(path), "rb") as file:
            data = file.read(_LARGEST)
        if not data.startswith(_MAGIC):
            return None
        at = len(_MAGIC) + 4
        (length,) = struct.unpack(">I", data[len(_MAGIC) : at])
        header = json.loads(data[at : at + length])
        at += length
        stills = []
        for width, height, size in header["stills"][:most]:
            stills.append(_still(int(width), int(height), data[at : at + size]))
            at += size
        return Filmstrip(tuple(stills)) if stills else None
    except (OSError, ValueError, KeyError, TypeError, struct.error, zlib.error, RecursionError):
        return None


def _still(width: int, height: int, blob: bytes) -> Picture:
    length = width * height * 3
    if not (0 < width <= _POSTER and 0 < height <= _POSTER):
        raise ValueError("no size of ours")
    inflater = zlib.decompressobj()
    rgb = inflater.decompress(blob, length + 1)
    if len(rgb) != length or not inflater.eof:
        raise ValueError("cut short")
    return from_rgb(width, height, rgb)
