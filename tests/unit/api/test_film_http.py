"""Film links that are plain http, and names of film hosts that lead into networks that are not public."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from ipaddress import ip_network
from typing import Any

import pytest
from httpcore._backends.auto import AutoBackend

from tests.faults.rig import CERTS, Hang, ScriptedServer, closed_port, http
from tests.unit.api.test_films import FILM, MP4, _all, _failure
from wan_tui.api import film_http
from wan_tui.api.film_client import FilmClient
from wan_tui.api.film_stream import FilmLimits
from wan_tui.api.network_errors import offers_no_https
from wan_tui.domain.errors import LinkDead, LinkRefused, Money, Unavailable

MakeFilms = Callable[..., FilmClient]
NAME = "other.example"
"""Whom the certificate ``otherhost`` belongs to."""
PATH = "/a%2Fb?Signature=%2bx'"
WHOLE = http(body=FILM, headers=MP4)


@pytest.fixture
async def new_films() -> AsyncIterator[MakeFilms]:
    """Makes film clients that are closed at the end of the test."""
    async with AsyncExitStack() as stack:

        def make(**options: Any) -> FilmClient:
            client = FilmClient(**{"allow_loopback": False, **options})
            stack.push_async_callback(client.aclose)
            return client

        yield make


class Net:
    """Every host is 127.0.0.1, with ``ports`` in place of those asked for."""

    def __init__(self) -> None:
        self.ports: dict[int, int] = {}


@pytest.fixture
def net(monkeypatch: pytest.MonkeyPatch) -> Net:
    """All names are those of public hosts on this machine."""
    net = Net()
    connect = AutoBackend.connect_tcp

    async def here(self: AutoBackend, host: str, port: int, *rest: Any, **more: Any) -> Any:
        return await connect(self, "127.0.0.1", net.ports.get(port, port), *rest, **more)

    monkeypatch.setenv("SSL_CERT_FILE", str(CERTS / "otherhost.crt"))
    monkeypatch.setattr(AutoBackend, "connect_tcp", here)
    monkeypatch.setattr(film_http, "is_public_address", lambda address: True)
    return net


@pytest.mark.parametrize("allowed", [False, True])
@pytest.mark.parametrize("link", [f"http://{NAME}", f"HTTP://{NAME}:80"])
async def test_https_is_asked_first(new_films: MakeFilms, net: Net, allowed: bool, link: str) -> None:
    """Where the host offers it nothing goes over plain http, whatever is allowed: same path and query."""
    async with ScriptedServer(WHOLE, certificate="otherhost") as secure, ScriptedServer(WHOLE) as plain:
        net.ports = {443: secure.port, 80: plain.port}
        assert await _all(new_films(allow_plain_http=allowed), link + PATH) == (200, 0, FILM)
    assert [request.target for request in secure.requests] == [PATH]
    assert plain.connections == 0


@pytest.mark.parametrize("what", ["closed", "no tls", "resets", "certificate"])
async def test_a_host_without_https(new_films: MakeFilms, net: Net, what: str) -> None:
    """Proof of it: the refusal names the setting, and nothing is asked over plain http. With it, it is fetched."""

    async def odd(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(5)
        if what == "no tls":
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            writer.close()
        else:
            writer.transport.abort()

    async with (
        await asyncio.start_server(odd, "127.0.0.1", 0) as server,
        ScriptedServer(WHOLE, certificate="localhost") as foreign,
        ScriptedServer(WHOLE) as plain,
    ):
        ports = {"closed": closed_port(), "certificate": foreign.port}
        net.ports = {443: ports.get(what) or server.sockets[0].getsockname()[1], 80: plain.port}
        error = await _failure(new_films(), f"http://{NAME}{PATH}")
        assert type(error) is LinkRefused
        assert error.money is Money.CHARGED
        assert "plain http" in error.message
        assert "allow_plain_http_films = true" in error.next_step
        assert plain.connections == 0
        assert await _all(new_films(allow_plain_http=True), f"http://{NAME}{PATH}") == (200, 0, FILM)
        assert [request.target for request in plain.requests] == [PATH]


async def test_a_silent_host_is_tried_again(new_films: MakeFilms, net: Net) -> None:
    """Not to answer is no proof: it may still offer https."""
    async with ScriptedServer(Hang()) as silent:
        net.ports = {443: silent.port, 80: closed_port()}
        films = new_films()
        films._limits = FilmLimits(connect_timeout=0.3)
        assert type(await _failure(films, f"http://{NAME}/a")) is Unavailable


@pytest.mark.parametrize(("code", "proof"), [(9, False), (10, False), (18, True), (62, True)])
def test_a_certificate_out_of_date_is_no_proof(code: int, proof: bool) -> None:
    """It may be this machine's clock; one that is another host's, or nobody's, is."""
    error = ssl.SSLCertVerificationError("certificate verify failed")
    error.verify_code = code
    assert offers_no_https(error) is proof


async def test_a_redirect_to_plain_http_is_treated_alike(new_films: MakeFilms, net: Net) -> None:
    """At every step."""
    async with ScriptedServer(WHOLE) as plain:
        there = http(302, headers={"Location": f"http://{NAME}{PATH}"})
        async with ScriptedServer(there, certificate="otherhost") as host:
            net.ports = {443: closed_port(), 80: plain.port}
            link = f"https://{NAME}:{host.port}/start"
            assert type(await _failure(new_films(), link)) is LinkRefused
            assert plain.connections == 0
            assert (await _all(new_films(allow_plain_http=True), link))[2] == FILM


@pytest.mark.parametrize("status", [403, 404])
async def test_https_that_has_not_got_the_film(new_films: MakeFilms, net: Net, status: int) -> None:
    """A dead link is one; where plain http is allowed it is asked as well before that is believed."""
    async with (
        ScriptedServer(http(status), certificate="otherhost") as secure,
        ScriptedServer(WHOLE) as plain,
    ):
        net.ports = {443: secure.port, 80: plain.port}
        assert type(await _failure(new_films(), f"http://{NAME}/a")) is LinkDead
        assert plain.connections == 0
        assert (await _all(new_films(allow_plain_http=True), f"http://{NAME}/a"))[2] == FILM


@pytest.mark.parametrize(
    "location", ["http://127.1:{}/a", "https://0x7f.1:{}/", "http://LOCALHOST.:{}/", "http://[::1]:{}/"]
)
async def test_a_redirect_to_this_machine(new_films: MakeFilms, net: Net, location: str) -> None:
    """In no spelling."""
    async with ScriptedServer(WHOLE) as inside:
        there = http(302, headers={"Location": location.format(inside.port)})
        async with ScriptedServer(there, certificate="otherhost") as host:
            films = new_films(allow_loopback=False, allow_plain_http=True)
            assert type(await _failure(films, f"https://{NAME}:{host.port}/a")) is LinkRefused
        assert inside.connections == 0


class _Stream:
    """A connection whose other end is ``address``."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.closed = False

    def get_extra_info(self, _: str) -> tuple[str, int]:
        return (self.address, 443)

    async def aclose(self) -> None:
        self.closed = True


async def _reach(address: str, *trusted: str, allow_loopback: bool = False) -> _Stream:
    """A connection by a name that leads to ``address``."""
    source = film_http.FilmHttp(
        allow_loopback=allow_loopback,
        limits=FilmLimits(),
        trust_networks=tuple(map(ip_network, trusted)),
    )
    trace = source._peer_check(NAME)
    stream = _Stream(address)
    try:
        await trace("connection.connect_tcp.started", {"host": NAME})
        await trace("connection.connect_tcp.complete", {"return_value": stream})
    finally:
        await source.aclose()
    return stream


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.18.3.7", "198.18.0.0/15"),
        ("::ffff:198.19.0.1", "198.18.0.0/15"),
        ("100.100.1.1", "100.64.0.0/10"),
    ],
)
async def test_a_made_up_address(address: str, network: str) -> None:
    """The refusal names the network and the setting that lets it pass; then it does, and no other."""
    for trusted in ([], ["10.0.0.0/8"]):
        with pytest.raises(LinkRefused) as caught:
            await _reach(address, *trusted)
        assert network in caught.value.message
        assert f'trust_networks = ["{network}"]' in caught.value.next_step
    assert not (await _reach(address, "10.0.0.0/8", network)).closed


@pytest.mark.parametrize("address", ["10.0.0.1", "192.168.1.1", "fd00::1"])
async def test_a_private_network_passes_only_by_name(address: str) -> None:
    """It is not proposed: a link may be out to look around in it."""
    with pytest.raises(LinkRefused) as caught:
        await _reach(address, "198.18.0.0/15")
    assert "trust_networks" not in caught.value.next_step
    assert not (await _reach(address, "10.0.0.0/8", "192.168.0.0/16", "fd00::/8")).closed


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "169.254.169.254", "fe80::1", "0.0.0.0"])
async def test_this_machine_and_its_link_never_pass(address: str) -> None:
    """Whatever is trusted."""
    with pytest.raises(LinkRefused):
        await _reach(address, "0.0.0.0/0", "::/0")
