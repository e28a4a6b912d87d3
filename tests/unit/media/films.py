"""Small films made on the spot, sound and unsound."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.filter import Graph


def drawn(source: str, frames: int) -> Iterator[av.VideoFrame]:
    """Frames of one of FFmpeg's picture sources, such as ``testsrc2=s=320x180:r=30``, and filters after it."""
    graph = Graph()
    last: Any = None
    for part in source.split(","):
        name, _, options = part.partition("=")
        node = graph.add(name, options or None)
        if last is not None:
            last.link_to(node)
        last = node
    assert last is not None
    last.link_to(graph.add("buffersink"))
    graph.configure()
    for _ in range(frames):
        yield graph.vpull()


def write_film(
    path: Path,
    source: str = "testsrc2=s=320x180:r=30",
    frames: int = 30,
    rate: Fraction | int = 30,
    codec: str = "libx264",
    options: dict[str, str] | None = None,
    audio: bool = False,
) -> Path:
    """Write a film of ``source``; with ``audio``, of a silent track as well."""
    options = {"preset": "ultrafast"} if options is None else options
    with av.open(str(path), "w", options={"movflags": "+faststart"} if path.suffix == ".mp4" else {}) as out:
        video: Any = out.add_stream(codec, rate=rate, options=options)
        video.pix_fmt = "yuv420p"
        sound: Any = out.add_stream("aac", rate=44100) if audio else None
        for number, frame in enumerate(drawn(source, frames)):
            if number == 0:
                video.width, video.height = frame.width, frame.height
            picture = frame.reformat(format="yuv420p")
            picture.pts, picture.time_base = number, 1 / Fraction(rate)
            out.mux(video.encode(picture))
        out.mux(video.encode(None))
        if sound is not None:
            silence = av.AudioFrame(format="fltp", layout="stereo", samples=1024)
            for plane in silence.planes:
                plane.update(bytes(plane.buffer_size))
            silence.sample_rate, silence.pts = 44100, 0
            out.mux(sound.encode(silence))
            out.mux(sound.encode(None))
    return path
