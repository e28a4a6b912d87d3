"""Posters and filmstrips of saved films: made once, cached on disk by content.

Made in a child process at low priority, so that key presses are not delayed, its memory is freed when it ends, and a
damaged film cannot crash or hang the program.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from wan_tui.domain.text import clean_line
from wan_tui.files.opening import open_regular
from wan_tui.files.private import make_private_folder
from wan_tui.media.cannot_play import CannotPlay
from wan_tui.media.decode import as_named
from wan_tui.media.film_process import FilmProcess, report_to_parent
from wan_tui.media.filmstrip import STILLS, Filmstrip, load, make, store
from wan_tui.media.picture import Picture

LIMIT = 128 << 20
"""Maximum bytes on disk: about six hundred films."""

_SAMPLE = 64 << 10
_SUFFIX = ".stills"
_LEFT_BEHIND = 3600.0
"""Seconds after which an unfinished strip counts as abandoned."""


class PosterShelf:
    """Filmstrips in ``folder``, at most ``limit`` bytes; one is made at a time.

    ``locate`` returns the file for a path, or raises CannotPlay; it may block.
    """

    def __init__(
        self, folder: Path, limit: int = LIMIT, *, locate: Callable[[Path], Path] = as_named
    ) -> None:
        self._folder = folder
        self._limit = limit
        self._locate = locate
        self._one_at_a_time = asyncio.Semaphore()

    def poster(self, film: Path) -> Picture | None:
        """The first still of the cached strip of ``film``, or None. Blocks for a millisecond or two."""
        strip = self.cached(film, 1)
        return strip.poster if strip else None

    def cached(self, film: Path, most: int = STILLS) -> Filmstrip | None:
        """The cached strip of ``film``, up to ``most`` stills, or None. Blocks for some milliseconds."""
        try:
            kept = self._place(self._locate(film))
            strip = load(kept, most)
            if strip is not None:
                # Least recently used strips are removed first.
                os.utime(kept)
        except (CannotPlay, OSError):
            return None
        return strip

    async def strip(self, film: Path) -> Filmstrip:
        """The strip of ``film``, made now if necessary (half a second). Raises CannotPlay.

        Cancellation stops the child process.
        """
        if (kept := await asyncio.to_thread(self.cached, film)) is not None:
            return kept
        async with self._one_at_a_time:
            # Somebody else may have waited for the same.
            if (kept := await asyncio.to_thread(self.cached, film)) is not None:
                return kept
            try:
                film, place = await asyncio.to_thread(self._prepare, film)
                await _make_elsewhere(film, place)
            except OSError as error:
                raise CannotPlay(_disk_trouble(error)) from None
            return await asyncio.to_thread(self._fetch, place)

    def _prepare(self, film: Path) -> tuple[Path, Path]:
        """The file of the film, and the path of its strip."""
        film = self._locate(film)
        make_private_folder(self._folder)
        return film.absolute(), self._place(film)

    def _fetch(self, place: Path) -> Filmstrip:
        strip = load(place)
        self._prune()
        if strip is None:
            raise CannotPlay("No stills of this film could be made.")
        return strip

    def _place(self, film: Path) -> Path:
        return self._folder / (_content_key(film) + _SUFFIX)

    def _prune(self) -> None:
        """Remove the least recently used strips, down to four fifths of the limit, and abandoned ones."""
        with contextlib.suppress(OSError):
            for entry in os.scandir(self._folder):
                if f"{_SUFFIX}." in entry.name and entry.stat().st_mtime < time.time() - _LEFT_BEHIND:
                    os.unlink(entry.path)
        with contextlib.suppress(OSError):
            found = sorted(
                (entry.stat().st_mtime, entry.stat().st_size, entry.path)
                for entry in os.scandir(self._folder)
                if entry.name.endswith(_SUFFIX)
            )
            total = sum(size for _, size, _ in found)
            if total <= self._limit:
                return
            for _, size, path in found[:-1]:
                if total <= self._limit * 4 // 5:
                    break
                os.unlink(path)
                total -= size


def _content_key(film: Path) -> str:
    """Identify a film by its length and by samples from its start, middle and end."""
    digest = hashlib.blake2b(digest_size=16)
    with os.fdopen(open_regular(film), "rb") as file:
        size = os.fstat(file.fileno()).st_size
        digest.update(str(size).encode())
        for at in {0, max(0, size // 2), max(0, size - _SAMPLE)}:
            file.seek(at)
            digest.update(file.read(_SAMPLE))
    return digest.hexdigest()


async def _make_elsewhere(film: Path, place: Path) -> None:
    """Make the strip of ``film`` at ``place`` in a child process. Raises CannotPlay, OSError."""
    maker = FilmProcess("wan_tui.media.posters", str(film), str(place))
    try:
        await asyncio.to_thread(maker.run)
    finally:
        maker.stop()


def _disk_trouble(error: OSError) -> str:
    return f"No stills of this film: {clean_line(error.strerror or str(error), 200)}."


def _make(film: str, place: str) -> None:
    with contextlib.suppress(AttributeError, OSError):
        os.nice(10)
    try:
        store(make(Path(film)), Path(place))
    except OSError as problem:
        raise CannotPlay(_disk_trouble(problem)) from None


if __name__ == "__main__":
    sys.exit(report_to_parent(lambda: _make(sys.argv[1], sys.argv[2])))
