"""What the environment can do to an order: it is known before, it is told by name, and nothing is in doubt."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from tests.faults.rig import CERTS, ScriptedServer, Send, closed_port, http
from tests.faults.socks import SocksProxy
from tests.unit.api.conftest import SECRET, Ids, MakeClient, place
from wan_tui.api import client as client_module
from wan_tui.api.certificates import tls_context
from wan_tui.api.film_client import FilmClient
from wan_tui.api.timeouts import Timeouts
from wan_tui.domain.errors import Money, NotReady, NotSent, ServiceError, Unauthorized, Unreachable
from wan_tui.domain.parameters import Dialect
from wan_tui.domain.request import GenerationRequest

TAKEN = {"id": "gen-1", "status": "queued"}
SHORT = Timeouts(connect=0.5, submit_read=0.8, submit_total=3.0, total=3.0)
PASSWORD = "s3cret"


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"):
            monkeypatch.delenv(name)


def _broken(tmp_path: Path, kind: str) -> str:
    """A path that a variable may name."""
    path = tmp_path / kind
    if kind == "empty":
        path.touch()
    elif kind == "text":
        path.write_text("no certificate at all")
    elif kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "unhashed":
        path.mkdir()
        shutil.copy(CERTS / "localhost.crt", path)
    return str(path)


BROKEN = [
    ("SSL_CERT_FILE", "missing"),
    ("SSL_CERT_FILE", "empty"),
    ("SSL_CERT_FILE", "text"),
    ("SSL_CERT_FILE", "folder"),
    ("SSL_CERT_FILE", "pipe"),
    ("SSL_CERT_DIR", "missing"),
    ("SSL_CERT_DIR", "empty"),
    ("SSL_CERT_DIR", "folder"),
    ("SSL_CERT_DIR", "unhashed"),
    ("SSLKEYLOGFILE", "missing/x"),
    ("SSLKEYLOGFILE", "folder"),
]
PROXIES = [
    ("HTTPS_PROXY", f"gopher://u:{PASSWORD}@h"),
    ("all_proxy", f"socks4://u:{PASSWORD}@h:1080"),
    ("ALL_PROXY", f"http://u:{PASSWORD}@h:99999"),
    ("https_proxy", "http://[::1"),
]


@pytest.mark.parametrize(("variable", "value"), [*BROKEN, *PROXIES])
async def test_what_stands_in_the_way_is_known_before(
    make_client: MakeClient,
    order: GenerationRequest,
    ids: Ids,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    variable: str,
    value: str,
) -> None:
    """A sentence that names the variable, from the look before, from an order and from a reading alike: not charged."""
    monkeypatch.setenv(variable, value if "://" in value else _broken(tmp_path, value))
    client = make_client("https://api.test")
    for call in (
        client.prepare(),
        place(client, order, ids),
        client.fetch("x", Dialect.VENDOR),
        client.price("m", {}),
    ):
        with pytest.raises(NotReady) as caught:
            await call
        failure = caught.value.failure()
        assert failure.money is Money.FREE
        assert variable in failure.message
        assert variable in failure.next_step
        assert PASSWORD not in failure.sentence
    films = FilmClient(allow_loopback=False)
    with pytest.raises(NotReady, match=variable):
        async with films.open("https://films.example/a.mp4"):
            pass
    await films.aclose()


@pytest.mark.parametrize("value", ["missing", "empty"])
def test_certificates_that_come_with_the_program_are_not_blamed_on_a_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str
) -> None:
    """A damaged installation says so."""
    monkeypatch.setattr("certifi.where", lambda: _broken(tmp_path, value))
    with pytest.raises(NotReady, match="bundled certificates"):
        tls_context()


async def test_a_folder_of_certificates_works(
    make_client: MakeClient,
    order: GenerationRequest,
    ids: Ids,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Named by its hash, in the second of two folders; the first one is missing."""
    (tmp_path / "certs").mkdir()
    shutil.copy(CERTS / "localhost.crt", tmp_path / "certs" / "ce275665.0")
    monkeypatch.setenv("SSL_CERT_DIR", f"{tmp_path / 'nowhere'}{os.pathsep}{tmp_path / 'certs'}")
    async with ScriptedServer(http(json=TAKEN), certificate="localhost") as server:
        assert (await place(make_client(server), order, ids)).report.generation_id == "gen-1"


async def test_without_a_key_it_is_known_before_as_well(make_client: MakeClient) -> None:
    """Nothing is sent to find it out."""
    async with ScriptedServer(http()) as server:
        client = make_client(server)
        await client.prepare()
        client.key = None
        with pytest.raises(Unauthorized):
            await client.prepare()
        assert server.connections == 0


@pytest.mark.parametrize(
    "error", [RuntimeError("can't start new thread"), MemoryError(), ImportError("httpx")]
)
async def test_whatever_comes_before_the_first_byte_is_proof(
    make_client: MakeClient,
    order: GenerationRequest,
    ids: Ids,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    """Also what nobody thought of: not sent."""

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(client_module, "_make_transport", fail)
    with pytest.raises(NotSent):
        await place(make_client("https://api.test"), order, ids)


@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "socks"])
async def test_a_socks_proxy_is_used(
    make_client: MakeClient, order: GenerationRequest, ids: Ids, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    """For orders and readings; it is the one that looks the name up, and it sees no key."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTS / "localhost.crt"))
    login = ("us er", "p@ss")
    async with (
        ScriptedServer(
            http(json=TAKEN), http(json={"current_balance": 2}), certificate="localhost"
        ) as server,
        SocksProxy(server.port, login=login) as proxy,
    ):
        monkeypatch.setenv("ALL_PROXY", f"{scheme}://us%20er:p@ss@127.0.0.1:{proxy.port}")
        # The certificate names localhost, which never goes through a proxy by that name.
        monkeypatch.setattr("wan_tui.api.proxies.is_loopback", lambda host: False)
        client = make_client(f"https://localhost:{server.port}")
        taken = await place(client, order, ids)
        assert await client.balance() == 2
        await client.aclose()
        assert taken.report.generation_id == "gen-1"
        assert proxy.asked == [("localhost", server.port)] * 2


@pytest.mark.parametrize(
    ("behaviour", "told"),
    [
        ({"reply": 5}, "refused the connection"),
        ({"reply": 2}, "refused the connection"),
        ({"login": ("u", "right")}, "login"),
        ({"silent": True}, "timed out"),
    ],
)
@pytest.mark.parametrize("login", ["", f"u:{PASSWORD}@"])
async def test_a_socks_proxy_that_does_not_let_us_through(
    make_client: MakeClient,
    order: GenerationRequest,
    ids: Ids,
    monkeypatch: pytest.MonkeyPatch,
    behaviour: dict[str, object],
    told: str,
    login: str,
) -> None:
    """Refusing, wanting another login, saying nothing: not sent, in time; no connection is left open."""
    async with SocksProxy(**behaviour) as proxy:  # type: ignore[arg-type]
        monkeypatch.setenv("ALL_PROXY", f"socks5://{login}127.0.0.1:{proxy.port}")
        client = make_client("https://api.test", SHORT)
        with pytest.raises(Unreachable) as caught:
            await place(client, order, ids)
        with pytest.raises(Unreachable):
            await client.balance()
        assert "ALL_PROXY" in caught.value.message
        if login and "reply" in behaviour:  # it takes nobody with a login
            told = "login"
        assert told in caught.value.message
        assert PASSWORD not in caught.value.failure().sentence
        for _ in range(100):
            if not proxy.open:
                break
            await asyncio.sleep(0.01)
        assert proxy.open == 0


@pytest.mark.parametrize(
    "answer",
    [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x04\x5b\x00\x00\x00\x00\x00\x00", b"", b"\x05", b"\x05\x00\x05"],
)
async def test_what_is_no_socks_proxy_at_all(
    make_client: MakeClient,
    order: GenerationRequest,
    ids: Ids,
    monkeypatch: pytest.MonkeyPatch,
    answer: bytes,
) -> None:
    """A web server, an older version, something that hangs up: not sent, for orders and readings."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(3)
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    monkeypatch.setenv("ALL_PROXY", f"socks5://127.0.0.1:{port}")
    client = make_client("https://api.test", SHORT)
    for call in (place(client, order, ids), client.balance()):
        with pytest.raises(ServiceError) as caught:
            await call
        assert isinstance(caught.value, NotSent), caught.value
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize("scheme", ["socks5", "http", "https"])
async def test_a_dead_proxy_is_named(
    make_client: MakeClient, order: GenerationRequest, ids: Ids, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    """It is the proxy that refuses the connection, not the service."""
    monkeypatch.setenv("all_proxy", f"{scheme}://u:{PASSWORD}@127.0.0.1:{closed_port()}")
    with pytest.raises(Unreachable, match="all_proxy: the connection was refused"):
        await place(make_client("https://api.test", SHORT), order, ids)


async def test_entries_that_httpx_cannot_read_break_nothing(
    make_client: MakeClient, order: GenerationRequest, ids: Ids, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Brackets, wildcards, ranges and ports in NO_PROXY; the order goes out through the proxy all the same."""
    monkeypatch.setenv("NO_PROXY", "[::1], *.local, fd00::/8, 10.0.0.0/8, nas:8080, ::1, [fe80::1%eth0], , *")
    async with ScriptedServer(http(json=TAKEN)) as server:
        monkeypatch.setenv("ALL_PROXY", "gopher://nowhere")
        assert (await place(make_client(server), order, ids)).report.generation_id == "gen-1"


@pytest.mark.parametrize(
    "host", ["[0:0:0:0:0:0:0:1]", "127.1", "0x7f.1", "2130706433", "LOCALHOST", "[::ffff:127.0.0.1]"]
)
async def test_no_spelling_of_this_machine_sends_the_key_to_a_proxy(
    make_client: MakeClient, order: GenerationRequest, ids: Ids, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    """Plain http is allowed to it, so a proxy would read the key."""
    async with ScriptedServer(http(502)) as proxy, ScriptedServer(http(json=TAKEN)) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        client = make_client(f"http://{host}:{server.port}", SHORT)
        if ":0" in host:  # nobody listens there
            with pytest.raises(Unreachable):
                await place(client, order, ids)
        else:
            await place(client, order, ids)
            assert SECRET.encode() in server.bytes_seen
        assert proxy.connections == 0


async def test_an_http_proxy_that_wants_a_login(
    make_client: MakeClient, order: GenerationRequest, ids: Ids, monkeypatch: pytest.MonkeyPatch
) -> None:
    """407: not sent, and it is said that it is about the login."""
    refusal = Send(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
    async with ScriptedServer(refusal) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://u:{PASSWORD}@127.0.0.1:{proxy.port}")
        with pytest.raises(Unreachable, match="HTTPS_PROXY: the proxy rejects the login"):
            await place(make_client("https://api.test"), order, ids)
