"""Draws one film. Run as a program, it reads a recipe from stdin and writes the MP4 to the path it is given."""

from __future__ import annotations

import json
import sys
from fractions import Fraction
from pathlib import Path

import av

from wan_tui.simulator.films import FilmRecipe


def draw(recipe: FilmRecipe, path: Path) -> None:
    """Writes the film: H.264 yuv420p, 30 frames a second, index first. Raises `OSError`."""
    container = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
    stream = container.add_stream("libx264", rate=30, options={"preset": "ultrafast", "crf": "28"})
    stream.width, stream.height, stream.pix_fmt = recipe.width, recipe.height, "yuv420p"
    graph = av.filter.Graph()
    source = graph.add(
        "gradients",
        f"s={recipe.width}x{recipe.height}:r=30:duration={recipe.seconds}:n=4:speed=0.01:seed={recipe.seed}",
    )
    shape = graph.add("format", "yuv420p")
    sink = graph.add("buffersink")
    source.link_to(shape)
    shape.link_to(sink)
    graph.configure()
    for number in range(round(recipe.seconds * 30)):
        frame = graph.pull()
        frame.pts, frame.time_base = number, Fraction(1, 30)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
    container.close()


if __name__ == "__main__":
    draw(FilmRecipe(**json.load(sys.stdin)), Path(sys.argv[1]))
