"""Locates films by name in the films folders rather than by their recorded path.

A library may have been moved, copied or reached by another path since a film was saved. So the film's name and the
folder where it is found now count; the recorded path is used only if it is found nowhere.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from wan_tui.domain.job import Job
from wan_tui.library.films import FilmFolder

_LONGEST_NAME = 255


class FilmPlaces:
    """The films ``folders`` of a library, the one for new films first, and where each film was last seen.

    ``locate`` does not access the disk and is thread-safe; ``look`` reads the folders.
    """

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        self.folders = tuple(folders)
        self.sizes: dict[Path, dict[str, int]] = {}
        """Names and sizes in bytes of the films in each folder, from the last ``look``."""
        self._lock = threading.Lock()
        self._seen: dict[str, Path] = {}
        self._spellings = {os.path.normpath(folder): folder for folder in reversed(self.folders)}

    def look(self) -> None:
        """Read the folders. Blocks."""
        self.sizes = {folder: FilmFolder(folder).sizes() for folder in self.folders}
        self.learn(self.sizes)

    def learn(self, found: Mapping[Path, Collection[str]]) -> None:
        """Store the names ``found`` in the folders. Blocks, since it resolves the folders' real paths."""
        seen = {name: folder for folder in reversed(self.folders) for name in found.get(folder, ())}
        spellings = {os.path.realpath(folder): folder for folder in reversed(self.folders)}
        with self._lock:
            self._seen = seen
            self._spellings.update(spellings)

    def locate(self, job: Job) -> Job:
        """The job with its current ``film_path`` and ``film``, the name in its films folder."""
        if job.film_path is None and job.film is None:
            return job
        name = plain_name(job.film) or plain_name(_last_part(job.film_path or ""))
        place = self._place(name, job) if name else None
        if place is None:
            return job
        path = str(place)
        if path == job.film_path and name == job.film:
            return job
        return replace(job, film=name, film_path=path)

    def _place(self, name: str, job: Job) -> Path | None:
        with self._lock:
            folder = self._seen.get(name)
            if folder is None and job.film_path:
                folder = self._spellings.get(os.path.normpath(os.path.dirname(job.film_path)))
        if folder is None and not job.film_path and self.folders:
            folder = self.folders[0]
        return folder / name if folder is not None else None


def plain_name(name: str | None) -> str | None:
    """``name`` if it is a plain file name; None if it could lead to another folder."""
    odd = not name or name in (".", "..") or len(name) > _LONGEST_NAME or any(c in name for c in "/\\\0")
    return None if odd else name


def _last_part(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]
