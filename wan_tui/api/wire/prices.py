"""The price of one film from the service's catalogue. If in doubt, the price is unknown, never zero."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from wan_tui.api.wire.values import amount, mapping, number, text
from wan_tui.domain.parameters import Value, same_model

_FILM = ("video", "generation", "request", "film", "clip", "call", "task")
_SECOND = ("second", "sec", "s")


@dataclass(frozen=True, slots=True)
class Entry:
    """A model in the catalogue: its id and aliases, and its pricing section if it has one."""

    names: frozenset[str]
    pricing: Mapping[str, Any] | None


def entry(data: object, model: str) -> Entry | None:
    """Find ``model`` in an answer of ``/v1/models``, by exact name or else by alias; None if missing."""
    models = mapping(data).get("data")
    found = [_entry(mapping(item)) for item in models] if isinstance(models, list) else []
    exact = (item for item in found if model in item.names)
    alike = (item for item in found if any(same_model(model, name) for name in item.names))
    return next(exact, None) or next(alike, None)


def _entry(fields: Mapping[str, Any]) -> Entry:
    aliases = fields.get("aliases")
    names = [fields.get("id"), *(aliases if isinstance(aliases, list) else ())]
    return Entry(frozenset(name for name in map(text, names) if name), mapping(fields.get("pricing")) or None)


def film_price(section: Mapping[str, Any] | None, parameters: Mapping[str, Value]) -> float | None:
    """Price of one film with ``parameters`` in US dollars; None if unknown.

    A price must be per film, or per second if ``parameters`` give the duration; prices per megapixel or token are
    unknown in advance. All variants that match the parameters must have the same price.
    """
    if section is None or text(section.get("currency")) not in (None, "USD"):
        return None
    units, variants = section.get("units"), section.get("variants")
    if section.get("kind") == "fixed" and isinstance(units, list):
        return _agreed(_entry_price(mapping(unit), parameters) for unit in units)
    if section.get("kind") == "variants" and isinstance(variants, list):
        return _agreed(
            _entry_price(mapping(variant), parameters)
            for variant in variants
            if _applies(mapping(mapping(variant).get("when")), parameters)
        )
    return None


def _agreed(prices: Iterable[float | None]) -> float | None:
    different = set(prices)
    return different.pop() if len(different) == 1 else None


def _entry_price(entry: Mapping[str, Any], parameters: Mapping[str, Value]) -> float | None:
    price, per = amount(entry.get("price")), entry.get("per")
    # A fixed price without a unit has it in its name.
    unit = text(entry.get("unit")) or text(entry.get("name"))
    if text(entry.get("measure")) not in (None, "output"):
        return None
    if isinstance(per, str):
        unit = text(per.strip().removeprefix("1 "))
    elif number(per) != 1:
        return None
    word = (unit or "video").lower()
    if price is None or word in _FILM or word.removesuffix("s") in _FILM:
        return price
    if word in _SECOND or word.removesuffix("s") in _SECOND:
        seconds = amount(parameters.get("duration"))
        return price * seconds if seconds else None
    return None


def _applies(when: Mapping[str, Any], parameters: Mapping[str, Value]) -> bool:
    """Whether ``parameters`` do not contradict the condition; a missing parameter does not."""
    for name, wanted in when.items():
        if name in parameters:
            options = wanted if isinstance(wanted, list) else [wanted]
            if _plain(parameters[name]) not in [_plain(option) for option in options]:
                return False
    return True


def _plain(value: object) -> str:
    return str(value).strip().casefold()
