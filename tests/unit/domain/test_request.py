"""Checking and making requests."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wan_tui.domain.errors import InvalidRequest, Problem
from wan_tui.domain.parameters import DEFAULT_MODEL, SEED_MAX, Dialect
from wan_tui.domain.request import MAX_PROMPT, GenerationRequest, as_curl, as_json, build, validate
from wan_tui.domain.text import clean_text

ODD = "cat [/bold] [@click=app.quit]x[/] 猫 \N{CAT FACE} שלום \r\n\ttab “quoted” \\ ' \" $HOME `id` %s {x}"
DANGEROUS = "a\x1b]52;c;eA==\x07b\x9b31mc\x7fd\u202ee\ufefff\U000e0041g"


def values(**more: object) -> dict[str, object]:
    return {"model": DEFAULT_MODEL, "prompt": "a cat", **more}


def made(**more: object) -> dict[str, Any]:
    return dict(build(values(**more), lambda: 7).parameters)


def problems(**more: object) -> list[Problem]:
    return validate(values(**more))


def test_defaults_are_filled_in_and_empty_texts_left_out() -> None:
    """Whatever has a default is sent; an empty negative prompt is not."""
    assert made(negative_prompt="  ", resolution=None) == {
        "model": DEFAULT_MODEL,
        "prompt": "a cat",
        "resolution": "720P",
        "aspect_ratio": "16:9",
        "seed": 7,
        "enable_prompt_expansion": True,
        "watermark": False,
    }


def test_every_value_is_taken_exactly_as_set() -> None:
    """All eight parameters, none at its default."""
    chosen = {
        "model": DEFAULT_MODEL,
        "prompt": " two blanks  at the ends ",
        "negative_prompt": "rain",
        "resolution": "720P",
        "aspect_ratio": "3:4",
        "seed": 0,
        "enable_prompt_expansion": False,
        "watermark": True,
    }
    assert dict(build(chosen, lambda: 7).parameters) == chosen


def test_the_body_has_the_names_of_the_dialect() -> None:
    """Prompt expansion is called otherwise in the universal dialect; nothing else differs."""
    request = build(values(enable_prompt_expansion=False), lambda: 7)
    vendor, universal = request.body(Dialect.VENDOR), request.body(Dialect.UNIVERSAL)
    assert vendor.pop("enable_prompt_expansion") is False
    assert universal.pop("enhance_prompt") is False
    assert vendor == universal


def test_a_parameter_of_another_version_travels_under_its_own_name() -> None:
    """A request read from an old or newer record is sent as it was."""
    old = GenerationRequest("gone/model", {"prompt": "x", "grain": "fine"})
    assert old.body(Dialect.VENDOR) == {"prompt": "x", "grain": "fine"}


@pytest.mark.parametrize("seed", [0, SEED_MAX, "0", " 42 ", str(SEED_MAX)])
def test_seeds_in_range_are_taken(seed: object) -> None:
    """As a number or as text from a form."""
    request = build(values(seed=seed), lambda: 7)
    assert request.seed == int(str(seed))


@pytest.mark.parametrize(
    "seed", [-1, SEED_MAX + 1, "1.5", 1.5, "1_000", "²", "٣", "0x10", "-", "nan", "9" * 5000, True]
)
def test_other_seeds_are_a_problem_of_their_field(seed: object) -> None:
    """Nothing is guessed, rounded or wrapped."""
    [problem] = problems(seed=seed)
    assert problem.field == "seed"
    assert not problem.warning
    assert len(problem.message) < 120


@pytest.mark.parametrize("text", ["", None, "   "])
def test_an_empty_seed_is_drawn_once(text: object) -> None:
    """The seed is drawn by us, so that it is known."""
    draws = iter([99])
    assert build(values(seed=text), lambda: next(draws)).seed == 99


def test_no_seed_is_drawn_where_one_is_given() -> None:
    """A given seed is kept."""

    def never() -> int:
        raise AssertionError("drawn")

    assert build(values(seed=5), never).seed == 5


@pytest.mark.parametrize(
    ("word", "on"), [("on", True), ("YES", True), ("1", True), ("off", False), (" No ", False), ("0", False)]
)
def test_switches_read_words(word: str, on: bool) -> None:
    """As config files and forms write them."""
    assert made(watermark=word)["watermark"] is on


def test_a_switch_that_is_neither_is_a_problem() -> None:
    """Nothing is guessed."""
    assert problems(watermark="maybe") == [Problem("watermark", "must be on or off")]


def test_a_choice_outside_the_list_is_a_problem_that_names_the_list() -> None:
    """The user sees what there is."""
    assert problems(aspect_ratio="21:9") == [
        Problem("aspect_ratio", "must be one of: 16:9, 9:16, 1:1, 4:3, 3:4")
    ]


@pytest.mark.parametrize("model", [None, "", "other/model", 7])
def test_an_unknown_model_is_the_only_problem_told(model: object) -> None:
    """Without a model nothing else can be checked."""
    [problem] = validate({"model": model, "prompt": ""})
    assert (problem.field, problem.message) == ("model", f"must be one of: {DEFAULT_MODEL}")


def test_an_unknown_field_is_a_problem() -> None:
    """A value that would not travel is not dropped silently."""
    [problem] = problems(duration=10)
    assert problem.field == "duration"
    assert problems(duration="") == []


def test_all_problems_are_told_at_once_in_the_tables_order() -> None:
    """One round of corrections is enough."""
    found = problems(prompt=" ", seed="x", watermark="y", aspect_ratio="z", odd=1)
    assert [p.field for p in found] == ["prompt", "aspect_ratio", "seed", "watermark", "odd"]
    with pytest.raises(InvalidRequest) as error:
        build(values(prompt="", seed="x"), lambda: 7)
    assert [p.field for p in error.value.problems] == ["prompt", "seed"]


@pytest.mark.parametrize(("field", "limit"), [("prompt", 800), ("negative_prompt", 500)])
def test_a_text_over_the_models_limit_is_warned_about_and_sent_whole(field: str, limit: int) -> None:
    """Counted and told, never cut, and no obstacle."""
    assert problems(**{field: "猫" * limit}) == []
    [problem] = problems(**{field: "猫" * 5000})
    assert problem.warning
    assert f"{limit} characters" in problem.message
    assert f"last {5000 - limit:,}" in problem.message
    assert made(**{field: "猫" * 5000})[field] == "猫" * 5000


def test_a_slip_of_the_clipboard_is_refused() -> None:
    """A book is not a prompt."""
    assert problems(prompt="x" * MAX_PROMPT)[0].warning
    [problem] = problems(prompt="x" * (MAX_PROMPT + 1))
    assert not problem.warning


@pytest.mark.parametrize("text", ["a\x00b", "half \ud83d of a pair"])
@pytest.mark.parametrize("field", ["prompt", "negative_prompt"])
def test_what_cannot_travel_is_refused(field: str, text: str) -> None:
    """NUL and half a surrogate pair would not arrive as they left."""
    [problem] = problems(**{field: text})
    assert problem.field == field
    assert not problem.warning


@given(st.text(min_size=1, max_size=300))
def test_any_text_is_refused_with_a_reason_or_travels_unchanged(text: str) -> None:
    """Byte for byte: no trimming, no normalization, no cutting."""
    errors = [p for p in problems(prompt=text) if not p.warning]
    if errors:
        assert [p.field for p in errors] == ["prompt"]
        return
    body = build(values(prompt=text), lambda: 7).body(Dialect.VENDOR)
    assert json.loads(json.dumps(body).encode("ascii"))["prompt"] == text


@pytest.mark.parametrize("text", [ODD, DANGEROUS, "x" * 5000])
def test_the_preview_shows_the_very_body_and_nothing_a_terminal_acts_on(text: str) -> None:
    """What is shown can be read back to what is sent; the cleaner finds nothing left to remove."""
    body = build(values(prompt=text), lambda: 7).body(Dialect.VENDOR)
    shown = as_json(body)
    assert json.loads(shown) == body
    assert clean_text(shown) == shown


@pytest.mark.parametrize("text", [ODD, DANGEROUS, "-d @/etc/passwd", "'; rm -rf ~; '"])
def test_the_curl_command_sends_the_very_body(text: str) -> None:
    """A shell takes it apart into the same body; nothing in the prompt becomes a command or an option."""
    body = build(values(prompt=text), lambda: 7).body(Dialect.UNIVERSAL)
    command = as_curl(body, "https://api.example/", Dialect.UNIVERSAL)
    assert clean_text(command) == command
    words = shlex.split(command.replace("\\\n", ""))
    assert words[:3] == ["curl", "-sS", "https://api.example/v2/video/generations"]
    assert words[words.index("-d") + 1].startswith("{")
    assert json.loads(words[words.index("-d") + 1]) == body
    assert len(words) == 9


def test_the_curl_command_names_the_keys_variable_only() -> None:
    """So that it can be pasted anywhere."""
    command = as_curl({"prompt": "x"}, "https://api.example", Dialect.VENDOR)
    assert '"Authorization: Bearer $AIMLAPI_API_KEY"' in command
