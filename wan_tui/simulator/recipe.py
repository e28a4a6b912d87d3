"""All that a film is drawn from."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

from wan_tui.simulator.orders import Order

_EDITION = 1
"""Part of a film's key: raised when the same recipe is to be drawn anew."""

SIZES = {
    "16:9": (1280, 720),
    "9:16": (720, 1280),
    "1:1": (960, 960),
    "4:3": (1088, 832),
    "3:4": (832, 1088),
}
_DEFAULT_SIZE = SIZES["16:9"]


@dataclass(frozen=True)
class FilmRecipe:
    """All a film is drawn from: pixels, seconds, and the request's words and switches."""

    prompt: str
    negative_prompt: str
    seed: int
    width: int
    height: int
    seconds: float
    watermark: bool
    expand_prompt: bool
    model: str

    @property
    def key(self) -> str:
        """A name for the film's content."""
        text = json.dumps([_EDITION, asdict(self)], sort_keys=True)
        return hashlib.sha256(text.encode("ascii")).hexdigest()[:32]


def recipe_of(order: Order) -> FilmRecipe:
    """The recipe of an order's film."""
    body = order.body
    width, height = SIZES.get(str(body.get("aspect_ratio")), _DEFAULT_SIZE)
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
        model=order.model,
    )
