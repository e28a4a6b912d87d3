"""The service's address has one spelling, and the reason why another text is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wan_tui.domain.service_url import service_url


@pytest.mark.parametrize(
    ("given_", "used"),
    [
        ("https://api.aimlapi.com/", "https://api.aimlapi.com"),
        (" HTTPS://API.aimlapi.com:443/// \n", "https://api.aimlapi.com"),
        ("https://gate.example:8443/Aiml%2Fx/", "https://gate.example:8443/Aiml%2Fx"),
        ("http://LOCALHOST.:80", "http://localhost"),
        ("http://127.1:8080", "http://127.0.0.1:8080"),
        ("http://0x7f.1", "http://127.0.0.1"),
        ("http://2130706433:9/x", "http://127.0.0.1:9/x"),
        ("http://[0:0:0:0:0:0:0:1]:9", "http://[::1]:9"),
        ("http://[::ffff:127.0.0.1]", "http://127.0.0.1"),
        ("https://[::1]", "https://[::1]"),
        ("https://xn--mnchen-3ya.example", "https://xn--mnchen-3ya.example"),
    ],
)
def test_one_spelling(given_: str, used: str) -> None:
    """Of this machine above all; what is used is not changed any more."""
    assert service_url(given_) == used
    assert service_url(used) == used


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("https://münchen.example", "xn--"),
        ("https://ⓛocalhost", "ASCII"),
        ("https://a\nb.example", "ASCII"),
        ("http://0.0.0.0:8080", "https"),
        ("http://foo.localhost", "https"),
        ("http://127.0.0.1.example", "https"),
        ("http://[::ffff:10.0.0.1]", "https"),
        ("http://localhost.localdomain", "https"),
        ("https://host?", r"\?"),
        ("https://host/#", "#"),
        ("http://127.0.0.1\\@evil.example", r"\\"),
        ("http://localhost@evil.example", "https"),
        ("https://s3cret@host", "user"),
        ("https://@host", "user"),
        ("https://host:0", "port"),
        ("https://host:65536", "port"),
        ("https://host:", "port"),
        ("https://[::1]x", "host"),
        ("https://[::1", "host"),
        ("https:///path", "host"),
        ("", "https"),
    ],
)
def test_what_is_none(text: str, why: str) -> None:
    """With the reason, and without the secret that it may hold."""
    with pytest.raises(ValueError, match=why) as caught:
        service_url(text)
    assert "s3cret" not in str(caught.value)


@given(st.text(alphabet="htps:/[]0127.x@?#\\ lLocaÄ%-", max_size=40))
def test_any_text_is_one_or_is_refused(text: str) -> None:
    """No other error, and never another address at the second reading."""
    try:
        used = service_url(text)
    except ValueError:
        return
    assert service_url(used) == used
