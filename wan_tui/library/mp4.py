"""Checks that a file on disk is a complete MP4, with ``domain.mp4_layout``."""

from __future__ import annotations

import os
from pathlib import Path

from wan_tui.domain.mp4_layout import Layout, examine
from wan_tui.library import disk


def inspect(path: Path) -> Layout:
    """Check the file at ``path``. Raises NotAFilm with the reason, or OSError."""
    fd = disk.open_file(path, os.O_RDONLY)
    try:
        return examine(lambda offset, size: disk.read_at(fd, size, offset), disk.size(fd))
    finally:
        disk.close(fd)
