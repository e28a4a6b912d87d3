"""One reading of a URL for all who follow, hand on or keep one, and the rules that they share."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wan_tui.api.url_policy import check_link
from wan_tui.domain.errors import LinkRefused
from wan_tui.domain.url import is_local_url, read_url, why_not_followed
from wan_tui.terminal.opening import may_open


def test_the_parts_of_a_url() -> None:
    """Scheme and host in lower case, the rest as it is written."""
    url = read_url("HTTPS://Films.Example:8443/A%2Fb?Sig=X#frag")
    assert (url.scheme, url.host, url.port) == ("https", "films.example", 8443)
    assert (url.netloc, url.path, url.query) == ("Films.Example:8443", "/A%2Fb", "Sig=X")
    assert not url.has_user
    assert read_url("https://[::1]/").host == "::1"
    assert read_url("https:///path").host == ""


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://A.example/x", ("https", "a.example", 443)),
        ("https://a.example:443", ("https", "a.example", 443)),
        ("http://a.example", ("http", "a.example", 80)),
        ("socks5://a.example", ("socks5", "a.example", None)),
    ],
)
def test_the_origin_has_its_port(text: str, origin: tuple[str, str, int | None]) -> None:
    """So that two spellings of one are equal."""
    assert read_url(text).origin == origin


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("https://a.ex\nample/", "characters"),
        ("https://a.example/\x1b[2J", "characters"),
        ("https://a.example\\@b.example/", "characters"),
        ("https://[::1", "host"),
        ("https://a.example:65536/", "port"),
        ("https://a.example:x/", "port"),
    ],
)
def test_what_others_might_read_otherwise_is_not_read(text: str, why: str) -> None:
    """The reason repeats nothing of it; it leads nowhere."""
    with pytest.raises(ValueError, match=why) as error:
        read_url(text)
    assert text not in str(error.value)
    assert not is_local_url(text)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "127.1", "[::1]", "0x7f.1", "user@127.0.0.1"])
def test_this_machine_in_every_spelling(host: str) -> None:
    """With a user before it too: that is for others to refuse."""
    assert is_local_url(f"http://{host}:9/x")
    assert not is_local_url(f"http://{host.rpartition('@')[2].strip('[].')}.example/")


@pytest.mark.parametrize(
    ("text", "loopback", "http", "why"),
    [
        ("https://a.example/", False, False, None),
        ("http://a.example/", False, True, None),
        ("http://a.example/", True, False, "it is not https"),
        ("ftp://a.example/", True, True, "it is neither https nor http"),
        ("https://@a.example/", True, True, "it contains a user name"),
        ("https://localhost/", False, True, "it points to this machine"),
        ("http://localhost/", True, False, None),
        ("ftp://localhost/", True, True, "it points to this machine"),
        ("https://10.0.0.1/", True, True, "it does not point to a public host"),
        ("https:///x", True, True, "it does not point to a public host"),
    ],
)
def test_where_a_link_may_lead(text: str, loopback: bool, http: bool, why: str | None) -> None:
    """To public hosts, and to the simulator where there is one."""
    assert why_not_followed(read_url(text), allow_loopback=loopback, allow_http=http) == why


@given(
    st.text(st.sampled_from("htps:/@.\\?#[]1270localex-%\n é"), max_size=30)
    | st.sampled_from(["https", "http", "ftp"]).flatmap(
        lambda scheme: st.sampled_from(
            ["a.example", "localhost", "10.1.1.1", "u@a.example", "a.example:1", "a.example:99999"]
        ).map(lambda place: f"{scheme}://{place}/x")
    ),
    st.booleans(),
)
def test_what_is_opened_is_what_would_be_fetched(text: str, loopback: bool) -> None:
    """Opening is the stricter one: no link that the client refuses is handed to a browser."""
    if may_open(text, allow_loopback=loopback):
        assert check_link(text, allow_loopback=loopback) == text
    else:
        try:
            followed = check_link(text, allow_loopback=loopback)
        except LinkRefused:
            return
        # Only what is percent-encoded first, or asked over https first.
        assert followed != text or followed.lower().startswith("http:")
