"""The table of all request parameters of all models.

The form, validation, command-line flags, wire body, details pane and help are generated from it. To add a model, add
an entry to ``MODELS``.

Source of names, choices and defaults: the vendor's OpenAPI description of each model. The length limits are where the
upstream model truncates the text; the seed's range is upstream's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Value = str | int | bool
"""The value of a parameter."""

SEED_MAX = 2_147_483_647


class Kind(StrEnum):
    """A parameter's type; it determines widget, flag and validation."""

    MODEL = "model"
    TEXT = "text"
    CHOICE = "choice"
    SWITCH = "switch"
    SEED = "seed"


class Dialect(StrEnum):
    """Which of the service's two endpoints a job was ordered from. Stored with the job."""

    VENDOR = "vendor"
    UNIVERSAL = "universal"

    @property
    def path(self) -> str:
        """The URL path for ordering (POST) and polling (GET)."""
        return {
            Dialect.VENDOR: "/v2/generate/video/alibaba/generation",
            Dialect.UNIVERSAL: "/v2/video/generations",
        }[self]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A request parameter. ``wire`` maps a dialect to its JSON name if it differs from ``name``."""

    name: str
    kind: Kind
    label: str
    help: str
    default: Value | None = None
    required: bool = False
    choices: tuple[str | int, ...] = ()
    """Allowed values of a CHOICE; a number is sent as a number."""
    minimum: int | None = None
    maximum: int | None = None
    max_length: int | None = None
    """Characters after which the upstream model truncates the text. We warn but never truncate."""
    lines: int = 1
    """Height of the empty text field in the form, in rows; it grows with its text."""
    wire: Mapping[Dialect, str] = field(default_factory=dict)

    def wire_name(self, dialect: Dialect) -> str:
        return self.wire.get(dialect, self.name)

    @property
    def flag(self) -> str:
        """The command-line option."""
        return "--" + self.name.replace("_", "-")


@dataclass(frozen=True, slots=True)
class Model:
    """A model: the service's id, the label on screen, its parameters, and the dialects that serve it."""

    id: str
    label: str
    parameters: tuple[Parameter, ...]
    dialects: tuple[Dialect, ...] = (Dialect.VENDOR, Dialect.UNIVERSAL)
    seconds: int | None = None
    """Length of its films, if no parameter sets it."""

    def parameter(self, name: str) -> Parameter | None:
        return next((p for p in self.parameters if p.name == name), None)

    def parameter_called(self, name: str) -> Parameter | None:
        """The parameter whose name or wire name is ``name``."""
        return next((p for p in self.parameters if name == p.name or name in p.wire.values()), None)

    def dialect(self, preferred: Dialect) -> Dialect:
        """The preferred dialect if it serves the model, else the first that does."""
        return preferred if preferred in self.dialects else self.dialects[0]


MODEL = Parameter(
    name="model",
    kind=Kind.MODEL,
    label="Model",
    help="Model that makes the film.",
    required=True,
)
PROMPT = Parameter(
    name="prompt",
    kind=Kind.TEXT,
    label="Prompt",
    help="Subject, action, place, light, camera. Max 800 characters.",
    required=True,
    max_length=800,
    lines=4,
)
RESOLUTION = Parameter(
    name="resolution",
    kind=Kind.CHOICE,
    label="Resolution",
    help="Length of the short side. This model makes 720P only.",
    default="720P",
    choices=("720P",),
)
ASPECT_RATIO = Parameter(
    name="aspect_ratio",
    kind=Kind.CHOICE,
    label="Aspect ratio",
    help="Width to height: 16:9 for screens, 9:16 for phones, 1:1 for a square.",
    default="16:9",
    choices=("16:9", "9:16", "1:1", "4:3", "3:4"),
)
NEGATIVE_PROMPT = Parameter(
    name="negative_prompt",
    kind=Kind.TEXT,
    label="Negative prompt",
    help="What to leave out. Optional. Max 500 characters.",
    max_length=500,
)
WATERMARK = Parameter(
    name="watermark",
    kind=Kind.SWITCH,
    label="Watermark",
    help="Add the vendor's watermark in a corner.",
    default=False,
)
SEED = Parameter(
    name="seed",
    kind=Kind.SEED,
    label="Seed",
    help="Same seed and prompt give a similar film. Empty: random.",
    minimum=0,
    maximum=SEED_MAX,
)
PROMPT_EXPANSION = Parameter(
    name="enable_prompt_expansion",
    kind=Kind.SWITCH,
    label="Prompt expansion",
    help="Let the service rewrite a short prompt into a more detailed one.",
    default=True,
    wire={Dialect.UNIVERSAL: "enhance_prompt"},
)

WAN_2_1_T2V_PLUS = Model(
    id="alibaba/wan2.1-t2v-plus",
    label="Wan 2.1 Plus",
    parameters=(
        MODEL,
        PROMPT,
        NEGATIVE_PROMPT,
        RESOLUTION,
        ASPECT_RATIO,
        SEED,
        PROMPT_EXPANSION,
        WATERMARK,
    ),
    seconds=5,
)

MODELS: dict[str, Model] = {WAN_2_1_T2V_PLUS.id: WAN_2_1_T2V_PLUS}
DEFAULT_MODEL = WAN_2_1_T2V_PLUS.id

OTHER_MODELS = (
    "alibaba/wan2.1-t2v-turbo",
    "alibaba/wan2.2-t2v-plus",
    "alibaba/wan2.5-t2v-preview",
    "alibaba/wan-2-6-t2v",
    "alibaba/wan-2-7-t2v",
)
"""Known models of the service that are not in the table: a charge for one of them is not ours."""


def same_model(one: str, other: str, aliases: Iterable[Collection[str]] = ()) -> bool:
    """Whether two names mean the same model, ignoring case: the service writes ``alibaba/wan2.6-t2v``,
    ``alibaba/wan-2-6-t2v``, ``wan2.6-t2v`` and ``UUID:alibaba/wan2.6-t2v``.

    ``aliases``: groups of equivalent names from the catalogue.
    """
    names = _plain_name(one), _plain_name(other)
    if not all(names):
        return False
    groups = (set(map(_plain_name, group)) for group in aliases)
    return names[0] == names[1] or any(group.issuperset(names) for group in groups)


def may_be_same_model(one: str | None, other: str | None, aliases: Iterable[Collection[str]] = ()) -> bool:
    """False only if both names are known and mean different models: an unknown name may be an alias."""
    aliases = tuple(aliases)
    if one is None or other is None or same_model(one, other, aliases):
        return True
    return not (_is_known(one, aliases) and _is_known(other, aliases))


def _is_known(name: str, aliases: Iterable[Collection[str]]) -> bool:
    return any(same_model(name, known, aliases) for known in (*MODELS, *OTHER_MODELS))


def _plain_name(name: str) -> str:
    """Lower-case letters and digits of the name, without a generation id or vendor prefix."""
    last = name.strip().casefold().rpartition(":")[2].rpartition("/")[2]
    return "".join(char for char in last if char.isalnum())
