"""The Wan text-to-video models as the vendor's OpenAPI files describe them.

Read from those files and from nothing of the client, so that client and simulator check each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

CREDITS_PER_USD = 2_000_000
VENDOR_PATH = "/v2/generate/video/alibaba/generation"
UNIVERSAL_PATH = "/v2/video/generations"
DIALECT_PATHS = (VENDOR_PATH, UNIVERSAL_PATH)

_FIVE_RATIOS = ("16:9", "9:16", "1:1", "4:3", "3:4")


@dataclass(frozen=True)
class Field:
    """One property of a request body: JSON type, and the values it may take when they are listed or bounded."""

    name: str
    type: str
    choices: tuple[str | int, ...] = ()
    limits: tuple[int, int] | None = None
    required: bool = False


@dataclass(frozen=True)
class VendorModel:
    """A model: its price in US dollars for one film and the body fields of the universal dialect.

    `paths` names the endpoints that serve it.
    """

    id: str
    name: str
    usd: float
    fields: tuple[Field, ...]
    paths: tuple[str, ...] = (UNIVERSAL_PATH,)

    def fields_on(self, path: str) -> tuple[Field, ...]:
        """The body fields on one endpoint: the vendor path has its own name for prompt expansion."""
        if path != VENDOR_PATH:
            return self.fields
        return tuple(
            replace(item, name="enable_prompt_expansion") if item.name == "enhance_prompt" else item
            for item in self.fields
        )


def _fields(
    resolutions: tuple[str, ...], *extra: Field, ratios: tuple[str, ...] = _FIVE_RATIOS
) -> tuple[Field, ...]:
    return (
        Field("model", "string", required=True),
        Field("prompt", "string", required=True),
        Field("resolution", "string", resolutions),
        Field("aspect_ratio", "string", ratios),
        Field("negative_prompt", "string"),
        # The range is the upstream one; the OpenAPI files only say integer.
        Field("seed", "integer", limits=(0, 2_147_483_647)),
        Field("enhance_prompt", "boolean"),
        *extra,
    )


_WATERMARK = Field("watermark", "boolean")
_SHOTS_AND_SOUND = (
    Field("duration", "integer", (5, 10, 15)),
    Field("audio_url", "uri"),
    Field("shot_type", "string", ("single", "multi")),
    Field("generate_audio", "boolean"),
)

_MODELS = (
    VendorModel(
        "alibaba/wan2.1-t2v-plus", "Wan 2.1 Plus", 0.525, _fields(("720P",), _WATERMARK), DIALECT_PATHS
    ),
    VendorModel("alibaba/wan2.1-t2v-turbo", "Wan 2.1 Turbo", 0.189, _fields(("480P", "720P"), _WATERMARK)),
    VendorModel("alibaba/wan2.2-t2v-plus", "Wan 2.2 Plus", 0.525, _fields(("480P", "1080P"), _WATERMARK)),
    VendorModel(
        "alibaba/wan2.5-t2v-preview",
        "Wan 2.5 Preview",
        0.788,
        _fields(
            ("480p", "720p", "1080p"), Field("duration", "integer", (5, 10)), ratios=("16:9", "9:16", "1:1")
        ),
    ),
    VendorModel("alibaba/wan-2-6-t2v", "Wan 2.6", 0.788, _fields(("720p", "1080p"), *_SHOTS_AND_SOUND)),
    VendorModel("alibaba/wan-2-7-t2v", "Wan 2.7", 0.788, _fields(("720p", "1080p"), *_SHOTS_AND_SOUND)),
)

CATALOG: Mapping[str, VendorModel] = {model.id: model for model in _MODELS}
