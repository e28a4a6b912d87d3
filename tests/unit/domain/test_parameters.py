"""The parameter table."""

from __future__ import annotations

import pytest

from wan_tui.domain.parameters import (
    DEFAULT_MODEL,
    MODELS,
    WAN_2_1_T2V_PLUS,
    Dialect,
    Kind,
    Model,
    may_be_same_model,
    same_model,
)

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


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("alibaba/wan2.1-t2v-plus", "wan2.1-t2v-plus"),
        ("alibaba/wan2.1-t2v-plus", "Alibaba/WAN2.1-T2V-Plus "),
        ("alibaba/wan2.1-t2v-plus", "alibaba/wan-2-1-t2v-plus"),
        ("alibaba/wan2.6-t2v", "alibaba/wan-2-6-t2v"),
        ("wan-2.6-t2v", "alibaba/wan2_6_t2v"),
        ("8736603f-aa:alibaba/wan2.1-t2v-plus", "wan2.1-t2v-plus"),
    ],
)
def test_one_model_has_several_names(one: str, other: str) -> None:
    """With and without its source, an id before it, dots or hyphens, in any case."""
    assert same_model(one, other)
    assert same_model(other, one)
    assert may_be_same_model(one, other)


@pytest.mark.parametrize(
    ("one", "other", "may_be"),
    [
        ("alibaba/wan2.1-t2v-plus", "alibaba/wan2.1-t2v-turbo", False),
        ("wan2.1-t2v-plus", "wan-2-2-t2v-plus", False),
        ("alibaba/wan2.1-t2v-plus", "alibaba/wan-2-6-t2v", False),
        ("alibaba/wan2.1-t2v-plus", "video-generation", True),
        ("alibaba/wan2.1-t2v-plus", "openai/gpt-4o", True),
        ("alibaba/wan9", "alibaba/wan2.1-t2v-plus", True),
        ("", "", True),
        ("/", ":", True),
    ],
)
def test_a_name_rules_out_only_what_is_known(one: str, other: str, may_be: bool) -> None:
    """Two known models are two; a name that nobody knows may be another one of ours."""
    assert not same_model(one, other)
    assert may_be_same_model(one, other) is may_be
    assert may_be_same_model(other, one) is may_be
    assert may_be_same_model(None, other)


def test_the_catalogues_aliases_count() -> None:
    """Even where two known names turn out to be one."""
    groups = [{"alibaba/wan2.1-t2v-plus", "video-x", "wan2.1-t2v-turbo"}]
    assert same_model("wan2.1-t2v-plus", "VIDEO-X", groups)
    assert may_be_same_model("wan2.1-t2v-plus", "wan2.1-t2v-turbo", groups)
    assert not may_be_same_model("video-x", "wan-2-6-t2v", groups)
