"""The parameter table."""

from __future__ import annotations

import pytest

from wan_tui.domain.parameters import DEFAULT_MODEL, MODELS, WAN_2_1_T2V_PLUS, Dialect, Kind, Model

# The vendor's OpenAPI description of alibaba/wan2.1-t2v-plus: name in each dialect, default.
DOCUMENTED = {
    "model": ("model", "model", None),
    "prompt": ("prompt", "prompt", None),
    "resolution": ("resolution", "resolution", "720P"),
    "aspect_ratio": ("aspect_ratio", "aspect_ratio", "16:9"),
    "negative_prompt": ("negative_prompt", "negative_prompt", None),
    "watermark": ("watermark", "watermark", False),
    "seed": ("seed", "seed", None),
    "enable_prompt_expansion": ("enable_prompt_expansion", "enhance_prompt", True),
}


def test_wan_2_1_plus_has_the_eight_documented_parameters() -> None:
    """Each parameter of the service is there, under its name in either dialect and with its default."""
    table = {
        p.name: (p.wire_name(Dialect.VENDOR), p.wire_name(Dialect.UNIVERSAL), p.default)
        for p in WAN_2_1_T2V_PLUS.parameters
    }
    assert table == DOCUMENTED


def test_choices_and_limits_are_the_documented_ones() -> None:
    """What the service takes, and where the model upstream cuts the text."""
    found = {p.name: p for p in WAN_2_1_T2V_PLUS.parameters}
    assert found["resolution"].choices == ("720P",)
    assert found["aspect_ratio"].choices == ("16:9", "9:16", "1:1", "4:3", "3:4")
    assert found["prompt"].max_length == 800
    assert found["negative_prompt"].max_length == 500
    assert (found["seed"].minimum, found["seed"].maximum) == (0, 2_147_483_647)
    assert {name for name, p in found.items() if p.required} == {"model", "prompt"}


def test_either_dialect_orders_at_its_own_path() -> None:
    """The vendor path is the default, the universal one the alternative."""
    assert Dialect.VENDOR.path == "/v2/generate/video/alibaba/generation"
    assert Dialect.UNIVERSAL.path == "/v2/video/generations"


def test_a_model_is_ordered_in_a_dialect_that_serves_it() -> None:
    """The preferred dialect where possible, else the first that the model knows."""
    only_universal = Model("x/y", "Y", (), (Dialect.UNIVERSAL,))
    assert only_universal.dialect(Dialect.VENDOR) is Dialect.UNIVERSAL
    assert WAN_2_1_T2V_PLUS.dialect(Dialect.VENDOR) is Dialect.VENDOR
    assert WAN_2_1_T2V_PLUS.dialect(Dialect.UNIVERSAL) is Dialect.UNIVERSAL


def test_the_default_model_is_in_the_table() -> None:
    """Every model lies under its own id."""
    assert DEFAULT_MODEL in MODELS
    assert all(key == model.id for key, model in MODELS.items())


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS.keys())
def test_every_entry_hangs_together(model: Model) -> None:
    """Names and wire names are unique; a default is one of the choices; all have a label and a help text."""
    names = [p.name for p in model.parameters]
    assert len(set(names)) == len(names)
    assert {"model", "prompt", "seed"} <= set(names)
    for dialect in model.dialects:
        wire = [p.wire_name(dialect) for p in model.parameters]
        assert len(set(wire)) == len(wire)
    for parameter in model.parameters:
        assert parameter.label
        assert parameter.help.endswith(".")
        assert (parameter.kind is Kind.CHOICE) == bool(parameter.choices)
        assert parameter.default is None or not parameter.choices or parameter.default in parameter.choices
        assert parameter.flag == "--" + parameter.name.replace("_", "-")
