"""Which links are followed, and when they die."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wan_tui.api.url_policy import check_link, link_expiry, over_https
from wan_tui.domain.errors import LinkRefused

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "url",
    [
        "https://cdn.aimlapi.com/generations/hedgehog/1759866285599-0cdf.mp4",
        "https://x.oss-accelerate.aliyuncs.com/a%2Fb/c.mp4?Expires=1&Signature=a%2Bb%3d'",
        "https://cdn.example.com:8443/a",
        "https://8.8.8.8/a",
        "https://[2606:4700::1111]/a",
        "HTTPS://CDN.example.com/a",
        "https://under_score.example.com/",
        "https://127.0.0.1.example.com/a",
    ],
)
def test_public_https_is_followed_byte_for_byte(url: str) -> None:
    """The link comes back exactly as it was."""
    assert check_link(url, allow_loopback=False) == url


@pytest.mark.parametrize(
    "url",
    [
        "", " ", "films/a.mp4", "//cdn.example.com/a", "http://10.0.0.1/a", "http://198.18.0.1/a", "ftp://cdn.example.com/a",
        "file:///etc/passwd", "javascript:alert(1)", "data:text/html,x", "https://", "https:///a",
        "https://user@cdn.example.com/", "https://user:pw@cdn.example.com/", "https://cdn.example.com:99999/",
        "https://cdn.example.com:x/", "https://localhost/a", "https://LOCALHOST/a", "https://a.localhost/",
        "https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f.0.0.1/", "https://0/",
        "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:10.0.0.1]/", "https://[::ffff:7f00:1]/",
        "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://[fe80::1]/", "https://[fe80::1%25eth0]/",
        "https://[fd00::1]/", "https://[zz]/", "https://[::1/", "https://10.1.2.3/", "https://192.168.0.1/",
        "https://169.254.169.254/latest/meta-data", "https://100.64.0.1/", "https://0.0.0.0/",
        "https://224.0.0.1/", "https://255.255.255.255/", "https://intranet/", "https://nas.local/",
        "https://db.internal/", "https://cdn.example.com\\@evil.test/", "https://cdn.example.com/\na",
        "https://cdn.example.com/\x00", "https://cdn..example.com/", "https://-a.example.com/",
        "https://ex\u0430mple.com/", "https://cdn.example.com/" + "a" * 9000,
    ],
)  # fmt: skip
def test_all_else_is_refused(url: str) -> None:
    """Other schemes, private and odd hosts, credentials: refused, with or without a simulator; never shown."""
    with pytest.raises(LinkRefused) as caught:
        check_link(url, allow_loopback=False)
    assert not url.strip() or url not in caught.value.message
    assert caught.value.next_step


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:8080/a.mp4?x=1", "http://localhost:1/a", "http://[::1]:1/a", "https://127.0.0.2/"],
)
def test_this_machine_only_for_the_simulator(url: str) -> None:
    """Loopback is followed where it is allowed, and nowhere else."""
    assert check_link(url, allow_loopback=True) == url
    with pytest.raises(LinkRefused):
        check_link(url, allow_loopback=False)


@pytest.mark.parametrize("url", ["http://192.168.0.1/a", "http://nas/", "ftp://127.0.0.1/"])
def test_the_simulator_opens_nothing_else(url: str) -> None:
    """Private networks stay closed."""
    with pytest.raises(LinkRefused):
        check_link(url, allow_loopback=True)


@pytest.mark.parametrize(
    ("url", "secured"),
    [
        ("http://cdn.example.com/a%2Fb?S=%2b&x=/", "https://cdn.example.com/a%2Fb?S=%2b&x=/"),
        ("HTTP://CDN.example.com:80/a", "https://CDN.example.com/a"),
        ("http://cdn.example.com:8080?a", "https://cdn.example.com:8080?a"),
        ("http://cdn.example.com:80", "https://cdn.example.com"),
        ("http://[2606:4700::80]/a", "https://[2606:4700::80]/a"),
        ("https://cdn.example.com/a", None),
        ("http://127.0.0.1:1/a", None),
        ("http://127.1/a", None),
        ("http://LOCALHOST.:1/a", None),
        ("http://[0:0:0:0:0:0:0:1]/a", None),
    ],
)
def test_plain_http_is_asked_over_https(url: str, secured: str | None) -> None:
    """Same host, path and query, byte for byte; this machine, where it is allowed at all, needs none."""
    assert over_https(check_link(url, allow_loopback=True)) == secured


def test_characters_outside_ascii_are_encoded() -> None:
    """A link with a readable path is one that can be asked for; what is encoded stays so."""
    link = check_link(" https://cdn.example.com/ä b%2F?q=猫 ", allow_loopback=False)
    assert link == "https://cdn.example.com/%C3%A4%20b%2F?q=%E7%8C%AB"


@given(st.text())
def test_any_text_is_a_link_or_refused(text: str) -> None:
    """Nothing else is raised, and what passes is printable ASCII."""
    for url in (text, f"https://{text}", f"https://cdn.example.com/{text}"):
        with suppress(LinkRefused):
            assert check_link(url, allow_loopback=True).isascii()
        link_expiry(url, NOW)


@pytest.mark.parametrize(
    ("query", "moment"),
    [
        ("Expires=1754374087&OSSAccessKeyId=x&Signature=y", datetime.fromtimestamp(1754374087, UTC)),
        ("X-Amz-Date=20260101T000000Z&X-Amz-Expires=86400", NOW + timedelta(days=1)),
        ("X-Tos-Date=20251231T233000Z&X-Tos-Expires=3600", NOW + timedelta(minutes=30)),
        ("x-oss-date=20260101T000000Z&x-oss-expires=60", NOW + timedelta(minutes=1)),
        ("X-Amz-Expires=60", NOW + timedelta(minutes=1)),
        ("X-Amz-Date=20261399T000000Z&X-Amz-Expires=60", NOW + timedelta(minutes=1)),
        ("Expires=soon", None),
        ("Expires=99999999999999999999", None),
        ("Expires=5", None),
        ("Expires=", None),
        ("X-Amz-Date=20260101T000000Z", None),
        ("", None),
        ("a=b", None),
    ],
)
def test_when_a_link_dies(query: str, moment: datetime | None) -> None:
    """By its own query; None where it does not tell."""
    assert link_expiry(f"https://cdn.example.com/a.mp4?{query}", NOW) == moment
