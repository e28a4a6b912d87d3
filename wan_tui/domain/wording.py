"""Parameters as labels and text, for details, player and command line."""

from __future__ import annotations

from collections.abc import Mapping

from wan_tui.domain.parameters import MODEL, MODELS, Value
from wan_tui.domain.text import clean_line, clean_text


def parameter_rows(model_id: str, parameters: Mapping[str, Value]) -> list[tuple[str, str, str]]:
    """Return (name, label, text) of the model and each parameter; label and text are safe to show.

    In the table's order; parameters this version does not know come last, labelled with their names.
    """
    model = MODELS.get(model_id)
    labels = {MODEL.name: MODEL.label} | {p.name: p.label for p in (model.parameters if model else ())}
    values = {MODEL.name: model_id, **parameters}
    names = [name for name in labels if name in values]
    names += [name for name in values if name not in labels]
    return [(name, clean_line(labels.get(name, name), 40), value_text(values[name])) for name in names]


def value_text(value: Value) -> str:
    """A parameter's value as text to show."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return clean_text(str(value))
