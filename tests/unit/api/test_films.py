"""Fetching films: byte-exact addresses, ranges, redirects, and what is no film."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from tests.faults.rig import (
    CERTS,
    Hang,
    Pause,
    Reset,
    ScriptedServer,
    Send,
    Step,
    Trickle,
    closed_port,
    http,
)
from tests.unit.api.conftest import SECRET
from wan_tui.api.film_client import FilmClient
from wan_tui.domain.errors import FilmError, LinkDead, LinkRefused, Money, NotAFilm, ServiceError, Unavailable

FILM = b"\x00\x00\x00\x18ftypmp42" + bytes(range(256)) * 40
ETAG = '"e-1"'
MP4 = {"Content-Type": "video/mp4", "ETag": ETAG}
EXPIRED = (
    "<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Request has expired.</Message></Error>"
)

MakeFilms = Callable[..., FilmClient]


@pytest.fixture
async def make_films() -> AsyncIterator[MakeFilms]:
    """Makes film clients that are closed at the end of the test."""
    async with AsyncExitStack() as stack:

        def make(**options: Any) -> FilmClient:
            client = FilmClient(**{"allow_loopback": True, **options})
            stack.push_async_callback(client.aclose)
            return client

        yield make


async def _all(
    films: FilmClient, url: str, start: int = 0, etag: str | None = None
) -> tuple[int, int, bytes]:
    """Status, start and bytes."""
    async with films.open(url, start=start, etag=etag) as film:
        return film.status, film.start, b"".join([chunk async for chunk in film.chunks()])


async def _failure(films: FilmClient, url: str) -> FilmError | ServiceError:
    with pytest.raises((FilmError, ServiceError)) as caught:
        await _all(films, url)
    error = caught.value
    assert isinstance(error, FilmError | ServiceError)
    assert error.next_step
    assert "127.0.0.1" not in error.message
    assert "Signature" not in error.message
    assert "<" not in error.message
    return error


def _part(start: int, **headers: str) -> Send:
    content_range = f"bytes {start}-{len(FILM) - 1}/{len(FILM)}"
    return http(206, FILM[start:], headers={**MP4, "Content-Range": content_range, **headers})


async def test_a_film_comes_whole(make_films: MakeFilms) -> None:
    """Bytes, length and ETag; the request tells nothing about us and asks for no compression."""
    async with ScriptedServer(http(body=FILM, headers={**MP4, "Set-Cookie": "a=b"})) as host:
        films = make_films()
        async with films.open(f"{host.url}/a.mp4") as film:
            assert (film.status, film.start, film.total, film.etag) == (200, 0, len(FILM), ETAG)
            assert b"".join([chunk async for chunk in film.chunks()]) == FILM
        await _all(films, f"{host.url}/a.mp4")
    for request in host.requests:
        assert set(request.headers) == {"host", "accept", "user-agent", "accept-encoding"}
        assert request.headers["accept-encoding"] == "identity"
        assert SECRET.encode() not in request.raw


@pytest.mark.parametrize(
    "target",
    [
        "/a%2Fb/c%2bd.mp4?Expires=1&Signature=a%2Bb%2F%3D%3d&x='y'",
        "/a//b/../c/./d.mp4?x=%7e~!$&'()*,;:@/?",
        '/%e4%bd%a0.mp4?X-Amz-Credential=A%2F20260101%2Fus%2Fs3&[x]={y}|^`"<>',
        "?only=query",
        "/a.mp4?",
    ],
)
async def test_the_address_goes_out_byte_for_byte(make_films: MakeFilms, target: str) -> None:
    """A signature is over bytes: none of them is encoded anew, decoded or tidied up."""
    async with ScriptedServer(http(body=FILM, headers=MP4)) as host:
        await _all(make_films(), host.url + target)
    assert host.requests[0].target == (target if target.startswith("/") else "/" + target)


async def test_a_fragment_stays_at_home(make_films: MakeFilms) -> None:
    """What follows # is not for the host."""
    async with ScriptedServer(http(body=FILM, headers=MP4)) as host:
        await _all(make_films(), host.url + "/a.mp4?x=1#secret?/")
    assert host.requests[0].target == "/a.mp4?x=1"


async def test_a_download_goes_on_where_it_broke(make_films: MakeFilms) -> None:
    """Cut at half, then resumed by Range: together the whole film."""
    half = len(FILM) // 2
    async with ScriptedServer(
        [http(body=FILM[:half], length=len(FILM), headers=MP4), Reset()], _part(half)
    ) as host:
        films = make_films()
        got, etag = bytearray(), None

        async def first_half() -> None:
            nonlocal etag
            async with films.open(f"{host.url}/a.mp4") as film:
                etag = film.etag
                async for chunk in film.chunks():
                    got.extend(chunk)

        with pytest.raises(Unavailable, match="was interrupted"):
            await first_half()
        async with films.open(f"{host.url}/a.mp4", start=len(got), etag=etag) as rest:
            assert (rest.status, rest.start, rest.total) == (206, half, len(FILM))
            got.extend(b"".join([chunk async for chunk in rest.chunks()]))
    assert got == FILM
    assert host.requests[1].headers["range"] == f"bytes={half}-"
    assert host.requests[1].headers["if-range"] == ETAG


async def test_a_host_that_ignores_the_range(make_films: MakeFilms) -> None:
    """200 means from the beginning."""
    async with ScriptedServer(http(body=FILM, headers=MP4)) as host:
        assert await _all(make_films(), f"{host.url}/a", 100, ETAG) == (200, 0, FILM)


@pytest.mark.parametrize(
    "wrong",
    [
        _part(101),
        _part(100, ETag='"other"'),
        _part(100, **{"Content-Range": "bytes x"}),
        http(206, FILM[100:], headers=MP4),
    ],
)
async def test_a_part_of_something_else_is_not_taken(make_films: MakeFilms, wrong: Send) -> None:
    """Another offset, another film, no offset: asked again for the whole."""
    async with ScriptedServer(wrong, http(body=FILM, headers=MP4)) as host:
        assert await _all(make_films(), f"{host.url}/a", 100, ETAG) == (200, 0, FILM)
    assert "range" in host.requests[0].headers
    assert "range" not in host.requests[1].headers


async def test_without_a_strong_etag_it_goes_on_all_the_same(make_films: MakeFilms) -> None:
    """By the date where there is one, else by nothing: the bytes are compared then. A weak ETag is none."""
    dated = {"ETag": 'W/"e"', "Last-Modified": "Sat, 28 Nov 2026 10:00:00 GMT"}
    async with ScriptedServer(http(body=FILM, headers=dated)) as host:
        films = make_films()
        async with films.open(f"{host.url}/a") as film:
            assert (film.etag, film.modified) == (None, dated["Last-Modified"])
        async with films.open(f"{host.url}/a", start=100, modified=film.modified) as film:
            assert film.start == 0  # this host ignores ranges
        async with films.open(f"{host.url}/a", start=100) as film:
            pass
    asked = [(request.headers.get("range"), request.headers.get("if-range")) for request in host.requests]
    assert asked == [(None, None), ("bytes=100-", dated["Last-Modified"]), ("bytes=100-", None)]


@pytest.mark.parametrize(("told", "total"), [("bytes */500", 500), ("bytes */*", None), (None, None)])
async def test_nothing_left_to_fetch(make_films: MakeFilms, told: str | None, total: int | None) -> None:
    """416 tells the whole length, where it does, and brings no bytes."""
    answer = http(416, "page", headers={"Content-Range": told} if told else {})
    async with (
        ScriptedServer(answer) as host,
        make_films().open(f"{host.url}/a", start=500, etag=ETAG) as film,
    ):
        assert (film.status, film.total) == (416, total)
        assert [chunk async for chunk in film.chunks()] == []


@pytest.mark.parametrize("status", [206, 416, 304, 204])
async def test_odd_answers_to_a_plain_question(make_films: MakeFilms, status: int) -> None:
    """A part that nobody asked for is no film."""
    async with ScriptedServer(http(status, headers={"Content-Range": "bytes 0-9/10"})) as host:
        assert type(await _failure(make_films(), f"{host.url}/a")) is Unavailable


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (403, EXPIRED, LinkDead),
        (403, "", LinkDead),
        (400, EXPIRED, LinkDead),
        (401, "", LinkDead),
        (404, "<html>", LinkDead),
        (410, "", LinkDead),
        (200, EXPIRED, LinkDead),
        (412, EXPIRED, LinkDead),
        (412, "", Unavailable),
        (408, "", Unavailable),
        (429, "", Unavailable),
        (500, EXPIRED, Unavailable),
        (502, "<html>", Unavailable),
        (503, "", Unavailable),
        (524, "", Unavailable),
        (200, "", NotAFilm),
        (200, "<html>processing</html>", NotAFilm),
        (200, "\ufeff \n<!doctype html>", NotAFilm),
        (200, '{"message": "processing"}', NotAFilm),
    ],
)
async def test_what_is_no_film(make_films: MakeFilms, status: int, body: str, kind: type[Exception]) -> None:
    """Dead links, pages and passing failures are told apart, whatever type they say they are."""
    async with ScriptedServer(http(status, body, headers={**MP4, "Retry-After": "9"})) as host:
        error = await _failure(make_films(), f"{host.url}/a.mp4?Signature=x")
    assert type(error) is kind
    if isinstance(error, FilmError):
        assert error.money is Money.CHARGED
    else:
        assert error.retry_after == 9


@pytest.mark.parametrize(
    "headers",
    [{"Content-Type": "text/html; charset=utf-8"}, {"Content-Type": "application/xml"},
     {"Content-Type": "application/json"}, {"Content-Encoding": "gzip"}],
)  # fmt: skip
async def test_a_type_that_is_no_film(make_films: MakeFilms, headers: dict[str, str]) -> None:
    """Whatever the headers say, the bytes decide: a film stays a film, a page a page."""
    async with ScriptedServer(
        http(body=FILM, headers=headers), http(body="please wait", headers=headers)
    ) as host:
        assert await _all(make_films(), f"{host.url}/a", 0) == (200, 0, FILM)
        assert type(await _failure(make_films(), f"{host.url}/a")) is NotAFilm


@pytest.mark.parametrize("kind", ["video/mp4", "application/octet-stream", "binary/octet-stream", None])
async def test_types_that_films_have(make_films: MakeFilms, kind: str | None) -> None:
    """CDNs say this and that."""
    async with ScriptedServer(http(body=FILM, headers={"Content-Type": kind} if kind else {})) as host:
        assert await _all(make_films(), f"{host.url}/a") == (200, 0, FILM)


@pytest.mark.parametrize(
    "steps",
    [
        [Reset()],
        [Hang()],
        [Send(b"garbage\r\n\r\n")],
        [http(body=FILM, length=len(FILM) + 1, headers=MP4)],
        [http(body=FILM, length=len(FILM) + 1, headers=MP4), Reset()],
        [http(body=FILM, length=len(FILM) + 1, headers=MP4), Hang()],
    ],
)
async def test_a_line_that_breaks(make_films: MakeFilms, steps: list[Step]) -> None:
    """Before, in or at the end of the film: later, and the film is not taken for whole."""
    async with ScriptedServer(steps) as host:
        error = await _failure(make_films(chunk_timeout=0.8), f"{host.url}/a")
    assert type(error) is Unavailable


async def test_a_stall_is_noticed(make_films: MakeFilms) -> None:
    """A trickle that never times out is no download."""
    script: list[Step] = [http(body=FILM, length=10**6, headers=MP4), Trickle(b"x", 0.02, repeat=True)]
    async with ScriptedServer(script) as host:
        error = await _failure(make_films(stall_seconds=0.3), f"{host.url}/a")
    assert type(error) is Unavailable
    assert "almost no data" in error.message


async def test_our_own_slowness_is_no_stall(make_films: MakeFilms) -> None:
    """A disk that takes its time is not the host's fault."""
    script: list[Step] = [
        http(body=FILM[:5000], length=len(FILM), headers=MP4),
        Pause(0.1),
        Send(FILM[5000:]),
    ]
    async with ScriptedServer(script) as host, make_films(stall_seconds=0.3).open(f"{host.url}/a") as film:
        got = b""
        async for chunk in film.chunks():
            got += chunk
            await asyncio.sleep(0.4)
    assert got == FILM


async def test_nothing_is_larger_than_the_cap(make_films: MakeFilms) -> None:
    """Told by its length: refused at once. Endless: stopped on the way."""
    endless: list[Step] = [http(body=FILM, length=-1, headers=MP4), *[Send(bytes(4096))] * 10, Hang()]
    async with ScriptedServer(http(body=FILM, length=5 * 10**9, headers=MP4), endless) as host:
        films = make_films(size_cap=len(FILM) + 10_000)
        for _ in range(2):
            error = await _failure(films, f"{host.url}/a")
            assert type(error) is LinkRefused
            assert "larger" in error.message


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_followed_by_hand(make_films: MakeFilms, status: int) -> None:
    """To a relative and to an absolute address, byte for byte, with the range."""
    async with ScriptedServer(_part(100)) as target:
        there = http(status, headers={"Location": f"{target.url}/b%2Fc?s=%2b"})
        async with ScriptedServer(http(status, headers={"Location": "/next?x=%2F"}), there) as host:
            got = await _all(make_films(), f"{host.url}/a", 100, ETAG)
    assert got == (206, 100, FILM[100:])
    assert host.requests[1].target == "/next?x=%2F"
    assert target.requests[0].target == "/b%2Fc?s=%2b"
    assert target.requests[0].headers["range"] == "bytes=100-"


@pytest.mark.parametrize(
    "location",
    ["http://10.0.0.1/a", "ftp://cdn.example.com/a", "file:///etc/passwd", "https://10.0.0.1/", "https://u:p@cdn.example.com/",
     "https://[::]/", "//intranet/a"],
)  # fmt: skip
async def test_redirects_are_checked(make_films: MakeFilms, location: str) -> None:
    """Other schemes, files, private hosts: refused at the step where they come."""
    async with ScriptedServer(http(302, headers={"Location": location})) as host:
        error = await _failure(make_films(), f"{host.url}/a")
    assert type(error) is LinkRefused
    assert len(host.requests) == 1


@pytest.mark.parametrize("headers", [{}, {"Location": ""}], ids=["no Location", "an empty one"])
async def test_a_redirect_to_nowhere(make_films: MakeFilms, headers: dict[str, str]) -> None:
    """No film this time, and nothing to follow."""
    async with ScriptedServer(http(302, headers=headers)) as host:
        error = await _failure(make_films(), f"{host.url}/a")
    assert type(error) is Unavailable
    assert error.message == "The film host did not send the film (HTTP 302)"
    assert len(host.requests) == 1


async def test_redirects_end(make_films: MakeFilms) -> None:
    """Five are enough."""
    async with ScriptedServer(http(302, headers={"Location": "/again"})) as host:
        error = await _failure(make_films(), f"{host.url}/a")
    assert type(error) is LinkRefused
    assert len(host.requests) == 6


async def test_without_the_simulator_loopback_is_refused(make_films: MakeFilms) -> None:
    """Not even asked."""
    async with ScriptedServer(http(body=FILM, headers=MP4)) as host:
        assert type(await _failure(make_films(allow_loopback=False), f"{host.url}/a")) is LinkRefused
    assert host.connections == 0


async def test_a_public_name_with_a_private_address(
    make_films: MakeFilms, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address really reached is checked: the connection is left before TLS, nothing is sent."""
    received = asyncio.get_running_loop().create_future()

    async def record(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.set_result(await reader.read())
        writer.close()

    server = await asyncio.start_server(record, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    def resolve(*_: object, **__: object) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    async with server:
        error = await _failure(make_films(allow_loopback=False), f"https://films.example.com:{port}/a")
        assert await received == b""
    assert type(error) is LinkRefused
    assert "private" in error.message


async def test_through_a_proxy_the_proxys_address_is_fine(
    make_films: MakeFilms, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy may be in the private network; it gets the host's name only, not the signed address."""
    async with ScriptedServer(http(502)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        error = await _failure(make_films(allow_loopback=False), "https://films.example.com/a?Signature=x")
    assert type(error) is Unavailable
    assert [request.target for request in proxy.requests] == ["films.example.com:443"]
    assert b"Signature" not in proxy.bytes_seen


@pytest.mark.parametrize("certificate", ["localhost", "expired"])
async def test_a_host_nobody_trusts(make_films: MakeFilms, certificate: str) -> None:
    """Nothing is fetched without verification."""
    async with ScriptedServer(http(body=FILM, headers=MP4), certificate=certificate) as host:
        error = await _failure(make_films(), f"{host.url}/a")
    assert type(error) is Unavailable
    assert "certificate" in error.message
    assert host.requests == []


async def test_https_works(make_films: MakeFilms, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a certificate that is trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTS / "localhost.crt"))
    async with ScriptedServer(http(body=FILM, headers=MP4), certificate="localhost") as host:
        assert await _all(make_films(), f"{host.url}/a") == (200, 0, FILM)


async def test_a_host_that_is_away(make_films: MakeFilms) -> None:
    """Later."""
    assert type(await _failure(make_films(), f"http://127.0.0.1:{closed_port()}/a")) is Unavailable


async def test_leaving_early_leaves_nothing_open(make_films: MakeFilms) -> None:
    """A download that is cancelled lets go of its connection; the next one works."""
    script: list[Step] = [http(body=FILM, length=10**6, headers=MP4), Hang()]
    async with ScriptedServer(script, http(body=FILM, headers=MP4)) as host:
        films = make_films()
        first: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

        async def read() -> None:
            async with films.open(f"{host.url}/a") as film:
                async for chunk in film.chunks():
                    if not first.done():
                        first.set_result(chunk)

        task = asyncio.create_task(read())
        await first
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await _all(films, f"{host.url}/a") == (200, 0, FILM)
