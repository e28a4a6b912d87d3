"""The animated background: a few thousand pixels a frame, smooth enough to be scaled up to the whole picture."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cache
from random import Random

from wan_tui.simulator.drawing.sprite import Colour, ramp

Planes = tuple[bytes, bytes, bytes]
Sky = Callable[[float], Planes]
"""Gives the red, green and blue plane at a time in seconds."""

CELL = 10
"""Pixels of the film per pixel of the sky, in each direction."""


def painted_sky(
    width: int,
    height: int,
    stops: tuple[Colour, ...],
    horizon: float,
    sun: tuple[float, float],
    random: Random,
) -> Sky:
    """A sky that runs through the stops down to the horizon (share of the height), lit around the sun, under slow
    veils. Below the horizon it is mirrored, darker.
    """
    table = ramp(stops, 256)
    shades = tuple(bytes(colour[channel] for colour in table) for channel in range(3))
    still = [
        _stillness(x / width, y / height, width / height, horizon, sun)
        for y in range(height)
        for x in range(width)
    ]
    waves = [_Wave(width, height, random, strength) for strength in (9.0, 6.0, 4.0)]

    def planes(seconds: float) -> Planes:
        values = still
        for wave in waves:
            values = wave.added_to(values, seconds)
        index = bytes([int(value) for value in values])
        return index.translate(shades[0]), index.translate(shades[1]), index.translate(shades[2])

    return planes


def _stillness(x: float, y: float, aspect: float, horizon: float, sun: tuple[float, float]) -> float:
    """Place on the colour table, 20 to 235, of a point given in shares of the picture."""
    mirrored = y > horizon
    if mirrored:
        y = horizon - (y - horizon) * 1.15
    distance = math.hypot((x - sun[0]) * aspect, y - sun[1])
    lit = 0.3 * math.exp(-((distance / 0.32) ** 2))
    depth: float = max(0.0, min(1.0, y / horizon)) ** 1.25
    value = 20 + 215 * min(1.0, 0.88 * depth + lit)
    return max(20.0, 0.72 * value) if mirrored else value


class _Wave:
    """A plane wave over the picture; the sum of angles is taken apart so that a frame costs few sines."""

    def __init__(self, width: int, height: int, random: Random, strength: float) -> None:
        across, down = random.uniform(1.0, 4.5), random.uniform(4.0, 11.0) * random.choice((-1, 1))
        start, self._speed = random.uniform(0, math.tau), random.uniform(0.25, 0.8)
        self._strength = strength
        self._across = [start + across * math.tau * x / width for x in range(width)]
        self._down = [(math.sin(a), math.cos(a)) for a in (down * y / height for y in range(height))]

    def added_to(self, values: list[float], seconds: float) -> list[float]:
        turn, strength = seconds * self._speed, self._strength
        sines = [(strength * math.sin(a + turn), strength * math.cos(a + turn)) for a in self._across]
        wave = (s * cos_y + c * sin_y for sin_y, cos_y in self._down for s, c in sines)
        return [value + added for value, added in zip(values, wave, strict=True)]


def aurora_sky(width: int, height: int, stops: tuple[Colour, ...], random: Random) -> Sky:
    """A night sky with curtains of light. A column is one of a few thousand prepared ones."""
    night = ramp(stops, height)
    low, high = random.choice(
        (((70, 255, 170), (150, 70, 255)), ((90, 255, 140), (255, 80, 160)), ((60, 230, 255), (120, 90, 255)))
    )
    beat = [(random.uniform(2, 6), random.uniform(0, math.tau), random.uniform(-0.5, 0.5)) for _ in range(3)]
    fold = [
        (k * random.uniform(0.8, 1.2), random.uniform(0, math.tau), random.uniform(-1.1, 1.1))
        for k in (11, 27, 58)
    ]

    @cache
    def column(foot: int, level: int) -> Planes:
        """Colours from the top: curtain of brightness `level` (0 to 63) that stands at row `foot`."""
        colours = []
        for y, colour in enumerate(night):
            above = (foot - y) / (0.66 * height)
            shine = level / 63 * (math.exp(-above * 1.7) * (1 - above) if 0 <= above < 1 else 0.0)
            if above < 0:
                shine = level / 63 * math.exp(-((above * 9) ** 2))
            tint = tuple(
                a + (b - a) * min(1.0, max(0.0, above) * 1.3) for a, b in zip(low, high, strict=True)
            )
            colours.append(
                [min(255, round(base + shine * light)) for base, light in zip(colour, tint, strict=True)]
            )
        red, green, blue = (bytes(colour[channel] for colour in colours) for channel in range(3))
        return red, green, blue

    def planes(seconds: float) -> Planes:
        columns = []
        for x in range(width):
            place = x / width
            foot = sum(math.sin(place * k + p + seconds * v) for k, p, v in beat) / 3
            light = sum(math.sin(place * k + p + seconds * v + 2.5 * foot) for k, p, v in fold) / 3
            broad = 0.5 + 0.5 * math.sin(place * beat[0][0] * 0.7 + beat[0][1] + seconds * 0.22)
            level = 63 * max(0.0, min(1.0, (0.5 + 0.75 * light) * (0.35 + 0.65 * broad)))
            columns.append(column(round(height * (0.6 + 0.2 * foot)), round(level)))
        red, green, blue = (b"".join(_rows(columns, channel, height)) for channel in range(3))
        return red, green, blue

    return planes


def _rows(columns: list[Planes], channel: int, height: int) -> Iterator[bytes]:
    """Columns laid side by side, as rows."""
    joined = b"".join(column[channel] for column in columns)
    for y in range(height):
        yield joined[y::height]
