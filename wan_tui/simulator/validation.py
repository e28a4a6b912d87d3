"""Checks a request body the way the service does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import urlsplit

from wan_tui.simulator.catalog import SchemaField, VendorModel
from wan_tui.simulator.errors import ApiError, bad_field, bad_fields

_ABSENT = object()


def object_body(body: object) -> dict[str, object]:
    """The body as an object. Raises `ApiError` 400 for anything else."""
    if not isinstance(body, dict):
        raise bad_field("body", f"expected object, received {_received(body)}")
    return body


def find_model(body: Mapping[str, object], models: Mapping[str, VendorModel], path: str) -> VendorModel:
    """The model a body asks for on this endpoint.

    Any of its names will do. Raises `ApiError` 400 for a body that names no model of this endpoint, 404 for an
    unknown model.
    """
    name = body.get("model", _ABSENT)
    found = next((model for model in models.values() if name in model.names), None)
    if isinstance(name, str) and found is None:
        raise ApiError(404, f"Model {_received(name)} not found")
    if found is None or path not in found.paths:
        served = [model.id for model in models.values() if path in model.paths]
        raise bad_field("model", f"expected one of {_listed(served)}, received {_received(name)}")
    return found


def check_body(body: Mapping[str, object], model: VendorModel, path: str) -> list[str]:
    """Validates a body; returns the names of unknown fields, which the service ignores.

    Raises `ApiError` 400 whose message names each bad field, what was expected and what was received.
    """
    fields = model.fields_on(path)
    problems = [
        (item.name, problem) for item in fields if (problem := _problem(item, body.get(item.name, _ABSENT)))
    ]
    if problems:
        raise bad_fields(problems)
    known = {item.name for item in fields}
    return sorted(name for name in body if name not in known)


def _problem(field: SchemaField, value: object) -> str | None:
    if value is _ABSENT:
        return f"expected {field.type}, received nothing" if field.required else None
    if not _has_type(field.type, value):
        return f"expected {field.type}, received {_received(value)}"
    if field.choices and value not in field.choices:
        return f"expected one of {_listed(field.choices)}, received {_received(value)}"
    if field.limits and isinstance(value, int | float):
        lowest, highest = field.limits
        if not lowest <= value <= highest:
            return f"expected {lowest} to {highest}, received {_received(value)}"
    return None


def _has_type(kind: str, value: object) -> bool:
    match kind:
        case "string":
            return isinstance(value, str)
        case "uri":
            return isinstance(value, str) and bool(urlsplit(value).scheme and urlsplit(value).netloc)
        case "boolean":
            return isinstance(value, bool)
        case _:
            # JSON has one kind of number: 5.0 is an integer too, true is not.
            return not isinstance(value, bool) and (
                isinstance(value, int) or (isinstance(value, float) and value.is_integer())
            )


def _received(value: object) -> str:
    return "nothing" if value is _ABSENT else json.dumps(value)[:200]


def _listed(values: object) -> str:
    return json.dumps(values)
