"""Parameters put into words: what details, player and command line show of a request."""

from __future__ import annotations

from collections.abc import Mapping

from wan_tui.domain.parameters import MODEL, MODELS, Value
from wan_tui.domain.text import clean_line, clean_text


def parameter_rows(model_id: str, parameters: Mapping[str, Value]) -> list[tuple[str, str, str]]:
    """Return name, label and text of the model and of each parameter, fit to show but for the bare name.

    They come in the table's order, those that this version does not know last, under their own names.
    """
    model = MODELS.get(model_id)
    labels = {MODEL.name: MODEL.label} | {p.name: p.label for p in (model.parameters if model else ())}
    values = {MODEL.name: model_id, **parameters}
    names = [name for name in labels if name in values]
    names += [name for name in values if name not in labels]
    return [(name, clean_line(labels.get(name, name), 40), value_text(values[name])) for name in names]


def value_text(value: Value) -> str:
    """A parameter's value as people read it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return clean_text(str(value))
