"""Puts sky, layers and watermark together in an FFmpeg graph and encodes the film."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import cast

import av
import av.filter
from av.container import OutputContainer
from av.filter.context import FilterContext
from av.video.stream import VideoStream

from wan_tui.simulator.drawing.palettes import look
from wan_tui.simulator.drawing.scenes import Canvas, Layer, compose
from wan_tui.simulator.drawing.sky import Sky
from wan_tui.simulator.drawing.sound import SAMPLES_PER_SECOND, chord
from wan_tui.simulator.drawing.sprite import padded
from wan_tui.simulator.drawing.watermark import watermark
from wan_tui.simulator.recipe import FilmRecipe

FRAMES_PER_SECOND = 30
_TICK = Fraction(1, FRAMES_PER_SECOND)
# One thread: x264 gives other bytes for another number of them.
_ENCODER = {"preset": "superfast", "crf": "24", "threads": "1"}


def draw(recipe: FilmRecipe, path: Path) -> None:
    """Writes the film: H.264, yuv420p in BT.709, 30 frames a second, index first; AAC where it has a sound.

    The same recipe gives the same bytes with one build of FFmpeg. Raises `OSError`.
    """
    random = Random(_randomness(recipe))
    canvas = Canvas(recipe.width, recipe.height, recipe.seconds, random)
    sky, layers = compose(look(recipe.prompt, recipe.negative_prompt, random), canvas)
    if recipe.watermark:
        mark, gap = watermark(canvas.unit), round(24 * canvas.unit)
        layers.append(
            Layer(mark, str(canvas.width - mark.width - gap), str(canvas.height - mark.height - gap))
        )
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=FRAMES_PER_SECOND, options=_ENCODER)
        _describe(stream, recipe)
        sound = _Sound(container, recipe.seconds, random) if recipe.sound else None
        for number, frame in enumerate(_frames(sky, layers, canvas)):
            container.mux(stream.encode(frame))
            if sound is not None:
                sound.write_until(number * _TICK)
        container.mux(stream.encode(None))
        if sound is not None:
            sound.finish()


class _Sound:
    """The second stream, written alongside the pictures so that both lie close together in the file."""

    def __init__(self, container: OutputContainer, seconds: float, random: Random) -> None:
        self._container = container
        self._stream = container.add_stream("aac", rate=SAMPLES_PER_SECOND, layout="stereo")
        self._frames = chord(seconds, random)
        self._written = Fraction(0)

    def write_until(self, moment: Fraction | float) -> None:
        """Brings the sound up to a moment in seconds."""
        while self._written <= moment and (frame := next(self._frames, None)) is not None:
            self._written += Fraction(frame.samples, SAMPLES_PER_SECOND)
            self._container.mux(self._stream.encode(frame))

    def finish(self) -> None:
        """Writes the rest."""
        self.write_until(math.inf)
        self._container.mux(self._stream.encode(None))


def _randomness(recipe: FilmRecipe) -> str:
    """What one film's chances hang on; shape and watermark do not change the scene."""
    parts = [recipe.prompt, recipe.negative_prompt, recipe.seed, recipe.expand_prompt, recipe.model]
    return hashlib.sha256(json.dumps(parts).encode("ascii")).hexdigest()


def _describe(stream: VideoStream, recipe: FilmRecipe) -> None:
    stream.width, stream.height, stream.pix_fmt = recipe.width, recipe.height, "yuv420p"
    context = stream.codec_context
    # 1 is BT.709 for primaries, transfer and matrix alike, and the colour range is that of television.
    context.color_primaries = context.color_trc = context.colorspace = context.color_range = 1


def _frames(sky: Sky, layers: list[Layer], canvas: Canvas) -> Iterator[av.VideoFrame]:
    width, height = canvas.sky_size
    graph = av.filter.Graph()
    source = graph.add_buffer(width=width, height=height, format=av.VideoFormat("gbrp"), time_base=_TICK)
    picture = _chained(
        source,
        graph.add("scale", f"{canvas.width}:{canvas.height}:flags=bicubic:out_color_matrix=bt709"),
        graph.add("format", "yuv420p"),
    )
    sources = []
    for layer in layers:
        sprite = layer.sprite
        layer_source = graph.add_buffer(
            width=sprite.width, height=sprite.height, format=av.VideoFormat("yuva420p"), time_base=_TICK
        )
        overlay = graph.add("overlay", f"x='{layer.x}':y='{layer.y}':eof_action=repeat")
        picture.link_to(overlay, 0, 0)
        layer_source.link_to(overlay, 0, 1)
        picture = overlay
        sources.append(layer_source)
    sink = _chained(picture, graph.add("buffersink"))
    graph.configure()
    for layer, layer_source in zip(layers, sources, strict=True):
        frame = layer.sprite.frame()
        frame.pts, frame.time_base = 0, _TICK
        layer_source.push(frame)
        layer_source.push(None)
    for number in range(round(canvas.seconds * FRAMES_PER_SECOND)):
        source.push(_sky_frame(sky, number, width, height))
        made = cast(av.VideoFrame, sink.pull())
        made.pts, made.time_base = number, _TICK
        yield made


def _chained(first: FilterContext, *others: FilterContext) -> FilterContext:
    """Links filters in a row; gives the last one."""
    for other in others:
        first.link_to(other)
        first = other
    return first


def _sky_frame(sky: Sky, number: int, width: int, height: int) -> av.VideoFrame:
    frame = av.VideoFrame(width, height, "gbrp")
    red, green, blue = sky(number / FRAMES_PER_SECOND)
    for plane, values in zip(frame.planes, (green, blue, red), strict=True):
        plane.update(padded(values, width, plane.line_size))
    frame.pts, frame.time_base = number, _TICK
    return frame
