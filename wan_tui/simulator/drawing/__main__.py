"""Draws one film: recipe as JSON on stdin, path of the MP4 as the argument. Prints errors on stdout."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from wan_tui.simulator.drawing.film import draw
from wan_tui.simulator.recipe import FilmRecipe


def _main(path: str) -> int:
    # Whoever waits for a key press goes first.
    if hasattr(os, "nice"):
        os.nice(10)
    try:
        draw(FilmRecipe(**json.load(sys.stdin)), Path(path))
    except Exception as error:
        print(f"{type(error).__name__}: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1]))
