"""Decodes the first picture of a film in a child process: ``python -m wan_tui.media.decode_check FILM``."""

from __future__ import annotations

import sys
from pathlib import Path

from wan_tui.media.decode import FilmReader
from wan_tui.media.film_process import report_to_parent


def _look(film: str) -> None:
    reader = FilmReader(Path(film))
    reader.read()
    reader.close()


if __name__ == "__main__":
    sys.exit(report_to_parent(lambda: _look(sys.argv[1])))
