"""Stores a film's recipe in the film itself.

In a ``uuid`` box with our own identifier (ISO/IEC 14496-12, 4.2) at the end of the file: players ignore it, copies keep
it, and the video data is unchanged. It contains UTF-8 JSON. If a box would damage the film, above all a signed one, the
same JSON is written to a file beside it.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Literal
from uuid import UUID

from wan_tui.domain.errors import WanTuiError
from wan_tui.domain.job import Job
from wan_tui.domain.json_values import as_amount, as_text, as_whole
from wan_tui.domain.mp4_boxes import BadBox, Box, walk
from wan_tui.domain.mp4_layout import Layout, examine
from wan_tui.domain.parameters import Value
from wan_tui.domain.request import GenerationRequest
from wan_tui.domain.text import clean_line
from wan_tui.domain.times import iso
from wan_tui.files.opening import open_regular
from wan_tui.files.reasons import explain

BOX_ID = UUID("6f1d2c9e-0b57-5d43-9a7e-77616e747569")
_NAME = 16
"""Bytes of the identifier at the start of a ``uuid`` box's content."""

VERSION = 1
LARGEST = 256 << 10
"""Maximum bytes of JSON."""

_MOST_BOXES = 10_000
_HEAD = struct.Struct(">I4s")

BESIDE = ".recipe.json"
"""Suffix of the file with the recipe of a film that must not change."""


class MustNotGrow(WanTuiError):
    """A complete film that an additional box would damage; the message is the reason."""

    code = "must_not_grow"


class NoRecipe(WanTuiError):
    """The file has no recipe; the message is the reason."""

    code = "no_recipe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Everything needed to order the same film again, and where this one came from.

    ``parameters`` have our names; ``program`` is the name and version that wrote it; money is in US dollars.
    """

    model: str
    parameters: Mapping[str, Value]
    generation_id: str | None = None
    created_at: str | None = None
    cost_usd: float | None = None
    credits: int | None = None
    endpoint: str | None = None
    program: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Unknown fields of a newer version, kept unchanged."""

    @classmethod
    def of(cls, job: Job, program: str) -> Recipe:
        """The recipe of a job's film."""
        return cls(
            model=job.model,
            parameters=dict(job.parameters),
            generation_id=job.generation_id,
            created_at=iso(job.created_at),
            cost_usd=job.cost.usd if job.cost else None,
            credits=job.cost.credits if job.cost else None,
            endpoint=job.endpoint.value,
            program=program,
        )

    @property
    def request(self) -> GenerationRequest:
        """The request for the same film."""
        return GenerationRequest(self.model, self.parameters)

    def to_json(self) -> dict[str, Any]:
        """The JSON stored in the file."""
        return {
            **self.extra,
            "version": VERSION,
            "model": self.model,
            "parameters": dict(self.parameters),
            "generation_id": self.generation_id,
            "created_at": self.created_at,
            "cost": {"usd": self.cost_usd, "credits": self.credits},
            "endpoint": self.endpoint,
            "program": self.program,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Recipe:
        """Read ``data``; invalid details are dropped. Raises ValueError if it cannot be a recipe."""
        model, parameters = data.get("model"), data.get("parameters")
        if not isinstance(model, str) or not model or not isinstance(parameters, dict):
            raise ValueError("not a recipe")
        cost = data.get("cost")
        cost = cost if isinstance(cost, dict) else {}
        return cls(
            model=model,
            parameters={str(name): v for name, v in parameters.items() if isinstance(v, str | int | bool)},
            generation_id=as_text(data.get("generation_id")),
            created_at=as_text(data.get("created_at")),
            cost_usd=as_amount(cost.get("usd")),
            credits=as_whole(cost.get("credits")),
            endpoint=as_text(data.get("endpoint")),
            program=as_text(data.get("program")) or "",
            extra={name: value for name, value in data.items() if name not in _KNOWN},
        )


_KNOWN = frozenset(
    ["version", "model", "parameters", "generation_id", "created_at", "cost", "endpoint", "program"]
)


def append_recipe(path: Path, recipe: Recipe) -> None:
    """Append ``recipe`` to the MP4 at ``path``, replacing an existing one.

    Changes only the end of the file; does not sync. Raises MustNotGrow if that would damage the film, NotAFilm if the
    file is not a complete MP4, ValueError if the recipe is too large, and OSError.
    """
    payload = BOX_ID.bytes + recipe_text(recipe).encode("utf-8", "replace")
    if len(payload) > LARGEST:
        raise ValueError(f"a recipe of {len(payload):,} bytes")
    with _opened(path, "r+b") as file:
        layout = examine(lambda offset, size: _read_at(file, offset, size), os.fstat(file.fileno()).st_size)
        if not layout.may_grow:
            raise MustNotGrow(_why_not(layout))
        end = layout.end
        for box in _our_boxes(file):
            if box.end == layout.end:
                end = box.begin
                file.truncate(end)
        file.seek(end)
        file.write(_HEAD.pack(_HEAD.size + len(payload), b"uuid") + payload)


def recipe_text(recipe: Recipe) -> str:
    """The recipe as JSON text."""
    return json.dumps(recipe.to_json(), ensure_ascii=False, separators=(",", ":"))


def _why_not(layout: Layout) -> str:
    if layout.signed:
        return "The film is signed (C2PA), and a recipe inside would break its signature"
    if layout.end < layout.size:
        return "The film has data after its end"
    return "The film's last part has no stated length"


def read_recipe(path: Path) -> Recipe | None:
    """The last recipe in the MP4 at ``path``, or the one beside it; None if there is no readable one.

    Raises OSError.
    """
    found = None
    with _opened(path) as file:
        for box in _our_boxes(file):
            found = box.start + _NAME, box.end - box.start - _NAME
        recipe = _read(file, *found) if found else None
    return recipe or _read_beside(path)


def _read_beside(path: Path) -> Recipe | None:
    with suppress(OSError), _opened(path.with_name(path.name + BESIDE)) as file:
        return _read(file, 0, os.fstat(file.fileno()).st_size)
    return None


def recipe_of(path: Path) -> Recipe:
    """The recipe in the film at ``path``. Raises NoRecipe. Blocks."""
    name = clean_line(path.name or str(path), 100)
    try:
        if not path.exists():
            raise NoRecipe(f"There is no file “{name}”")
        if not path.is_file():
            kind = "a folder" if path.is_dir() else "a pipe or a device"
            raise NoRecipe(f"“{name}” is {kind}, not a film")
        recipe = read_recipe(path)
    except (OSError, ValueError) as error:
        reason = explain(error) if isinstance(error, OSError) else "no file can have that name"
        raise NoRecipe(f"“{name}” cannot be read: {reason}") from None
    if recipe is None:
        raise NoRecipe(
            f"There is no recipe in “{name}”",
            next_step="Films saved by wan-tui have one, inside or beside the file; re-encoded copies lose it.",
        )
    return recipe


def _opened(path: Path, mode: Literal["rb", "r+b"] = "rb") -> BinaryIO:
    """Open a regular file; never blocks on a pipe. Raises OSError."""
    flags = os.O_RDONLY if mode == "rb" else os.O_RDWR
    descriptor = open_regular(path, flags)
    return os.fdopen(descriptor, mode)


def _read_at(file: BinaryIO, offset: int, size: int) -> bytes:
    file.seek(offset)
    return file.read(size)


def _read(file: BinaryIO, start: int, length: int) -> Recipe | None:
    if length > LARGEST:
        return None
    file.seek(start)
    try:
        data = json.loads(file.read(length))
        return Recipe.from_json(data) if isinstance(data, dict) else None
    except (ValueError, RecursionError):
        return None


def _our_boxes(file: BinaryIO) -> Iterator[Box]:
    """Yield our top-level boxes, up to the first invalid box."""
    size = os.fstat(file.fileno()).st_size
    with suppress(BadBox):
        for box in walk(lambda offset, length: _read_at(file, offset, length), 0, size, most=_MOST_BOXES):
            # A box without a length is not ours: it would include everything written after it.
            if box.open_ended:
                return
            if box.kind != b"uuid":
                continue
            if _read_at(file, box.start, min(_NAME, box.end - box.start)) == BOX_ID.bytes:
                yield box
