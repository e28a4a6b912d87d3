"""A second model is a new entry in the table and nothing else."""

from __future__ import annotations

import json
import shlex

import pytest

from tests.made_up_model import MADE_UP
from wan_tui.domain.errors import InvalidRequest, Problem
from wan_tui.domain.parameters import MODELS, Dialect
from wan_tui.domain.request import as_curl, build, validate

BOTH = {**MODELS, MADE_UP.id: MADE_UP}
VALUES: dict[str, object] = {
    "model": MADE_UP.id,
    "prompt": "a tower of clocks",
    "mood": "wild",
    "loop": "off",
}


def test_its_values_are_checked_by_its_own_rules() -> None:
    """Choices, limits and fields are the entry's; those of the other model are strangers here."""
    assert validate(VALUES, BOTH) == []
    assert validate({**VALUES, "mood": "sad"}, BOTH) == [Problem("mood", "must be one of: calm, wild")]
    assert validate({**VALUES, "watermark": True}, BOTH) == [
        Problem("watermark", "is not a parameter of Dream 2")
    ]
    [warning] = validate({**VALUES, "score": "a waltz in three four"}, BOTH)
    assert (warning.field, warning.warning) == ("score", True)


def test_its_fields_are_no_parameters_of_the_first_model() -> None:
    """Models do not leak into each other."""
    with pytest.raises(InvalidRequest, match="mood"):
        build({"model": next(iter(MODELS)), "prompt": "x", "mood": "calm"}, lambda: 7, BOTH)


def test_its_request_is_complete() -> None:
    """Defaults, the drawn seed and the names of the wire come from the entry."""
    request = build({"model": MADE_UP.id, "prompt": "fog"}, lambda: 7, BOTH)
    assert request.body(MADE_UP.dialect(Dialect.VENDOR), BOTH) == {
        "model": MADE_UP.id,
        "prompt": "fog",
        "mood": "calm",
        "length": 5,
        "seamless_loop": True,
        "seed": 7,
    }


def test_a_number_chosen_as_text_is_sent_as_a_number() -> None:
    """A form and a command line know text only; the service wants the number."""
    request = build({"model": MADE_UP.id, "prompt": "fog", "length": "10"}, lambda: 7, BOTH)
    assert request.parameters["length"] == 10
    assert validate({**VALUES, "length": "7"}, BOTH) == [Problem("length", "must be one of: 5, 10")]


def test_its_order_can_be_shown_as_curl() -> None:
    """At the address that serves it."""
    request = build(VALUES, lambda: 7, BOTH)
    dialect = MADE_UP.dialect(Dialect.VENDOR)
    words = shlex.split(as_curl(request.body(dialect, BOTH), "https://api.example", dialect))
    assert "https://api.example/v2/video/generations" in words
    assert json.loads(words[-1])["seamless_loop"] is False
