"""What one film costs, out of the service's catalogue. In doubt there is no price, never a price of zero."""

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
    """A model of the catalogue: all ``names`` it goes by, and its pricing section where it has one."""

    names: frozenset[str]
    pricing: Mapping[str, Any] | None


def entry(data: object, model: str) -> Entry | None:
    """``model`` in an answer of ``/v1/models``, by its very name or else by an alias; None where it is missing."""
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
    """US dollars for one film made with ``parameters``, or None where the catalogue does not tell.

    A price counts only with a ``per`` of one film, or of one second where ``parameters`` tell the duration: what is
    counted by megapixels or tokens is not known before. Of several variants, those that the parameters do not
    contradict must agree.
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
    # A fixed price says in its name what it is for, where it has no unit.
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
    """Whether ``parameters`` do not contradict the condition; one that they leave open is not contradicted."""
    for name, wanted in when.items():
        if name in parameters:
            options = wanted if isinstance(wanted, list) else [wanted]
            if _plain(parameters[name]) not in [_plain(option) for option in options]:
                return False
    return True


def _plain(value: object) -> str:
    return str(value).strip().casefold()
