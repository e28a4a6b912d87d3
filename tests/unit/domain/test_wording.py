"""Parameters in words."""

from __future__ import annotations

from wan_tui.domain.parameters import DEFAULT_MODEL, MODELS, Value
from wan_tui.domain.wording import parameter_rows, value_text


def test_rows_come_in_the_tables_order() -> None:
    """However they were sent; the model first, also where it was not among them."""
    table = MODELS[DEFAULT_MODEL].parameters
    values: dict[str, Value] = {p.name: "x" for p in reversed(table) if p.name != "model"}
    rows = parameter_rows(DEFAULT_MODEL, values)
    assert rows[0] == ("model", "Model", DEFAULT_MODEL)
    assert [(name, label) for name, label, _ in rows] == [(p.name, p.label) for p in table]


def test_what_this_version_does_not_know_comes_last() -> None:
    """Under its own name, cleaned; also of a model that is not known at all."""
    odd: dict[str, Value] = {"lens\x1b[31m" + "x" * 99: "35\x07mm", "seed": 7}
    assert [label for _, label, _ in parameter_rows(DEFAULT_MODEL, odd)][:2] == ["Model", "Seed"]
    *_, (name, label, text) = parameter_rows(DEFAULT_MODEL, odd)
    assert name in odd
    assert (label.isprintable(), len(label), text) == (True, 40, "35mm")
    assert [label for _, label, _ in parameter_rows("else/where", {"seed": 7})] == ["Model", "seed"]


def test_values_are_words() -> None:
    """A switch is on or off; line breaks of a prompt stay."""
    assert [value_text(value) for value in (True, False, 0, "a\nb")] == ["on", "off", "0", "a\nb"]
