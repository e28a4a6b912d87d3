"""The input of drawing a film."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from wan_tui.simulator.catalog import VendorModel
from wan_tui.simulator.orders import Order

_EDITION = 1
"""Part of a film's key; increase it to redraw the same recipes."""

SIZES = {
    "480": {"16:9": (832, 480), "9:16": (480, 832), "1:1": (624, 624), "4:3": (720, 544), "3:4": (544, 720)},
    "720": {
        "16:9": (1280, 720),
        "9:16": (720, 1280),
        "1:1": (960, 960),
        "4:3": (1088, 832),
        "3:4": (832, 1088),
    },
    "1080": {
        "16:9": (1920, 1080),
        "9:16": (1080, 1920),
        "1:1": (1440, 1440),
        "4:3": (1632, 1248),
        "3:4": (1248, 1632),
    },
}
"""Width and height by resolution and aspect ratio, from the vendor's documentation of the models."""


@dataclass(frozen=True)
class FilmRecipe:
    """The input of drawing a film: pixels, seconds, and the request's texts and switches."""

    prompt: str
    negative_prompt: str
    seed: int
    width: int
    height: int
    seconds: float
    watermark: bool
    expand_prompt: bool
    model: str
    sound: bool = False

    @property
    def key(self) -> str:
        """A name for the film's content."""
        text = json.dumps([_EDITION, asdict(self)], sort_keys=True)
        return hashlib.sha256(text.encode("ascii")).hexdigest()[:32]


def recipe_of(order: Order, model: VendorModel | None) -> FilmRecipe:
    """The recipe of an order's film; `model` is None when an old order's model is no longer served."""
    body = order.body
    resolution = str(model.value(body, "resolution")) if model else ""
    ratio = str(model.value(body, "aspect_ratio")) if model else ""
    sizes = SIZES.get(resolution.lower().removesuffix("p"), SIZES["720"])
    width, height = sizes.get(ratio, sizes["16:9"])
    expand = body.get("enable_prompt_expansion", body.get("enhance_prompt", True))
    return FilmRecipe(
        prompt=str(body["prompt"]),
        negative_prompt=str(body.get("negative_prompt", "")),
        seed=order.seed,
        width=width,
        height=height,
        seconds=order.seconds,
        watermark=bool(body.get("watermark", False)),
        expand_prompt=bool(expand),
        model=model.id if model else order.model,
        sound=model is not None and model.sound and _is_heard(body),
    )


def _is_heard(body: Mapping[str, object]) -> bool:
    """`generate_audio` only matters if the order has no sound of its own."""
    return "audio_url" in body or body.get("generate_audio", True) is not False
