"""THE table: every request parameter of every model.

The form, the validation, the command line's flags, the wire body, the rows of the details pane and the
help are made from it. A new model is a new entry in ``MODELS`` and nothing else.

Source of names, choices and defaults: the vendor's OpenAPI description of each model. The length limits
are where the model upstream cuts the text; the seed's range is upstream's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Value = str | int | bool
"""What a parameter can hold."""

SEED_MAX = 2_147_483_647


class Kind(StrEnum):
    """What kind of value a parameter takes; it decides the widget, the flag and the check."""

    MODEL = "model"
    TEXT = "text"
    CHOICE = "choice"
    SWITCH = "switch"
    SEED = "seed"


class Dialect(StrEnum):
    """Which of the service's two addresses a job was ordered at. It is stored with the job."""

    VENDOR = "vendor"
    UNIVERSAL = "universal"

    @property
    def path(self) -> str:
        """Where this dialect orders (POST) and reads (GET) a generation."""
        return {
            Dialect.VENDOR: "/v2/generate/video/alibaba/generation",
            Dialect.UNIVERSAL: "/v2/video/generations",
        }[self]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One request parameter. ``wire`` names it where a dialect calls it something else than we do."""

    name: str
    kind: Kind
    label: str
    help: str
    default: Value | None = None
    required: bool = False
    choices: tuple[str | int, ...] = ()
    """What a CHOICE may be; a number is sent as a number."""
    minimum: int | None = None
    maximum: int | None = None
    max_length: int | None = None
    """Characters after which the model upstream cuts the text: warned about, never cut by us."""
    lines: int = 1
    """Rows of text the form gives it."""
    wire: Mapping[Dialect, str] = field(default_factory=dict)

    def wire_name(self, dialect: Dialect) -> str:
        return self.wire.get(dialect, self.name)

    @property
    def flag(self) -> str:
        """Its option on the command line."""
        return "--" + self.name.replace("_", "-")


@dataclass(frozen=True, slots=True)
class Model:
    """A model: its name at the service, ours on screen, its parameters, and the dialects that serve it."""

    id: str
    label: str
    parameters: tuple[Parameter, ...]
    dialects: tuple[Dialect, ...] = (Dialect.VENDOR, Dialect.UNIVERSAL)
    seconds: int | None = None
    """How long its films are, where no parameter says so."""

    def parameter(self, name: str) -> Parameter | None:
        return next((p for p in self.parameters if p.name == name), None)

    def parameter_called(self, name: str) -> Parameter | None:
        """The parameter that we or one of the dialects call ``name``."""
        return next((p for p in self.parameters if name == p.name or name in p.wire.values()), None)

    def dialect(self, preferred: Dialect) -> Dialect:
        """The preferred dialect where the model is served in it, else the first that serves it."""
        return preferred if preferred in self.dialects else self.dialects[0]


MODEL = Parameter(
    name="model",
    kind=Kind.MODEL,
    label="Model",
    help="Which model makes the film.",
    required=True,
)
PROMPT = Parameter(
    name="prompt",
    kind=Kind.TEXT,
    label="Prompt",
    help="What is to be seen: subject, action, place, light, camera. 800 characters are read.",
    required=True,
    max_length=800,
    lines=6,
)
RESOLUTION = Parameter(
    name="resolution",
    kind=Kind.CHOICE,
    label="Resolution",
    help="Size of the short side of the picture. This model makes 720P only.",
    default="720P",
    choices=("720P",),
)
ASPECT_RATIO = Parameter(
    name="aspect_ratio",
    kind=Kind.CHOICE,
    label="Aspect ratio",
    help="Shape of the picture, width to height: 16:9 for screens, 9:16 for phones, 1:1 for a square.",
    default="16:9",
    choices=("16:9", "9:16", "1:1", "4:3", "3:4"),
)
NEGATIVE_PROMPT = Parameter(
    name="negative_prompt",
    kind=Kind.TEXT,
    label="Negative prompt",
    help="What is not to be seen. May stay empty. 500 characters are read.",
    max_length=500,
    lines=2,
)
WATERMARK = Parameter(
    name="watermark",
    kind=Kind.SWITCH,
    label="Watermark",
    help="Put the maker's mark into a corner of the picture.",
    default=False,
)
SEED = Parameter(
    name="seed",
    kind=Kind.SEED,
    label="Seed",
    help="Where chance starts: same seed, same words, similar film. Empty: one is drawn and kept.",
    minimum=0,
    maximum=SEED_MAX,
)
PROMPT_EXPANSION = Parameter(
    name="enable_prompt_expansion",
    kind=Kind.SWITCH,
    label="Prompt expansion",
    help="Let the service rewrite a short prompt into a richer one before the film is made.",
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
"""Names of the service's models that are known not to be in the table: a charge for one of them is none of ours."""


def same_model(one: str, other: str, aliases: Iterable[Collection[str]] = ()) -> bool:
    """Whether two names mean the same model: the service calls one ``alibaba/wan2.6-t2v``, ``alibaba/wan-2-6-t2v``,
    ``wan2.6-t2v`` and ``UUID:alibaba/wan2.6-t2v``, in any case.

    ``aliases``: groups of names that its catalogue says are one.
    """
    names = _plain_name(one), _plain_name(other)
    if not all(names):
        return False
    groups = (set(map(_plain_name, group)) for group in aliases)
    return names[0] == names[1] or any(group.issuperset(names) for group in groups)


def may_be_same_model(one: str | None, other: str | None, aliases: Iterable[Collection[str]] = ()) -> bool:
    """False only for two names that are both known, as different models: one never heard of may be another name."""
    aliases = tuple(aliases)
    if one is None or other is None or same_model(one, other, aliases):
        return True
    return not (_is_known(one, aliases) and _is_known(other, aliases))


def _is_known(name: str, aliases: Iterable[Collection[str]]) -> bool:
    return any(same_model(name, known, aliases) for known in (*MODELS, *OTHER_MODELS))


def _plain_name(name: str) -> str:
    """Letters and digits of the name alone, without what stands before it: a generation's id, a source."""
    last = name.strip().casefold().rpartition(":")[2].rpartition("/")[2]
    return "".join(char for char in last if char.isalnum())
