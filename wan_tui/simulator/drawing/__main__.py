"""Draws one film: recipe as JSON on stdin, path of the MP4 as the argument."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from wan_tui.simulator.drawing.film import draw
from wan_tui.simulator.recipe import FilmRecipe

# Whoever waits for a key press goes first.
if hasattr(os, "nice"):
    os.nice(10)
draw(FilmRecipe(**json.load(sys.stdin)), Path(sys.argv[1]))
