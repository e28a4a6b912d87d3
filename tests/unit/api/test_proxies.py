"""Which request goes through which proxy, by the environment."""

from __future__ import annotations

import urllib.request
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wan_tui.api.proxies import Proxies, Proxy
from wan_tui.domain.errors import NotReady

P = "http://proxy.test:3128"
LOOPBACK = ("localhost", "LOCALHOST.", "127.0.0.1", "127.1", "0x7f.1", "2130706433", "::1", "0:0:0:0:0:0:0:1",
            "::ffff:127.0.0.1", "127.0.0.2")  # fmt: skip


def way(
    environ: dict[str, str], host: str = "api.test", port: int | None = None, scheme: str = "https"
) -> Proxy | None:
    return Proxies(environ).proxy_for(scheme, host, port)


@pytest.mark.parametrize("host", LOOPBACK)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_this_machine_is_never_asked_through_a_proxy(host: str, scheme: str) -> None:
    """In whatever spelling, and whatever variable is set."""
    for name in ("HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        assert way({name: P}, host, 8080, scheme) is None


@pytest.mark.parametrize(
    ("environ", "variable", "url"),
    [
        ({"HTTPS_PROXY": P}, "HTTPS_PROXY", P),
        ({"HTTPS_PROXY": "http://other.test", "https_proxy": P}, "https_proxy", P),
        ({"ALL_PROXY": "http://other.test", "HTTPS_PROXY": P}, "HTTPS_PROXY", P),
        ({"ALL_PROXY": P}, "ALL_PROXY", P),
        ({"all_proxy": "proxy.test:3128"}, "all_proxy", P),
        ({"Https_Proxy": P}, "Https_Proxy", P),
        ({"HTTPS_PROXY": f"  {P}/pac?x \n"}, "HTTPS_PROXY", P),
        ({"HTTPS_PROXY": "HTTP://proxy.test:3128"}, "HTTPS_PROXY", P),
        ({"HTTPS_PROXY": "http://proxy.test"}, "HTTPS_PROXY", "http://proxy.test:80"),
        ({"HTTPS_PROXY": "https://proxy.test"}, "HTTPS_PROXY", "https://proxy.test:443"),
        ({"HTTPS_PROXY": "http://[::1]:3128"}, "HTTPS_PROXY", "http://[::1]:3128"),
        ({"ALL_PROXY": "socks5://127.0.0.1"}, "ALL_PROXY", "socks5://127.0.0.1:1080"),
        ({"ALL_PROXY": "socks5h://127.0.0.1:9"}, "ALL_PROXY", "socks5h://127.0.0.1:9"),
        ({"ALL_PROXY": "socks://127.0.0.1:1080/"}, "ALL_PROXY", "socks5://127.0.0.1:1080"),
    ],
)
def test_the_variable_that_counts(environ: dict[str, str], variable: str, url: str) -> None:
    """The scheme's own before ALL_PROXY, lower case before upper, in every spelling that others take."""
    proxy = way(environ)
    assert proxy is not None
    assert (proxy.variable, proxy.url, proxy.login) == (variable, url, None)


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"HTTP_PROXY": P},
        {"HTTPS_PROXY": "", "ALL_PROXY": "  "},
        {"HTTPS_PROXY": P, "NO_PROXY": "*"},
        {"HTTPS_PROXY": P, "https_proxy": "", "no_proxy": "*"},
        {"HTTPS_PROXY": "gopher://x", "no_proxy": "api.test"},
        {"HTTP_PROXY": "gopher://x"},
    ],
)
def test_where_none_counts(environ: dict[str, str]) -> None:
    """A variable that is not used for the request may be as wrong as it likes."""
    assert way(environ) is None


def test_a_header_is_no_proxy() -> None:
    """A CGI program finds the header "Proxy" in HTTP_PROXY."""
    environ = {"REQUEST_METHOD": "GET", "HTTP_PROXY": P}
    assert way(environ, scheme="http") is None
    assert way({**environ, "http_proxy": P}, scheme="http") is not None


@pytest.mark.parametrize(
    ("login", "read"),
    [
        ("user:pass", ("user", "pass")),
        ("user:p@ss:w%23rd%20", ("user", "p@ss:w#rd ")),
        ("user", ("user", "")),
        (":pässword", ("", "pässword")),
    ],
)
def test_a_login(login: str, read: tuple[str, str]) -> None:
    """With characters that an address would have to encode; never part of what is shown."""
    proxy = way({"HTTPS_PROXY": f"http://{login}@proxy.test:3128"})
    assert proxy is not None
    assert (proxy.url, proxy.login) == (P, read)
    assert "ss" not in repr(proxy)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("gopher://x", "only http"),
        ("socks4://127.0.0.1:1080", "only http"),
        ("quic://u:s3cret@h", "only http"),
        ("://u:s3cret@h", "only http"),
        ("http://", "host"),
        ("http://:3128", "host"),
        ("http://u:s3cret@", "host"),
        ("http://u:s3cret@host:99999", "port"),
        ("http://u:s3cret@host:0", "port"),
        ("http://u:s3cret@host:web", "port"),
        ("http://[::1", "host"),
        ("http://prox\u00fc.test", "host"),
        ("http://a b:1", "host"),
    ],
)
def test_what_cannot_be_used_is_told(text: str, why: str) -> None:
    """By the variable's name and a reason, never by what stands in it."""
    with pytest.raises(NotReady) as caught:
        way({"ALL_PROXY": text})
    sentence = caught.value.failure().sentence
    assert "ALL_PROXY" in caught.value.message
    assert "ALL_PROXY" in caught.value.next_step
    assert "Not charged" in sentence
    assert why in sentence
    assert "s3cret" not in sentence


@pytest.mark.parametrize(
    ("entries", "host", "port"),
    [
        ("api.test", "api.test", None),
        ("API.Test.", "api.test", None),
        ("test", "api.test", None),
        (".test", "api.test", None),
        ("*.local", "nas.local", None),
        ("*.local", "a.nas.local.", None),
        ("a, b;,  api.test  ,", "api.test", None),
        ("a b\tapi.test", "api.test", None),
        ("api.test:443", "api.test", None),
        ("api.test:8443", "api.test", 8443),
        ("https://api.test/x", "api.test", None),
        ("10.1.2.3", "10.1.2.3", None),
        ("10.0.0.0/8", "10.1.2.3", None),
        ("10.1.2.3/8", "10.9.9.9", None),
        ("10.0.0.0/255.0.0.0", "10.1.2.3", None),
        ("2001:db8::1", "2001:db8:0:0::1", None),
        ("[2001:db8::1]", "2001:db8::1", None),
        ("[2001:db8::1]:443", "2001:db8::1", None),
        ("2001:db8::/32", "2001:db8::7", None),
        ("[2001:db8::]/32", "2001:db8::7", None),
        ("::ffff:10.0.0.1", "10.0.0.1", None),
        ("*:443", "api.test", None),
    ],
)
def test_what_is_exempt(entries: str, host: str, port: int | None) -> None:
    """Names with all below them, addresses, ranges, ports, blanks, in upper and lower case."""
    for name in ("NO_PROXY", "no_proxy"):
        assert way({"ALL_PROXY": P, name: entries}, host, port) is None


@pytest.mark.parametrize(
    ("entries", "host", "port"),
    [
        ("api.test", "xapi.test", None),
        ("pi.test", "api.test", None),
        (".api.test", "api.test", None),
        ("*.api.test", "api.test", None),
        ("api.test:8443", "api.test", None),
        ("10.0.0.0/8", "11.0.0.1", None),
        ("10.0.0.0/8", "10.example", None),
        ("2001:db8::/32", "10.0.0.1", None),
        ("10.0.0.0/99", "10.0.0.1", None),
        ("[::1", "api.test", None),
        (",,  , .", "api.test", None),
        ("http://", "api.test", None),
        ("\x00", "api.test", None),
    ],
)
def test_what_is_not(entries: str, host: str, port: int | None) -> None:
    """An entry that cannot be read exempts nothing, and breaks nothing."""
    assert way({"ALL_PROXY": P, "NO_PROXY": entries}, host, port) is not None


@given(st.text(), st.text(alphabet="[]:/.*,%@ 0123x-al", max_size=30))
def test_no_text_breaks_it(entries: str, proxy: str) -> None:
    """Whatever stands in the variables: an answer, or a sentence."""
    proxies = Proxies({"ALL_PROXY": proxy, "NO_PROXY": entries})
    for host in ("api.test", "10.0.0.1", "2001:db8::1"):
        with suppress(NotReady):
            proxies.proxy_for("https", host, None)


@pytest.mark.parametrize(
    "environ",
    [
        {"HTTP_PROXY": "http://a", "http_proxy": "http://b", "No_Proxy": "x"},
        {"HTTPS_PROXY": "http://a", "https_proxy": ""},
        {"REQUEST_METHOD": "GET", "HTTP_PROXY": "http://a", "ALL_PROXY": "http://c"},
    ],
)
def test_variables_are_read_as_python_reads_them(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tests' environment and that of the process are read alike."""
    for name in (
        "http_proxy",
        "https_proxy",
        "all_proxy",
        "no_proxy",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
    ):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    given_ = Proxies(environ)
    assert given_._named == {k: v for k, v in urllib.request.getproxies_environment().items() if v}
