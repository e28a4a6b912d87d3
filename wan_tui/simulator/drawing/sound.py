"""The sound of a film that has one: a quiet chord that comes and goes."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import cast

import av
import av.filter

SAMPLES_PER_SECOND = 44_100
_AT_ONCE = 1024
"""Samples in a frame, as AAC wants them."""

_ROOTS = (110.0, 130.81, 146.83, 164.81, 196.0, 220.0)


def chord(seconds: float, random: Random) -> Iterator[av.AudioFrame]:
    """The frames of the sound, in stereo."""
    root = random.choice(_ROOTS)
    wave = "+".join(f"0.06*sin(2*PI*t*{root * step:.2f})" for step in (1.0, 1.25, 1.5))
    graph = av.filter.Graph()
    source = graph.add(
        "aevalsrc",
        f"({wave})*(0.6+0.4*sin(PI*t/2)):sample_rate={SAMPLES_PER_SECOND}:duration={seconds}",
    )
    shape = graph.add("aformat", "sample_fmts=fltp:channel_layouts=stereo")
    parts, sink = graph.add("asetnsamples", f"n={_AT_ONCE}:p=0"), graph.add("abuffersink")
    source.link_to(shape)
    shape.link_to(parts)
    parts.link_to(sink)
    graph.configure()
    while True:
        try:
            yield cast(av.AudioFrame, sink.pull())
        except av.EOFError:
            return
