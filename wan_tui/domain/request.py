"""A complete, validated request for one film.

Values come from a form or the command line (text, numbers, switches); problems are reported by field.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from wan_tui.domain.errors import InvalidRequest, Problem
from wan_tui.domain.parameters import MODELS, Dialect, Kind, Model, Parameter, Value
from wan_tui.domain.text import clean_line, escape_in_json, sendable
from wan_tui.key_variables import KEY_VARIABLES

MAX_PROMPT = 20_000
"""Maximum characters of a prompt; longer text was probably pasted by mistake."""


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """All parameters of one film under our names, including model and seed."""

    model: str
    parameters: Mapping[str, Value]

    @property
    def prompt(self) -> str:
        return str(self.parameters.get("prompt", ""))

    @property
    def seed(self) -> int | None:
        seed = self.parameters.get("seed")
        return seed if isinstance(seed, int) else None

    def body(self, dialect: Dialect, models: Mapping[str, Model] = MODELS) -> dict[str, Value]:
        """The JSON body: the parameters under their names in ``dialect``.

        A parameter this version does not know (from an older or newer record) keeps its name.
        """
        model = models.get(self.model)
        names = {p.name: p.wire_name(dialect) for p in model.parameters} if model else {}
        return {names.get(name, name): value for name, value in self.parameters.items()}


def validate(values: Mapping[str, object], models: Mapping[str, Model] = MODELS) -> list[Problem]:
    """Return the problems with ``values`` in the table's order; warnings do not stop an order."""
    model = models.get(str(values.get("model", "")))
    if model is None:
        return [Problem("model", f"must be one of: {', '.join(models)}")]
    unknown = [
        Problem(name, f"is not a parameter of {model.label}")
        for name, value in values.items()
        if not _empty(value) and model.parameter(name) is None
    ]
    return [
        p for parameter in model.parameters for p in _check(parameter, values.get(parameter.name))
    ] + unknown


def build(
    values: Mapping[str, object],
    draw_seed: Callable[[], int],
    models: Mapping[str, Model] = MODELS,
) -> GenerationRequest:
    """Build the request from ``values``: fills in defaults, omits empty texts, draws a seed if there is none.

    Raises InvalidRequest with every problem found.
    """
    errors = [p for p in validate(values, models) if not p.warning]
    if errors:
        raise InvalidRequest(errors)
    model = models[str(values["model"])]
    parameters: dict[str, Value] = {}
    for parameter in model.parameters:
        value = _read(parameter, values.get(parameter.name))
        if value is None:
            value = draw_seed() if parameter.kind is Kind.SEED else parameter.default
        if value is not None:
            parameters[parameter.name] = value
    return GenerationRequest(model.id, parameters)


def as_json(body: Mapping[str, Value]) -> str:
    """The body for display: indented, not ASCII-escaped, without control characters."""
    return escape_in_json(json.dumps(body, indent=2, ensure_ascii=False))


def as_curl(body: Mapping[str, Value], base_url: str, dialect: Dialect) -> str:
    """The order as a curl command, with a variable in place of the key."""
    return " \\\n  ".join(
        [
            f"curl -sS {shlex.quote(base_url.rstrip('/') + dialect.path)}",
            f'-H "Authorization: Bearer ${KEY_VARIABLES[0]}"',
            "-H 'Content-Type: application/json'",
            f"-d {shlex.quote(escape_in_json(json.dumps(body, ensure_ascii=False)))}",
        ]
    )


def _check(parameter: Parameter, value: object) -> list[Problem]:
    name = parameter.name
    if _empty(value):
        return [Problem(name, "is required")] if parameter.required else []
    if parameter.kind is Kind.TEXT:
        return _check_text(parameter, str(value))
    if parameter.kind is Kind.CHOICE and _chosen(parameter, value) is None:
        return [Problem(name, f"must be one of: {', '.join(map(str, parameter.choices))}")]
    if parameter.kind is Kind.SWITCH and _switch(value) is None:
        return [Problem(name, "must be on or off")]
    if parameter.kind is Kind.SEED:
        return _check_number(parameter, value)
    return []


def _check_text(parameter: Parameter, text: str) -> list[Problem]:
    if not sendable(text):
        return [Problem(parameter.name, "contains a character that cannot be sent (NUL or a lone surrogate)")]
    if len(text) > MAX_PROMPT:
        return [Problem(parameter.name, f"is {len(text):,} characters long; the maximum is {MAX_PROMPT:,}")]
    if parameter.max_length is not None and len(text) > parameter.max_length:
        rest = len(text) - parameter.max_length
        return [
            Problem(
                parameter.name,
                f"the model reads {parameter.max_length} characters; the last {rest:,} are ignored",
                True,
            )
        ]
    return []


def _check_number(parameter: Parameter, value: object) -> list[Problem]:
    low, high = parameter.minimum, parameter.maximum
    number = _whole(value)
    if number is None:
        return [Problem(parameter.name, f"must be a whole number, not “{clean_line(str(value), 40)}”")]
    if (low is not None and number < low) or (high is not None and number > high):
        return [Problem(parameter.name, f"must be from {low} to {high}")]
    return []


def _read(parameter: Parameter, value: object) -> Value | None:
    """The validated value in the type the service expects, or None if empty."""
    if _empty(value):
        return None
    if parameter.kind is Kind.SWITCH:
        return _switch(value)
    if parameter.kind is Kind.SEED:
        return _whole(value)
    if parameter.kind is Kind.CHOICE:
        return _chosen(parameter, value)
    return str(value)


def _chosen(parameter: Parameter, value: object) -> str | int | None:
    """The table's choice that equals ``value`` as text, since forms and command lines give text only."""
    return next((choice for choice in parameter.choices if str(choice) == str(value)), None)


def _empty(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _switch(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    return {
        "true": True,
        "on": True,
        "yes": True,
        "1": True,
        "false": False,
        "off": False,
        "no": False,
        "0": False,
    }.get(str(value).strip().lower())


def _whole(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    text = str(value).strip()
    # int() also accepts "1_000", and is slow for a million digits.
    if len(text) > 20 or not text.removeprefix("-").isascii() or not text.removeprefix("-").isdigit():
        return None
    return int(text)
