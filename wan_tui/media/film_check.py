"""Checks every film before a decoder opens it.

A complete MP4 with plausible tables is decoded directly. Anything else, another file type or a damaged film, is first
opened in a child process with limited memory, once per version of the file.
"""

from __future__ import annotations

import os
from pathlib import Path

from wan_tui.domain.errors import NotAFilm
from wan_tui.domain.film_bytes import HEAD, FileKind, file_kind
from wan_tui.domain.mp4_layout import Layout, Overblown, examine
from wan_tui.files.opening import open_regular
from wan_tui.files.reasons import explain
from wan_tui.media import film_process
from wan_tui.media.cannot_play import CannotPlay, FilmSpoiled
from wan_tui.media.confinement import is_confined

LARGEST_FILE = 512 << 20
"""Maximum bytes of a film to play; larger ones take too long to scan."""

_MOST_KNOWN = 1000
_known: set[tuple[int, int, int, int]] = set()
"""Files already decoded safely: device, inode, size, modification time."""


def check_film(path: Path) -> Layout | None:
    """Check the film at ``path`` before decoding; return its layout if it is a complete MP4.

    Raises CannotPlay. Blocks: briefly for a complete MP4, otherwise for half a second.
    """
    try:
        descriptor = open_regular(path)
    except OSError as error:
        raise CannotPlay(f"The film cannot be opened: {explain(error)}.") from None
    try:
        facts = os.fstat(descriptor)
        _check_size(facts.st_size)
        identity = (facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns)
        try:
            layout = _layout(descriptor, facts.st_size)
        except OSError as error:
            raise CannotPlay(f"This film cannot be read: {explain(error)}.") from None
    finally:
        os.close(descriptor)
    if layout is None and not is_confined() and identity not in _known:
        film_process.run("wan_tui.media.decode_check", str(path.absolute()))
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known.add(identity)
    return layout


def _check_size(size: int) -> None:
    if size == 0:
        raise FilmSpoiled("The file is empty.")
    if size > LARGEST_FILE:
        raise CannotPlay(
            f"The film is too large to be played here ({size >> 20:,} MB).",
            next_step="Open it in another player.",
        )


def _layout(descriptor: int, size: int) -> Layout | None:
    def read_at(offset: int, length: int) -> bytes:
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.read(descriptor, length)

    if file_kind(read_at(0, HEAD)) is not FileKind.FILM:
        return None
    try:
        return examine(read_at, size)
    except Overblown:
        raise FilmSpoiled("This film is not opened: it claims more frames than fit in the file.") from None
    except NotAFilm:
        return None
