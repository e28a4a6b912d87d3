"""Colours and kind of scene from the words of a prompt."""

from __future__ import annotations

import colorsys
import hashlib
import re
from dataclasses import dataclass, replace
from random import Random

from wan_tui.simulator.drawing.sprite import Colour

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class ScenePalette:
    """`sky` from zenith to horizon, `land` from near to far, `light` of sun, moon and lamps; `dark` shows stars."""

    sky: tuple[Colour, ...]
    land: tuple[Colour, Colour]
    light: Colour
    dark: bool = False


_PALETTES = {
    "sunset": ScenePalette(
        ((38, 28, 84), (112, 48, 110), (222, 96, 92), (252, 166, 84), (255, 222, 150)),
        ((30, 18, 48), (158, 78, 104)),
        (255, 236, 190),
    ),
    "dawn": ScenePalette(
        ((72, 98, 160), (136, 146, 200), (226, 178, 196), (252, 210, 180), (255, 240, 214)),
        ((44, 56, 92), (172, 156, 190)),
        (255, 248, 226),
    ),
    "day": ScenePalette(
        ((44, 112, 190), (92, 158, 220), (156, 204, 238), (206, 230, 244), (240, 246, 246)),
        ((28, 70, 84), (132, 174, 190)),
        (255, 252, 232),
    ),
    "night": ScenePalette(
        ((6, 8, 26), (10, 18, 52), (20, 36, 84), (40, 64, 116), (82, 108, 156)),
        ((4, 7, 18), (34, 54, 96)),
        (236, 240, 255),
        dark=True,
    ),
    "forest": ScenePalette(
        ((44, 92, 98), (92, 144, 126), (168, 194, 150), (222, 226, 178), (246, 240, 206)),
        ((10, 34, 30), (104, 148, 122)),
        (255, 248, 214),
    ),
    "desert": ScenePalette(
        ((74, 110, 158), (150, 164, 186), (232, 190, 150), (248, 208, 150), (255, 232, 190)),
        ((128, 62, 34), (226, 164, 104)),
        (255, 250, 224),
    ),
    "snow": ScenePalette(
        ((52, 84, 132), (108, 142, 184), (172, 196, 220), (216, 226, 238), (244, 244, 248)),
        ((46, 66, 100), (180, 198, 220)),
        (255, 255, 248),
    ),
    "neon": ScenePalette(
        ((12, 6, 36), (44, 14, 84), (124, 24, 132), (232, 60, 140), (255, 138, 130)),
        ((8, 6, 24), (92, 30, 112)),
        (120, 246, 255),
        dark=True,
    ),
    "ember": ScenePalette(
        ((22, 6, 12), (70, 12, 22), (152, 34, 24), (232, 92, 30), (255, 186, 84)),
        ((14, 5, 8), (106, 30, 26)),
        (255, 214, 130),
        dark=True,
    ),
}

_MOOD_WORDS = {
    "night": "night midnight dark moon moonlit star stars starry galaxy space cosmos aurora milky owl dream",
    "sunset": "sunset dusk evening golden twilight autumn fall orange romantic",
    "dawn": "dawn sunrise morning spring blossom pink pastel mist misty fog",
    "neon": "neon cyberpunk tokyo robot future futuristic synthwave disco club electric",
    "ember": "fire lava volcano dragon ember inferno hell burning flame flames menacing",
    "forest": "green jungle meadow garden leaf leaves moss",
    "desert": "mars warm sandy",
    "snow": "snow snowy snowing winter ice icy glacier frozen arctic penguin blizzard",
    "day": "day noon summer sunny cloud clouds blue",
}
_SCENE_WORDS = {
    "aurora": "aurora borealis northern star stars starry galaxy space cosmos arctic",
    "sea": "sea ocean beach wave waves boat ship lake river island shark whale water surf harbour harbor",
    "city": "city street tokyo skyline building buildings neon cyberpunk robot car night traffic town",
    "dunes": "desert dune dunes sand sahara camel canyon mars pyramid",
    "firs": "forest tree trees wood woods jungle fox deer wolf bear winter snow snowy owl",
    "ridges": "mountain mountains hill hills valley dragon eagle volcano lava glacier horse cliff sky bird",
    "orbs": "abstract dream light lights magic party particle particles glow flower jellyfish bokeh",
}
_USUAL_MOODS = {
    "aurora": ("night",),
    "sea": ("day", "sunset", "dawn"),
    "city": ("neon", "night", "sunset"),
    "dunes": ("desert", "sunset"),
    "firs": ("forest", "forest", "dawn"),
    "ridges": ("dawn", "sunset", "day", "night"),
    "orbs": ("neon", "ember", "night", "sunset", "forest"),
}
_SCENES_FOR_ANYTHING = ("orbs", "ridges", "sea", "dunes", "firs", "city")


@dataclass(frozen=True)
class Look:
    """What a film looks like: the kind of scene and its colours."""

    scene: str
    palette: ScenePalette
    snowing: bool


def look(prompt: str, negative_prompt: str, random: Random) -> Look:
    """The look for a prompt. Words of the negative prompt are not listened to; `random` turns the hues a little."""
    avoided = set(_words(negative_prompt))
    words = [word for word in _words(prompt) if word not in avoided]
    scene = _named_by(words, _SCENE_WORDS) or _by_chance(prompt, _SCENES_FOR_ANYTHING)
    mood = _named_by(words, _MOOD_WORDS) or random.choice(_USUAL_MOODS[scene])
    return Look(scene, _turned(_PALETTES[mood], random), snowing=mood == "snow")


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _named_by(words: list[str], table: dict[str, str]) -> str | None:
    """The entry with the most words said; of several, the one said first."""
    scores = {name: sum(word in said.split() for word in words) for name, said in table.items()}
    best = max(scores.values())
    if best == 0:
        return None
    leading = [name for name, score in scores.items() if score == best]
    return min(
        leading, key=lambda name: next(i for i, word in enumerate(words) if word in table[name].split())
    )


def _by_chance(prompt: str, names: tuple[str, ...]) -> str:
    digest = hashlib.sha256(prompt.encode("utf-8", "surrogatepass")).digest()
    return names[digest[0] % len(names)]


def _turned(palette: ScenePalette, random: Random) -> ScenePalette:
    turn, lightness = random.uniform(-0.045, 0.045), random.uniform(0.9, 1.08)

    def changed(colour: Colour) -> Colour:
        hue, light, saturation = colorsys.rgb_to_hls(*(value / 255 for value in colour))
        red, green, blue = colorsys.hls_to_rgb((hue + turn) % 1, min(1.0, light * lightness), saturation)
        return round(red * 255), round(green * 255), round(blue * 255)

    near, far = palette.land
    return replace(
        palette, sky=tuple(changed(colour) for colour in palette.sky), land=(changed(near), changed(far))
    )
