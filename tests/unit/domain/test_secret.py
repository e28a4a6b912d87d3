"""A key shows itself to nobody who does not ask for it."""

from __future__ import annotations

import copy
import json
import pickle
import traceback

import pytest

from wan_tui.domain.errors import SettingsError
from wan_tui.domain.secret import ApiKey

TEXT = "k-0123456789-visible"


def test_no_way_of_showing_shows_it() -> None:
    """Neither repr, str, format nor containers."""
    key = ApiKey(TEXT)
    shown = [
        repr(key),
        str(key),
        f"{key}",
        f"{key!r:>40}",
        "{} {!r}".format(*[key, key]),
        repr([key]),
        str({"k": key}),
    ]
    assert all("visible" not in text and "0123" not in text for text in shown)


def test_it_cannot_be_stored_or_copied_away() -> None:
    """Pickling and copying raise, and what they raise does not tell it."""
    key = ApiKey(TEXT)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="not to be stored"):
            pickle.dumps(key, protocol)
    for duplicate in (copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="not to be stored"):
            duplicate(key)
    with pytest.raises(TypeError):
        json.dumps(key)
    assert not hasattr(key, "__dict__")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "short",
        "has blanks inside it",
        "line\nbreak-in-it",
        "ключ-из-букв",
        "x" * 513,
        "a" * 8 + "\x00",
        "\x1b[31mabcdef",
    ],
)
def test_what_cannot_be_a_key_is_refused_without_repeating_it(text: str) -> None:
    """The message may end up in a log."""
    with pytest.raises(SettingsError) as error:
        ApiKey(text)
    told = "".join(traceback.format_exception(error.value))
    assert len(text) < 5 or text not in told
    assert error.value.next_step


def test_blanks_around_it_are_a_slip_of_copying() -> None:
    """A line break from a file or a paste does no harm."""
    assert ApiKey(f"  {TEXT}\n").reveal() == TEXT


def test_two_keys_of_the_same_text_are_equal() -> None:
    """So that a change of key can be noticed."""
    assert ApiKey(TEXT) == ApiKey(TEXT)
    assert hash(ApiKey(TEXT)) == hash(ApiKey(TEXT))
    assert ApiKey(TEXT) != ApiKey(TEXT + "x")
    assert ApiKey(TEXT) != TEXT


def test_a_fingerprint_tells_keys_apart_in_one_library_only() -> None:
    """The salt keeps it from meaning anything elsewhere; the key is not in it."""
    key = ApiKey(TEXT)
    assert key.fingerprint("a") == ApiKey(TEXT).fingerprint("a")
    assert key.fingerprint("a") != key.fingerprint("b")
    assert key.fingerprint("a") != ApiKey(TEXT + "x").fingerprint("a")
    assert len(key.fingerprint("a")) == 16
