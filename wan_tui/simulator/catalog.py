"""The Wan text-to-video models as the vendor's OpenAPI files describe them, with the prices its samples show.

Independent of the client's own table, so that client and simulator check each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

CREDITS_PER_USD = 2_000_000
VENDOR_PATH = "/v2/generate/video/alibaba/generation"
UNIVERSAL_PATH = "/v2/video/generations"
DIALECT_PATHS = (VENDOR_PATH, UNIVERSAL_PATH)

_FIVE_RATIOS = ("16:9", "9:16", "1:1", "4:3", "3:4")

Scalar = str | int | bool


@dataclass(frozen=True)
class SchemaField:
    """One property of a request body: JSON type, and its choices or limits, if any.

    `default`: the service's value if the field is missing; None: none, or unknown.
    """

    name: str
    type: str
    choices: tuple[str | int, ...] = ()
    limits: tuple[int, int] | None = None
    required: bool = False
    default: Scalar | None = None


@dataclass(frozen=True)
class VendorModel:
    """A model: its price in US dollars and the body fields of the universal dialect.

    `usd`: price per `unit`, a video or a second; a mapping has one per resolution.
    `paths`: the endpoints that serve it; `aliases`: its other names. `sound`: its films may have sound.
    `has_usd`: the usage in its answers includes dollars.
    """

    id: str
    name: str
    usd: float | Mapping[str, float]
    fields: tuple[SchemaField, ...]
    paths: tuple[str, ...] = (UNIVERSAL_PATH,)
    aliases: tuple[str, ...] = ()
    unit: str = "video"
    sound: bool = False
    has_usd: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Every name it can be ordered by."""
        return (self.id, *self.aliases)

    def fields_on(self, path: str) -> tuple[SchemaField, ...]:
        """The body fields on one endpoint: the vendor path has its own name for prompt expansion."""
        if path != VENDOR_PATH:
            return self.fields
        return tuple(
            replace(item, name="enable_prompt_expansion") if item.name == "enhance_prompt" else item
            for item in self.fields
        )

    def value(self, body: Mapping[str, object], name: str) -> object:
        """The value of a field of the universal dialect in a body, or its default."""
        default = next((item.default for item in self.fields if item.name == name), None)
        return body.get(name, default)

    def seconds(self, body: Mapping[str, object]) -> float | None:
        """Length of the film that a body orders; None if the model has a fixed length."""
        length = self.value(body, "duration")
        return float(length) if isinstance(length, int | float) else None

    def film_usd(self, body: Mapping[str, object]) -> float:
        """US dollars for the film that a body orders."""
        rate = (
            self.usd if isinstance(self.usd, float | int) else self.usd[str(self.value(body, "resolution"))]
        )
        return round(rate * (self.seconds(body) or 1.0), 9) if self.unit == "second" else rate


def _fields(
    resolutions: tuple[str, ...], *extra: SchemaField, ratios: tuple[str, ...] = _FIVE_RATIOS
) -> tuple[SchemaField, ...]:
    return (
        SchemaField("model", "string", required=True),
        SchemaField("prompt", "string", required=True),
        SchemaField("resolution", "string", resolutions, default=resolutions[-1]),
        SchemaField("aspect_ratio", "string", ratios, default="16:9"),
        SchemaField("negative_prompt", "string"),
        # The range is the upstream one; the OpenAPI files only say integer.
        SchemaField("seed", "integer", limits=(0, 2_147_483_647)),
        SchemaField("enhance_prompt", "boolean", default=True),
        *extra,
    )


_WATERMARK = SchemaField("watermark", "boolean", default=False)
_SHOTS_AND_SOUND = (
    SchemaField("duration", "integer", (5, 10, 15), default=10),
    SchemaField("audio_url", "uri"),
    SchemaField("shot_type", "string", ("single", "multi"), default="single"),
    SchemaField("generate_audio", "boolean", default=True),
)

_MODELS = (
    VendorModel(
        "alibaba/wan2.1-t2v-plus",
        "Wan 2.1 Plus",
        0.525,
        _fields(("720P",), _WATERMARK),
        DIALECT_PATHS,
        ("wan2.1-t2v-plus",),
    ),
    VendorModel(
        "alibaba/wan2.1-t2v-turbo",
        "Wan 2.1 Turbo",
        0.189,
        _fields(("480P", "720P"), _WATERMARK),
        DIALECT_PATHS,
        ("wan2.1-t2v-turbo",),
    ),
    VendorModel(
        "alibaba/wan2.2-t2v-plus",
        "Wan 2.2 Plus",
        {"480P": 0.105, "1080P": 0.525},
        _fields(("480P", "1080P"), _WATERMARK),
        DIALECT_PATHS,
        ("wan2.2-t2v-plus",),
    ),
    VendorModel(
        "alibaba/wan2.5-t2v-preview",
        "Wan 2.5 Preview",
        0.105,
        _fields(
            ("480p", "720p", "1080p"),
            SchemaField("duration", "integer", (5, 10), default=10),
            ratios=("16:9", "9:16", "1:1"),
        ),
        DIALECT_PATHS,
        ("wan2.5-t2v-preview",),
        unit="second",
        sound=True,
    ),
    VendorModel(
        "alibaba/wan-2-6-t2v",
        "Wan 2.6",
        {"720p": 0.105, "1080p": 0.1575},
        _fields(("720p", "1080p"), *_SHOTS_AND_SOUND),
        DIALECT_PATHS,
        ("alibaba/wan2.6-t2v", "wan-2-6-t2v", "wan2.6-t2v"),
        unit="second",
        sound=True,
    ),
    VendorModel(
        "alibaba/wan-2-7-t2v",
        "Wan 2.7",
        {"720p": 0.13, "1080p": 0.195},
        _fields(("720p", "1080p"), *_SHOTS_AND_SOUND),
        DIALECT_PATHS,
        ("alibaba/wan2.7-t2v", "wan-2-7-t2v", "wan2.7-t2v"),
        unit="second",
        sound=True,
        has_usd=True,
    ),
)

CATALOG: Mapping[str, VendorModel] = {model.id: model for model in _MODELS}
