"""Is a file on disk a whole MP4 film? ``domain.mp4_layout`` judges; this opens the file."""

from __future__ import annotations

import os
from pathlib import Path

from wan_tui.domain.mp4_layout import Layout, examine
from wan_tui.library import disk


def inspect(path: Path) -> Layout:
    """Check the whole file at ``path``. Raises NotAFilm with a sentence saying what is wrong, or OSError."""
    fd = disk.open_file(path, os.O_RDONLY)
    try:
        return examine(lambda offset, size: disk.read_at(fd, size, offset), disk.size(fd))
    finally:
        disk.close(fd)
