"""The kinds of scene: which sky, which layers over it and how each layer moves."""

from __future__ import annotations

import colorsys
import math
from dataclasses import dataclass
from random import Random

from wan_tui.simulator.drawing import lands
from wan_tui.simulator.drawing.palettes import Look, ScenePalette
from wan_tui.simulator.drawing.sky import CELL, Sky, aurora_sky, painted_sky
from wan_tui.simulator.drawing.sprite import Sprite, glow, mix


@dataclass(frozen=True)
class Layer:
    """A sprite and where its top left corner is: FFmpeg expressions in `t`, seconds."""

    sprite: Sprite
    x: str
    y: str


@dataclass(frozen=True)
class Canvas:
    """Pixels and seconds of the film, and the film's own randomness."""

    width: int
    height: int
    seconds: float
    random: Random

    @property
    def unit(self) -> float:
        """One at 720 pixels on the short side."""
        return min(self.width, self.height) / 720

    @property
    def sky_size(self) -> tuple[int, int]:
        """Pixels of the small sky."""
        return math.ceil(self.width / CELL), math.ceil(self.height / CELL)


def compose(look: Look, canvas: Canvas) -> tuple[Sky, list[Layer]]:
    """The sky and the layers of a look, farthest first."""
    sky, layers = _SCENES[look.scene](look.palette, canvas)
    if look.snowing:
        layers += [_snow(canvas, near) for near in (False, True)]
    return sky, layers


def _painted(palette: ScenePalette, canvas: Canvas, horizon: float) -> tuple[Sky, list[Layer]]:
    """A painted sky with its sun or moon, and stars when it is dark."""
    random = canvas.random
    sun = (random.uniform(0.22, 0.78), horizon * random.uniform(0.38, 0.8))
    sky = painted_sky(*canvas.sky_size, palette.sky, horizon, sun, random)
    layers = [_stars(canvas, horizon)] if palette.dark else []
    radius = round(random.uniform(34, 62) * canvas.unit)
    halo, disc = glow(radius * 4, palette.light, 0.32), glow(radius, palette.light, 0.96, edge=0.06)
    climb = random.choice((-1, 1)) * 5 * canvas.unit
    for sprite in (halo, disc):
        left = sun[0] * canvas.width - sprite.width / 2
        top = sun[1] * canvas.height - sprite.height / 2
        layers.append(Layer(sprite, f"{left:.1f}", f"{top:.1f}+{climb:.2f}*t"))
    return sky, layers


def _stars(canvas: Canvas, horizon: float) -> Layer:
    random, height = canvas.random, round(canvas.height * horizon)
    sprite = Sprite(canvas.width + 40, height, (255, 250, 240))
    for _ in range(canvas.width * height // 3600):
        radius = random.choice((1.0, 1.2, 1.2, 1.6, 2.3)) * canvas.unit + 0.4
        x, y = random.uniform(0, sprite.width), height * random.random() ** 1.4
        sprite.blot(x, y, radius, radius, random.uniform(0.3, 1.0), 0.9)
    return Layer(sprite, "-4*t", "0")


def _drifting(canvas: Canvas, speed: float) -> tuple[int, str]:
    """Width of a layer that drifts left at so many pixels a second, and its x."""
    speed = round(speed * canvas.unit / 30) * 30
    return canvas.width + math.ceil(speed * canvas.seconds) + 2, f"-{speed}*t"


def _land_layers(palette: ScenePalette, canvas: Canvas, kind: str, horizon: float, count: int) -> list[Layer]:
    """Land in depth: farther is higher, paler, calmer and slower."""
    near, far = palette.land
    layers = []
    for index in range(count):
        closeness = index / (count - 1)
        width, x = _drifting(canvas, (0, 30, 60, 90)[min(3, index)])
        top = round(canvas.height * (horizon - 0.1 + (0.86 - horizon) * closeness**1.2))
        colour = mix(far, near, closeness)
        mist = mix(colour, palette.sky[-1], 0.42 * (1 - closeness) + 0.06)
        sprite = lands.land(
            kind,
            width,
            canvas.height - top,
            (colour, mist),
            palette.light,
            closeness,
            canvas.unit,
            canvas.random,
        )
        # On an even row: chroma has half the rows, and an odd one would leave a gap at the bottom.
        layers.append(Layer(sprite, x, str(canvas.height - sprite.height + sprite.height % 2)))
    return layers


def _ridges(palette: ScenePalette, canvas: Canvas) -> tuple[Sky, list[Layer]]:
    sky, layers = _painted(palette, canvas, 0.72)
    return sky, layers + _land_layers(palette, canvas, "ridges", 0.62, 4)


def _dunes(palette: ScenePalette, canvas: Canvas) -> tuple[Sky, list[Layer]]:
    sky, layers = _painted(palette, canvas, 0.66)
    return sky, layers + _land_layers(palette, canvas, "dunes", 0.62, 4)


def _firs(palette: ScenePalette, canvas: Canvas) -> tuple[Sky, list[Layer]]:
    sky, layers = _painted(palette, canvas, 0.78)
    layers += _land_layers(palette, canvas, "firs", 0.62, 4)
    return sky, layers + (_fireflies(palette, canvas) if palette.dark else [])


def _city(palette: ScenePalette, canvas: Canvas) -> tuple[Sky, list[Layer]]:
    sky, layers = _painted(palette, canvas, 0.8)
    return sky, layers + _land_layers(palette, canvas, "city", 0.56, 3)


def _aurora(palette: ScenePalette, canvas: Canvas) -> tuple[Sky, list[Layer]]:
    sky = aurora_sky(*canvas.sky_size, palette.sky[:4], canvas.random)
    return sky, [_stars(canvas, 0.7), *_land_layers(palette, canvas, "firs", 0.74, 3)]


def _sea(palette: ScenePalette, canvas: Canvas) -> tuple[Sky, list[Layer]]:
    horizon = 0.56
    sky, layers = _painted(palette, canvas, horizon)
    sun = float(layers[-1].x) + layers[-1].sprite.width / 2
    top = round(canvas.height * horizon)
    for drift in (-30, 30):
        room = math.ceil(abs(drift) * canvas.seconds)
        sprite = lands.glints(
            canvas.width + room,
            canvas.height - top,
            sun + (room if drift < 0 else 0) / 2,
            palette.light,
            canvas.unit,
            canvas.random,
        )
        layers.append(Layer(sprite, f"{-room if drift > 0 else 0}+{drift}*t", str(top)))
    return sky, layers


def _orbs(palette: ScenePalette, canvas: Canvas) -> tuple[Sky, list[Layer]]:
    random, layers = canvas.random, list[Layer]()
    sky = painted_sky(*canvas.sky_size, palette.sky, 1.2, (random.random(), random.uniform(0.3, 0.9)), random)
    hue = random.random()
    for index in range(24):
        radius = round(canvas.unit * random.uniform(24, 60 + 60 * (index % 3)))
        own = colorsys.hls_to_rgb((hue + random.uniform(-0.16, 0.16)) % 1, 0.62, 0.85)
        red, green, blue = (round(255 * value) for value in own)
        colour = mix((red, green, blue), palette.light, random.uniform(0.0, 0.6))
        sprite = glow(radius, colour, random.uniform(0.25, 0.62), random.choice((0.1, 0.4, 1.0)))
        layers.append(_wandering(sprite, canvas, random.uniform(0.08, 0.22)))
    return sky, layers


def _fireflies(palette: ScenePalette, canvas: Canvas) -> list[Layer]:
    sprite = glow(round(9 * canvas.unit), mix(palette.light, (255, 240, 120), 0.6), 1.0)
    return [_wandering(sprite, canvas, 0.12, 0.72) for _ in range(9)]


def _wandering(sprite: Sprite, canvas: Canvas, reach: float, height: float | None = None) -> Layer:
    """A layer that swings around a place of its own; `reach` is a share of the picture."""
    random = canvas.random
    cx = random.uniform(0.05, 0.95) * canvas.width - sprite.width / 2
    cy = (
        random.random() if height is None else random.gauss(height, 0.08)
    ) * canvas.height - sprite.height / 2
    turns = [(random.uniform(0.25, 0.9), random.uniform(0, math.tau)) for _ in range(2)]
    (vx, px), (vy, py) = turns
    return Layer(
        sprite,
        f"{cx:.1f}+{reach * canvas.width:.1f}*sin({vx:.3f}*t+{px:.3f})",
        f"{cy:.1f}+{reach * canvas.height * 0.6:.1f}*sin({vy:.3f}*t+{py:.3f})",
    )


def _snow(canvas: Canvas, near: bool) -> Layer:
    speed = round((120 if near else 60) * canvas.unit)
    height = canvas.height + math.ceil(speed * canvas.seconds)
    sprite, random = Sprite(canvas.width + 60, height, (255, 255, 255)), canvas.random
    for _ in range(height // (9 if near else 4)):
        radius = canvas.unit * (random.uniform(2.5, 5.5) if near else random.uniform(1.2, 2.4))
        place = (random.uniform(0, sprite.width), random.uniform(0, height))
        sprite.blot(*place, radius, radius, random.uniform(0.5, 0.9), 0.9)
    return Layer(sprite, "-30+24*sin(0.9*t)", f"{canvas.height - height}+{speed}*t")


_SCENES = {
    "aurora": _aurora,
    "city": _city,
    "dunes": _dunes,
    "firs": _firs,
    "orbs": _orbs,
    "ridges": _ridges,
    "sea": _sea,
}
