"""What is known to be a secret is in no text, however it is written there."""

from __future__ import annotations

import base64
import json
import string
import time
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from wan_tui.domain import known_secrets
from wan_tui.domain.errors import SettingsError
from wan_tui.domain.secret import ApiKey
from wan_tui.domain.text import redact

KEY = "Zq7+/pass'word\\x9"
WRITTEN: dict[str, Callable[[str], str]] = {
    "plain": str,
    "Bearer": lambda key: f"Authorization: Bearer {key}",
    "in lower case": str.lower,
    "percent-encoded": lambda key: quote(key, safe=""),
    "percent-encoded, small letters": lambda key: quote(key, safe="").lower(),
    "in a form": quote_plus,
    "Basic": lambda key: base64.b64encode(f"user:{key}".encode()).decode(),
    "Basic, another user": lambda key: base64.b64encode(f"me:{key}:x".encode()).decode(),
    "base64": lambda key: base64.b64encode(key.encode()).decode(),
    "base64 for addresses": lambda key: base64.urlsafe_b64encode(key.encode()).decode(),
    "repr": lambda key: repr({"key": key}),
    "repr of bytes": lambda key: repr([b"authorization", key.encode()]),
    "JSON": json.dumps,
    "hexadecimal": lambda key: key.encode().hex(),
}


@pytest.mark.parametrize("how", WRITTEN)
def test_a_key_is_found_by_its_value(how: str) -> None:
    """It needs no certain look: neither sk- nor Bearer."""
    ApiKey(KEY)
    written = WRITTEN[how](KEY)
    told = redact(f"before {written} behind")
    assert told.startswith("before ")
    assert told.endswith(" behind")
    assert "…" in told
    longest = max(len(part) for part in told.replace("…", " ").split())
    assert longest < max(len(written) // 2, 15), told


def test_a_key_that_cannot_be_used_is_one_all_the_same() -> None:
    """Half of it may be right."""
    with pytest.raises(SettingsError):
        ApiKey("my key with blanks 77")
    assert redact("it was 'my key with blanks 77'.") == "it was '…'."


def test_short_words_are_left_alone() -> None:
    """What is shorter than any key would tear every message apart."""
    known_secrets.remember("the")
    known_secrets.remember("")
    assert redact("the film") == "the film"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("GET /g/1.mp4?Expires=1&Signature=s3cr3t%2B1&x=2", "GET /g/1.mp4?Expires=1&Signature=…&x=2"),
        ("b'/1?OSSAccessKeyId=LTAI5tabc&b=1'", "b'/1?OSSAccessKeyId=…&b=1'"),
        ("X-Amz-Credential=AKIA1234/eu X-Amz-Signature: abcdef", "X-Amz-Credential=… X-Amz-Signature: …"),
        ("proxy http://ann:pa55w0rd@proxy:3128 refused", "proxy http://…@proxy:3128 refused"),
        ("{'api_key': 'abcd1234'}", "{'api_key': '…'}"),
        ("https://f.example/1.mp4?a=b", "https://f.example/1.mp4?…"),
    ],
)
def test_signatures_and_passwords_are_found_by_their_names(text: str, told: str) -> None:
    """Also in a path without its host, as a library writes it."""
    assert redact(text) == told


LONG = "Zx9/+qwerty=Key77_tail&end"
MASKS = ["***", "*", "…", "...", "•••", "●●", "xxxxx", "XXXX", "####", "%2A%2A%2A", "%E2%80%A6", "\\u2026", " ***",
         "[...]", "<redacted>", "[REDACTED]"]  # fmt: skip
ENCODED: dict[str, Callable[[str], str]] = {
    "plain": str,
    "in small letters": str.lower,
    "percent-encoded": lambda part: quote(part, safe=""),
    "in a form": quote_plus,
    "JSON": lambda part: json.dumps(part)[1:-1],
}


@pytest.mark.parametrize("how", ENCODED)
@pytest.mark.parametrize("mask", MASKS)
def test_what_a_mask_leaves_of_a_key_is_taken_out(mask: str, how: str) -> None:
    """Its first or last half, both ends, or a part between two masks."""
    ApiKey(LONG)
    first, last, part = (ENCODED[how](text) for text in (LONG[:14], LONG[-12:], LONG[3:15]))
    for written in (f"{first}{mask}", f"{mask}{last}", f"{first}{mask}{last}", f"{mask}{part}{mask}"):
        told = redact(f"wrong key: {written}, sorry")
        assert told.startswith("wrong key: ")
        assert told.endswith(", sorry")
        assert not any(text in told for text in (first[:8], first[-8:], last[:8], last[-8:], part[:8])), told


@pytest.mark.parametrize(
    "text",
    ["sk-a…wxyz", f"{LONG[:4]}…{LONG[-4:]}", f"{LONG[:6]}***{LONG[-6:]}", "Trying the key…", "**downloading** it…",
     "correct horse…", "the staple… and the horsebattery…", f"{LONG[8:20]} is a word…"],
)  # fmt: skip
def test_short_ends_and_words_beside_a_mask_are_left(text: str) -> None:
    """By them a key is told from another; and an ordinary sentence may end with the same signs."""
    ApiKey(LONG)
    ApiKey("my-correct-horsebattery-staple")
    assert known_secrets.without_secrets(text) == text


@given(st.text(string.ascii_letters + string.digits + "+/=_-", min_size=24, max_size=60), st.data())
def test_of_a_masked_key_no_eight_characters_are_left(key: str, data: st.DataObject) -> None:
    """Whatever the key, and however much of it is shown at either end."""
    assume("xxx" not in key.lower())  # which is a mask itself
    ApiKey(key)
    first, last = data.draw(st.integers(0, len(key) // 2)), data.draw(st.integers(0, len(key) // 2 - 1))
    told = redact(f"key {key[:first]}***{key[len(key) - last :]} is wrong").lower()
    shown = {key[at : at + 8].lower() for at in (*range(first - 7), *range(len(key) - last, len(key) - 7))}
    assert not any(part in told for part in shown)


def test_many_masks_cost_little_time() -> None:
    """A long answer full of them, and as many keys as are remembered."""
    for number in range(64):
        ApiKey(f"key-{number:04}-0123456789-abcdef")
    begin = time.perf_counter()
    redact("0123456789***" * 1600 + "*.x-#" * 1000 + "x" * 20_000)
    assert time.perf_counter() - begin < 5


def test_links_displace_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many films are fetched, each with a signature of its own."""
    for name in ("_keys", "_signatures"):
        monkeypatch.setattr(known_secrets, name, {})
    ApiKey(KEY)
    for film in range(1000):
        known_secrets.remember_signature(f"Expires=1700000000&Signature=film{film:04}")
    assert redact(f"it was {KEY}.") == "it was …."
    assert redact("it was Expires=1700000000&Signature=film0999.") == "it was …."


def test_secrets_that_overlap_are_left_out_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of either is left between them."""
    for name in ("_keys", "_signatures"):
        monkeypatch.setattr(known_secrets, name, {})
    known_secrets.remember("abcdefghij")
    known_secrets.remember("fghijklmno")
    assert known_secrets.without_secrets("<ABCDEFGHIJKLMNO> abcdefghij") == "<…> …"
