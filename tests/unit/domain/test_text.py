"""The cleaner: what it lets through is harmless anywhere."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wan_tui.domain.text import clean_line, clean_text, escape_in_json, redact, sendable, slug

ANY_TEXT = st.text(st.characters() | st.characters(categories=["Cc", "Cf", "Cs", "Zl", "Zp", "Mn"]))
LIMITS = st.integers(min_value=1, max_value=60)
ZERO_WIDTH_JOINER = "\u200d"
# Format characters with a picture of their own, such as the Arabic end-of-ayah sign.
VISIBLE_FORMAT = set("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")


def harmful(text: str) -> list[str]:
    """The characters in ``text`` that a terminal acts on, that take no room, or that cannot be encoded."""
    return [
        char
        for char in text
        if char not in "\n\t"
        and char != ZERO_WIDTH_JOINER
        and char not in VISIBLE_FORMAT
        and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")
        and not "\U00013430" <= char <= "\U0001345f"  # hieroglyph joiners: they build one picture
    ]


@given(ANY_TEXT, LIMITS)
@example("\x1b]52;c;eA==\x07 \x9b31m \u202e \u200b \ufeff \ud83d \U000e0041 \U0001d173 \U0001bca0", 60)
def test_nothing_harmful_survives(text: str, limit: int) -> None:
    """No control, bidi or zero-width character and no lone surrogate; never longer than allowed."""
    for cleaned in (clean_text(text, limit), clean_line(text, limit)):
        assert harmful(cleaned) == []
        assert len(cleaned) <= limit
        cleaned.encode()


@given(ANY_TEXT, LIMITS)
def test_cleaning_twice_is_cleaning_once(text: str, limit: int) -> None:
    """So it does not matter how often a text passes through it."""
    once, line = clean_text(text, limit), clean_line(text, limit)
    assert clean_text(once, limit) == once
    assert clean_line(line, limit) == line


@given(ANY_TEXT, LIMITS)
def test_a_line_is_a_line(text: str, limit: int) -> None:
    """No break, no tab, no blanks at the ends or in a row."""
    assert clean_line(text, limit) == " ".join(clean_line(text, limit).split())


@pytest.mark.parametrize(
    "text",
    [
        "cat [/bold] [@click=app.quit]x[/]",
        "猫と犬 · עברית · العربية · ไทย · नमस्ते",
        "👩\u200d🚀 ❤\ufe0f 🇺🇳 e\u0301",
        "line\n\tindented",
    ],
)
def test_what_is_harmless_stays_as_it_is(text: str) -> None:
    """Markup, every script, joined emoji, breaks and tabs."""
    assert clean_text(text) == text


def test_breaks_become_one_kind() -> None:
    """A bare carriage return would write over the line."""
    assert clean_text("a\r\nb\rc\nd") == "a\nb\nc\nd"


def test_a_storm_of_marks_is_calmed() -> None:
    """More than three marks on a letter would paint over the rows around it."""
    assert clean_text("a" + "\u0301" * 50 + "b") == "a\u0301\u0301\u0301b"


def test_a_cut_is_shown() -> None:
    """The reader sees that there was more."""
    assert clean_text("abcdef", 4) == "abc…"
    assert clean_line("ab  cd  ef", 6) == "ab cd…"
    assert clean_line("abcd", 4) == "abcd"


def test_a_million_characters_are_no_burden() -> None:
    """Only as much is looked at as can be shown."""
    assert len(clean_line("\x1b[31m" * 1_000_000)) <= 500


@given(ANY_TEXT)
def test_escaped_json_means_the_same_and_holds_nothing_harmful(text: str) -> None:
    """Shown or copied, it reads back to the very text."""
    text = text.encode("utf-8", "ignore").decode()  # a lone surrogate is refused before it comes here
    shown = escape_in_json(json.dumps(text, ensure_ascii=False))
    assert harmful(shown) == []
    assert json.loads(shown) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("GET https://f.example/a.mp4?Expires=1&Signature=x%2F done", "GET https://f.example/a.mp4?… done"),
        ("Authorization: Bearer abcdef.ghi-jkl_m", "Authorization: Bearer …"),
        ("key sk-abcdef0123456789, then", "key sk-…, then"),
        ("'http://127.0.0.1:1/x?y=z'", "'http://127.0.0.1:1/x?…'"),
        ("a task-force and a risk? yes", "a task-force and a risk? yes"),
    ],
)
def test_keys_and_signatures_do_not_reach_a_message(text: str, shown: str) -> None:
    """Links keep host and path, keys their kind."""
    assert redact(text) == shown


def test_what_can_travel_as_json() -> None:
    """NUL and half a pair cannot; everything else can."""
    assert sendable("a\n\x1b👩\u200d🚀\uffff")
    assert not sendable("a\x00")
    assert not sendable("\udc00")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("A menacing dragon, at dusk!", "a-menacing-dragon-at-dusk"),
        ("../../.bashrc", "bashrc"),
        ("-rf /", "rf"),
        ("猫", "猫"),
        ("竹林の中を歩く猫", "竹林の中を歩く猫"),
        ("Кошка идёт, по ЛЕСУ!", "кошка-идёт-по-лесу"),
        ("قطة تمشي في الغابة", "قطة-تمشي-في-الغابة"),
        ("हिन्दी में", "हिन्दी-में"),
        ("cafe\u0301 au lait", "caf\u00e9-au-lait"),
        ("e" + "\u0301" * 30, "\u00e9\u0301\u0301"),
        ("👩\u200d🚀 on ☀\ufe0f moon", "on-moon"),
        ("\u202egnp.exe\u202c", "gnp-exe"),
        ("\u3164 \u115f", "film"),
        ("竹" * 100, "竹" * 30),
        ("\u0301abc - \u0301x", "abc-x"),
        ("", "film"),
        ("one two three four five six seven eight nine", "one-two-three-four-five-six-seven-eight"),
        ("x" * 300, "x" * 40),
    ],
)
def test_file_name_parts_are_plain(text: str, name: str) -> None:
    """Letters and digits of every script, cut at a word; nothing unseen, no mark without its letter."""
    assert slug(text) == name


@given(ANY_TEXT)
def test_any_text_gives_a_safe_file_name_part(text: str) -> None:
    """No path, no option, no empty name."""
    name = slug(text)
    assert 0 < len(name) <= 40
    assert len(name.encode("utf-8")) <= 90
    assert name == unicodedata.normalize("NFC", name) == name.lower()
    assert not name.startswith("-")
    assert not name.endswith("-")
    kinds = {unicodedata.category(char) for char in name.replace("-", "a")}
    assert kinds <= {"Ll", "Lm", "Lo", "Lu", "Lt", "Mn", "Mc", "Nd"}
    assert clean_line(name) == name
