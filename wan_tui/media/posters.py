"""Posters and filmstrips of saved films: made once, kept on disk by content.

They are made in a process of its own at low priority: a key press does not wait for it, its memory goes with
it, and no damaged film can take the program down or hang it.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import sys
from pathlib import Path

from wan_tui.domain.text import clean_line
from wan_tui.media.decode import CannotPlay
from wan_tui.media.filmstrip import Filmstrip, load, make, store

LIMIT = 128 << 20
"""Bytes on disk: about six hundred films."""

_SAMPLE = 64 << 10
_TIME_LIMIT = 30.0
_UNPLAYABLE = 3
_SUFFIX = ".stills"


class PosterShelf:
    """Filmstrips under ``folder``, at most ``limit`` bytes of them; one is made at a time."""

    def __init__(self, folder: Path, limit: int = LIMIT) -> None:
        self._folder = folder
        self._limit = limit
        self._one_at_a_time = asyncio.Semaphore()

    def cached(self, film: Path) -> Filmstrip | None:
        """The strip of ``film`` if it was made before. Blocks for some milliseconds."""
        try:
            kept = self._place(film)
            strip = load(kept)
            if strip is not None:
                # The ones looked at last are kept longest.
                os.utime(kept)
        except OSError:
            return None
        return strip

    async def strip(self, film: Path) -> Filmstrip:
        """The strip of ``film``, made now if need be (half a second). Raises CannotPlay.

        When cancelled, the making is cut short.
        """
        if (kept := await asyncio.to_thread(self.cached, film)) is not None:
            return kept
        async with self._one_at_a_time:
            try:
                place = await asyncio.to_thread(self._prepare, film)
                await _make_elsewhere(film, place)
            except OSError as error:
                reason = clean_line(error.strerror or str(error), 200)
                raise CannotPlay(f"No stills of this film: {reason}.") from None
            return await asyncio.to_thread(self._fetch, place)

    def _prepare(self, film: Path) -> Path:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._place(film)

    def _fetch(self, place: Path) -> Filmstrip:
        strip = load(place)
        self._prune()
        if strip is None:
            raise CannotPlay("No stills of this film could be made.")
        return strip

    def _place(self, film: Path) -> Path:
        return self._folder / (_content_key(film) + _SUFFIX)

    def _prune(self) -> None:
        """Remove what was not looked at for longest, down to four fifths of the limit."""
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
    """Name a film by its length and by samples from its start, middle and end."""
    digest = hashlib.blake2b(digest_size=16)
    with film.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        digest.update(str(size).encode())
        for at in {0, max(0, size // 2), max(0, size - _SAMPLE)}:
            file.seek(at)
            digest.update(file.read(_SAMPLE))
    return digest.hexdigest()


async def _make_elsewhere(film: Path, place: Path) -> None:
    """Have a process of our own make the strip of ``film`` at ``place``. Raises CannotPlay, OSError."""
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
    for name in ("PATH", "HOME", "LANG", "SYSTEMROOT", "LD_LIBRARY_PATH", "TMPDIR"):
        if name in os.environ:
            environment[name] = os.environ[name]
    maker = await asyncio.create_subprocess_exec(
        *_command(film, place),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )
    try:
        told, _ = await asyncio.wait_for(maker.communicate(), _TIME_LIMIT)
    except TimeoutError:
        raise CannotPlay("Reading this film takes too long.") from None
    finally:
        if maker.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                maker.kill()
            await maker.wait()
    if maker.returncode == _UNPLAYABLE:
        raise CannotPlay(clean_line(told[:2000].decode("utf-8", "replace"), 300))
    if maker.returncode:
        raise CannotPlay("Reading this film failed.")


def _command(film: Path, place: Path) -> list[str]:
    return [sys.executable, "-m", "wan_tui.media.posters", str(film.absolute()), str(place)]


def _main(film: str, place: str) -> int:
    with contextlib.suppress(AttributeError, OSError):
        os.nice(10)
    try:
        store(make(Path(film)), Path(place))
    except CannotPlay as problem:
        sys.stdout.buffer.write(problem.message.encode("utf-8", "replace"))
        return _UNPLAYABLE
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1], sys.argv[2]))
