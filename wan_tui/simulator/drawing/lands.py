"""What stands at the bottom of a picture: hills, dunes, firs, houses, and light on water."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

from wan_tui.simulator.drawing.sprite import Colour, Sprite, mix, ridge


def land(
    kind: str,
    width: int,
    height: int,
    colours: tuple[Colour, Colour],
    light: Colour,
    closeness: float,
    unit: float,
    random: Random,
) -> Sprite:
    """A strip of land; `closeness` 0 for the farthest and 1 for the nearest, `colours` at the crest and far below.

    Firs make it taller than `height`.
    """
    if kind == "city":
        return _houses(width, height, colours, light, closeness, unit, random)
    room = height * (0.42 if kind == "ridges" else 0.3)
    waves = _waves(random, width, unit, 5 if kind == "ridges" else 2)
    crest = _sum_of(waves, room)
    if kind == "firs":
        tallest = (26 + 90 * closeness**1.5) * unit
        height += round(tallest * 1.3)
        crest = _with_firs(crest, width, tallest, random)
    if kind == "dunes":
        return _lit_dunes(width, height, crest, colours, light, span=round(50 * unit))
    return ridge(width, height, crest, colours)


def _waves(random: Random, width: int, unit: float, octaves: int) -> list[tuple[float, float, float]]:
    length = random.uniform(620, 1100) * unit
    return [
        (0.5**octave, math.tau / length * 2.1**octave, random.uniform(0, math.tau))
        for octave in range(octaves)
    ]


def _sum_of(waves: list[tuple[float, float, float]], room: float) -> Callable[[int], float]:
    total = sum(strength for strength, _, _ in waves)

    def crest(x: int) -> float:
        # The fold of the sine makes peaks where hills alone would roll.
        height = sum(s * (1 - abs(math.sin(k * x / 2 + p))) for s, k, p in waves) / total
        return room * (1 - height)

    return crest


def _with_firs(
    ground: Callable[[int], float], width: int, tallest: float, random: Random
) -> Callable[[int], float]:
    tops = [ground(x) + 1.3 * tallest for x in range(width)]
    x = 0.0
    while x < width:
        height = tallest * random.uniform(0.55, 1.25)
        half = height * random.uniform(0.17, 0.24)
        for column in range(max(0, int(x - half)), min(width, int(x + half) + 1)):
            away = min(1.0, abs(column - x) / half)
            tier = 0.16 * ((away * 4.0) % 1.0)
            rise = height * max(0.0, (1 - away) ** 1.25 + tier * (1 - away))
            tops[column] = min(tops[column], ground(int(x)) + 1.3 * tallest - rise)
        x += half * random.uniform(0.5, 1.9)
    return lambda column: tops[column]


def _lit_dunes(
    width: int,
    height: int,
    crest: Callable[[int], float],
    colours: tuple[Colour, Colour],
    light: Colour,
    span: int,
) -> Sprite:
    """Dunes: the slope towards the sun is bright, the one behind the crest dark; rounded over `span` pixels."""
    sprite = Sprite(width, height, colours[0])
    lit, shade = mix(colours[0], light, 0.42), mix(colours[0], (20, 8, 20), 0.34)
    ground = mix(colours[0], colours[1], 0.5)
    shades = [
        ridge(1, height, lambda _: 0.0, (mix(shade, lit, step / 31), ground, *(colours[1],) * 4))
        for step in range(32)
    ]
    for x in range(width):
        slope = (crest(x + span) - crest(x - span)) / (2 * span)
        step = max(0, min(31, round(15.5 - slope * 26)))
        red, green, blue = (bytes(plane) for plane in shades[step].planes)
        sprite.column(x, crest(x), (red, green, blue))
    return sprite


def _houses(
    width: int,
    height: int,
    colours: tuple[Colour, Colour],
    light: Colour,
    closeness: float,
    unit: float,
    random: Random,
) -> Sprite:
    """A skyline with lit windows."""
    tops = [float(height)] * (width + 1)
    houses: list[tuple[int, int, int]] = []
    x = -10
    while x < width:
        wide = round(random.uniform(46, 104) * unit * (0.65 + 0.6 * closeness))
        top = round(height * random.uniform(0.0, 0.55))
        houses.append((x, wide, top))
        for column in range(max(0, x), min(width, x + wide)):
            tops[column] = top
        x += wide + random.choice((0, 0, round(6 * unit)))
    sprite = ridge(width, height, lambda column: tops[column], colours)
    pitch, pane = (
        max(6, round(13 * unit * (0.7 + 0.5 * closeness))),
        max(3, round(6 * unit * (0.7 + 0.5 * closeness))),
    )
    for left, wide, top in houses:
        warm = mix(light, random.choice(((255, 214, 130), (255, 180, 120), (150, 220, 255))), 0.7)
        for wx in range(left + pitch // 2, left + wide - pane, pitch):
            for wy in range(top + pitch, height, round(pitch * 1.3)):
                if random.random() < 0.3 + 0.12 * closeness:
                    sprite.box(
                        wx, wy, pane, round(pane * 1.4), mix(colours[0], warm, random.uniform(0.35, 1.0))
                    )
    return sprite


def glints(width: int, height: int, sun: float, light: Colour, unit: float, random: Random) -> Sprite:
    """Light on water: streaks that grow towards the viewer and gather under the sun at pixel `sun`."""
    sprite = Sprite(width, height, light)
    for _ in range(300):
        depth = random.random() ** 1.6
        spread = width * (0.06 + 0.22 * depth) if random.random() < 0.72 else width * 0.6
        x, y = random.gauss(sun, spread), 4 + depth * (height - 8)
        rx, ry = unit * (10 + 58 * depth) * random.uniform(0.5, 1.3), unit * (1.1 + 3.4 * depth)
        near_sun = math.exp(-(((x - sun) / (width * 0.3)) ** 2))
        sprite.blot(x, y, rx, ry, random.uniform(0.10, 0.3) + 0.5 * near_sun * (1 - 0.5 * depth), 0.9)
    return sprite
