"""Extracts the message from the service's errors: text, object, list, JSON inside text, possibly truncated."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from wan_tui.api.wire.values import identifier, mapping, text
from wan_tui.domain.parameters import MODELS

_DEPTH = 5
_MOST = 10
_CUT_MESSAGE = re.compile(r'"message"\s*:\s*"((?:[^"\\]|\\.)*)')
_FIRST_WORD = re.compile(r"[\"'`“]?([a-z][a-z0-9_]{1,40})\b")
_JSON_WITHIN = re.compile(r"[\[{]\s*[\"{\[]")
_FIELDS = frozenset(
    name
    for model in MODELS.values()
    for parameter in model.parameters
    for name in (parameter.name, *parameter.wire.values())
)
_SENTENCES = ("message", "msg", "detail", "error", "description", "title", "expected")
_DETAILS = ("errors", "issues", "formErrors", "details")
_MESSAGE_KEYS = frozenset((*_SENTENCES, *_DETAILS, "fieldErrors"))
"""Keys of messages in an error; an object without any of them is keyed by field."""
_NOT_FIELDS = ("body", "query", "params", "headers")


@dataclass(frozen=True, slots=True)
class ErrorText:
    """An error of the service. ``words``: its message; ``field``: the wire name it is about; ``name``: its kind."""

    words: str = ""
    field: str | None = None
    name: str = ""
    request_id: str | None = None


def error_text(data: object, shown: Callable[[str], str]) -> ErrorText:
    """Read an error of any shape; ``shown`` makes text safe to show."""
    fields = mapping(data)
    parts: list[tuple[str | None, str]] = []
    _collect(data, None, parts, _DEPTH)
    sentences = list(dict.fromkeys(f"{field}: {words}" if field else words for field, words in parts))
    inner = mapping(fields.get("error")) or fields
    return ErrorText(
        words=shown("; ".join(sentences[:_MOST])),
        field=next((field for field, _ in parts if field), None) or _field_in_words(parts),
        name=shown(text(inner.get("name")) or text(inner.get("code")) or ""),
        request_id=shown(identifier(fields.get("requestId")) or identifier(fields.get("request_id")) or "")
        or None,
    )


def truncated_error_text(body: str, shown: Callable[[str], str]) -> ErrorText:
    """Read the start of the message from truncated JSON."""
    found = _CUT_MESSAGE.search(body)
    if found is None:
        return ErrorText()
    try:
        message = json.loads(f'"{found[1][:20_000].rstrip(chr(92))}"', strict=False)
    except ValueError:
        message = found[1]
    return error_text({"message": message}, shown)


def _collect(data: object, field: str | None, parts: list[tuple[str | None, str]], depth: int) -> None:
    """Collect (field, message) pairs from ``data``, recursing into lists, objects and JSON inside text."""
    if depth < 0 or len(parts) >= _MOST:
        return
    if isinstance(data, str):
        inner = _inner_json(data)
        if inner is not None:
            _collect(inner, field, parts, depth - 1)
        elif data.strip():
            parts.append((field, _unprefixed(data.strip(), field)))
    elif isinstance(data, list):
        for item in data[:_MOST]:
            _collect(item, field, parts, depth - 1)
    elif isinstance(data, dict):
        _collect_object(data, field, parts, depth)


def _collect_object(
    data: dict[str, object], field: str | None, parts: list[tuple[str | None, str]], depth: int
) -> None:
    """Collect an object's message and its details: the message alone is often generic."""
    field = _field(data) or field
    before = len(parts)
    for name in ("message", "msg", "detail"):
        _collect(data.get(name), field, parts, depth - 1)
        if len(parts) > before:  # the others repeat the first
            break
    _collect_details(data, field, parts, depth)
    for name in ("error", "description", "title"):
        if len(parts) == before:
            _collect(data.get(name), field, parts, depth - 1)
    expected, received = text(data.get("expected")), text(data.get("received"))
    if expected and len(parts) == before:
        parts.append((field, f"expected {expected}" + (f", received {received}" if received else "")))


def _collect_details(
    data: dict[str, object], field: str | None, parts: list[tuple[str | None, str]], depth: int
) -> None:
    """Collect the details of validators and the error object of ``application/problem+json``."""
    by_field = [data.get("fieldErrors")]
    for holder in (data, mapping(data.get("data"))):
        for name in _DETAILS:
            found = holder.get(name)
            if isinstance(found, dict) and not _MESSAGE_KEYS.intersection(found):
                by_field.append(found)
            else:
                _collect(found, field, parts, depth - 1)
    if isinstance(data.get("error"), dict | list):
        _collect(data["error"], field, parts, depth - 1)
    for named in by_field:
        for name, words in mapping(named).items():
            _collect(words, name, parts, depth - 1)


def _field(data: dict[str, object]) -> str | None:
    """The first field name in a validator's path such as ``["body", "prompt"]``."""
    path = data.get("path") if isinstance(data.get("path"), list) else data.get("loc")
    named = text(data.get("field")) or text(data.get("param")) or text(data.get("property"))
    steps = [step for step in path if isinstance(step, str)] if isinstance(path, list) else []
    return next((step for step in steps if step not in _NOT_FIELDS), None) or named


def _field_in_words(parts: list[tuple[str | None, str]]) -> str | None:
    """The parameter at the start of the first message, as in "prompt: expected string"."""
    found = _FIRST_WORD.match(parts[0][1]) if parts else None
    return found[1] if found and found[1] in _FIELDS else None


def _inner_json(words: str) -> object:
    """JSON inside text, possibly after a few words; None if there is none or it is empty."""
    start = _JSON_WITHIN.search(words[:200])
    if start is None:
        return None
    try:
        inner, _ = json.JSONDecoder().raw_decode(words[start.start() :])
    except (ValueError, RecursionError):
        return None
    return inner or None


def _unprefixed(words: str, field: str | None) -> str:
    return words.removeprefix(f"{field}:").strip() if field else words
