"""Reading a generation's state, in every shape it has come or might come."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.faults.rig import (
    HalfClose,
    Hang,
    KeepAlive,
    Reset,
    ScriptedServer,
    Send,
    Step,
    Trickle,
    closed_port,
    http,
)
from tests.unit.api.conftest import SECRET, MakeClient
from wan_tui.api.client import ApiClient
from wan_tui.api.timeouts import Timeouts
from wan_tui.api.transport import Transport
from wan_tui.domain.errors import (
    BadRequest,
    Forbidden,
    Money,
    NoCredits,
    NotFound,
    RateLimited,
    ServiceError,
    Unauthorized,
    Unavailable,
    Unreachable,
    Untrusted,
)
from wan_tui.domain.job import Cost
from wan_tui.domain.observations import Phase, StatusReport
from wan_tui.domain.parameters import Dialect
from wan_tui.domain.secret import ApiKey

URL = "https://cdn.example.com/a%2Fb.mp4?Expires=1754374087&OSSAccessKeyId=x&Signature=a%2Bb%3D"
SHORT = Timeouts(connect=0.8, read=0.8, total=1.2)


async def _read(make_client: MakeClient, reply: object, asked: str = "x") -> StatusReport:
    async with ScriptedServer(http(json=reply)) as server:
        return await make_client(server).fetch(asked, Dialect.VENDOR)


async def _failure(client: ApiClient) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        await client.fetch("x", Dialect.VENDOR)
    assert caught.value.message
    assert caught.value.next_step
    assert SECRET not in caught.value.message
    return caught.value


@pytest.mark.parametrize("dialect", list(Dialect))
@pytest.mark.parametrize(
    "generation_id",
    [
        "8736603f-0d6c:alibaba/wan2.5-t2v-preview",
        "QC4qjlUKt8ZedNi7r09LM",
        "-x_",
        "a?b&c#d+e f%2Fg%g",
        "猫/../..",
    ],
)
async def test_an_id_is_asked_for_exactly(
    make_client: MakeClient, dialect: Dialect, generation_id: str
) -> None:
    """Every character arrives as it is in the id, at the dialect's path."""
    reply = http(json={"id": generation_id, "status": "queued"})
    async with ScriptedServer(reply) as server:
        report = await make_client(server).fetch(generation_id, dialect)
    [request] = server.requests
    target = urlsplit(request.target)
    assert request.method == "GET"
    assert target.path == dialect.path
    assert parse_qs(target.query) == {"generation_id": [generation_id]}
    assert "/" not in target.query
    assert "+" not in target.query
    assert request.headers["authorization"] == f"Bearer {SECRET}"
    assert report.generation_id == generation_id


@pytest.mark.parametrize(
    ("status", "phase", "word"),
    [
        ("queued", Phase.QUEUED, "queued"),
        ("pending", Phase.QUEUED, "pending"),
        ("generating", Phase.RUNNING, "generating"),
        ("IN-PROGRESS", Phase.RUNNING, "IN-PROGRESS"),
        (" Completed ", Phase.DONE, "Completed"),
        ("COMPLETED", Phase.DONE, "COMPLETED"),
        ("succeeded", Phase.DONE, "succeeded"),
        ("error", Phase.FAILED, "error"),
        ("timed out", Phase.FAILED, "timed out"),
        ("unknown", Phase.GONE, "unknown"),
        ("warming_up_✨", Phase.RUNNING, "warming_up_✨"),
        ("[bold]x[/]\x1b[31m", Phase.RUNNING, "[bold]x[/][31m"),
        ("", Phase.RUNNING, ""),
        (None, Phase.RUNNING, ""),
        (7, Phase.RUNNING, "7"),
        (["a"], Phase.RUNNING, "['a']"),
    ],
)
async def test_status_words(make_client: MakeClient, status: object, phase: Phase, word: str) -> None:
    """Known words by meaning, unknown ones as running; the word itself is shown, cleaned."""
    report = await _read(make_client, {"id": "x", "status": status})
    assert report.phase is phase
    assert report.word == word


async def test_a_missing_status_is_running(make_client: MakeClient) -> None:
    """Only an id: it is still there."""
    report = await _read(make_client, {"id": "x"})
    assert report.phase is Phase.RUNNING
    assert report.word == ""


@pytest.mark.parametrize("shape", [{"url": URL, "duration": 5}, URL, [{"url": URL}]])
async def test_a_finished_film(make_client: MakeClient, shape: object) -> None:
    """The link byte for byte, when it dies, and what it cost."""
    usage = {"credits_used": 1_050_000, "usd_spent": 0.525}
    report = await _read(
        make_client, {"id": "x", "status": "completed", "video": shape, "meta": {"usage": usage}}
    )
    assert report.phase is Phase.DONE
    assert report.video_url == URL
    assert report.url_expires_at == datetime.fromtimestamp(1754374087, UTC)
    assert report.cost == Cost(0.525, 1_050_000, "answer")
    assert report.failure is None


@pytest.mark.parametrize("video", [None, {}, {"url": None}, [], 7.5, {"url": ""}, {"url": 7}])
async def test_completed_without_a_usable_link(make_client: MakeClient, video: object) -> None:
    """Completed, no link yet: no crash, asked again."""
    report = await _read(make_client, {"id": "x", "status": "completed", "video": video})
    assert report.phase is Phase.DONE
    assert report.video_url is None


@pytest.mark.parametrize(
    "link",
    ["file:///etc/passwd", "javascript:alert(1)", "films/a.mp4",
     "https://127.0.0.1.evil/", "https://10.0.0.1/a.mp4", "https://u:p@cdn.example.com/a.mp4"],
)  # fmt: skip
async def test_a_link_that_is_not_followed(make_client: MakeClient, link: str) -> None:
    """Refused with a message that says what holds, and the film counts as paid."""
    report = await _read(make_client, {"id": "x", "status": "completed", "video": {"url": link}})
    if link == "https://127.0.0.1.evil/":  # odd, but a public name
        assert report.video_url == link
        return
    assert report.video_url is None
    assert report.failure is not None
    assert report.failure.code == "link_refused"
    assert report.failure.money is Money.CHARGED
    assert link not in report.failure.sentence


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (None, "without a reason"),
        ("out of memory", "out of memory"),
        ({"name": "GenerationError", "message": "no luck"}, "no luck"),
        ({"message": "no luck"}, "no luck"),
        ({"name": "GenerationError"}, "GenerationError"),
        ({"code": "X1", "error": {"message": "deep"}}, "deep"),
        ('{"error": {"message": "in a string"}}', "in a string"),
        (["one", "two"], "one; two"),
        (7, "without a reason"),
        ("see http://evil.test/x \x1b]52;c;x\x07[@click=app.quit]x[/]", "[@click=app.quit]x[/]"),
        ("<html>boo</html>", "without a reason"),
    ],
)
async def test_a_failed_generation(make_client: MakeClient, error: object, told: str) -> None:
    """Any shape of error becomes one sentence; failed is free."""
    report = await _read(make_client, {"id": "x", "status": "error", "error": error})
    assert report.phase is Phase.FAILED
    assert report.failure is not None
    assert report.failure.code == "generation_error"
    assert told in report.failure.message
    assert "evil" not in report.failure.message
    assert "\x1b" not in report.failure.message
    assert report.failure.money is Money.FREE
    assert report.failure.next_step


async def test_moderation_has_its_own_word(make_client: MakeClient) -> None:
    """The prompt can be changed: that is told."""
    error = {"name": "DataInspectionFailed", "message": "Input data may contain inappropriate content."}
    report = await _read(make_client, {"id": "x", "status": "error", "error": error})
    assert report.failure is not None
    assert report.failure.code == "moderation"
    assert report.failure.money is Money.FREE
    assert "prompt" in report.failure.next_step


async def test_a_charge_beside_an_error_is_not_hidden(make_client: MakeClient) -> None:
    """Failed ones should be free; where credits are told all the same, it may have been charged."""
    usage = {"usage": {"credits_used": 10}}
    report = await _read(make_client, {"id": "x", "status": "error", "error": "x", "meta": usage})
    assert report.failure is not None
    assert report.failure.money is Money.UNKNOWN


async def test_an_error_beside_running_is_running(make_client: MakeClient) -> None:
    """The status decides."""
    report = await _read(make_client, {"id": "x", "status": "generating", "error": {"message": "hm"}})
    assert report.phase is Phase.RUNNING
    assert report.failure is None


@pytest.mark.parametrize(
    ("meta", "headers", "cost"),
    [
        ({"usage": {"tokens_used": 2_000_000}}, {}, Cost(1.0, 2_000_000, "answer")),
        ({"usage": {"credits_used": 1_000_000.0}}, {}, Cost(0.5, 1_000_000, "answer")),
        ({"usage": {"usd_spent": 0.3}}, {}, Cost(0.3, None, "answer")),
        ({"usage": None}, {"x-aimlapi-credits-used": "500000"}, Cost(0.25, 500_000, "header")),
        (None, {"x-aimlapi-usd-spent": "0.7"}, Cost(0.7, None, "header")),
        ({"usage": {"credits_used": 0}}, {}, None),
        ({"usage": {"credits_used": "many"}}, {"x-aimlapi-usd-spent": "free"}, None),
        ({"usage": {"credits_used": -5, "usd_spent": float("nan")}}, {}, None),
        ("text", {}, None),
        ({"usage": {"credits_used": True}}, {}, None),
    ],
)
async def test_what_it_cost(
    make_client: MakeClient, meta: object, headers: dict[str, str], cost: Cost | None
) -> None:
    """From the answer, else from its headers; never zero or nonsense."""
    reply = http(json={"id": "x", "status": "generating", "meta": meta}, headers=headers)
    async with ScriptedServer(reply) as server:
        report = await make_client(server).fetch("x", Dialect.UNIVERSAL)
    assert report.cost == cost


@pytest.mark.parametrize(
    ("asked", "told", "ours"),
    [("a:m/x", "a", True), ("a", "a:m/x", True), ("a", "b", False), ("a:m", "b:m", False)],
)
async def test_an_answer_about_another_film(
    make_client: MakeClient, asked: str, told: str, ours: bool
) -> None:
    """Ids are compared before the colon; another one's state is no news."""
    reply = {"id": told, "status": "error"}
    if ours:
        assert (await _read(make_client, reply, asked)).generation_id == told
    else:
        with pytest.raises(Unavailable, match="another film"):
            await _read(make_client, reply, asked)


@pytest.mark.parametrize(
    "body",
    ["", "null", "[]", "{}", "7", '"text"', "{", "<html><p>x", "[" * 100_000, "9" * 10_000, '{"message": "hi"}',
     " " * (2 << 20), b"\xff\xfe"],
)  # fmt: skip
async def test_an_answer_without_sense(make_client: MakeClient, body: str | bytes) -> None:
    """Not an answer about a generation: try again later, nothing of it shown."""
    async with ScriptedServer(http(body=body)) as server:
        error = await _failure(make_client(server))
    assert type(error) is Unavailable
    assert "<" not in error.message


async def test_a_large_answer_is_read_all_the_same(make_client: MakeClient) -> None:
    """Below its cap, also where it is read in a thread."""
    report = await _read(make_client, {"id": "x", "status": "queued", "pad": "p" * 600_000})
    assert report.phase is Phase.QUEUED


@pytest.mark.parametrize("endless", [False, True])
async def test_an_answer_that_is_too_long(make_client: MakeClient, endless: bool) -> None:
    """Counted after decoding: what is small on the line may be large in memory. The rest is not waited for."""
    body = json.dumps({"id": "x", "status": "queued", "pad": "p" * (2 << 20)}).encode()
    packed = http(body=gzip.compress(body), headers={"Content-Encoding": "gzip"})
    plain: list[Step] = [http(body=body, length=len(body) + 10**9), Hang()]
    async with ScriptedServer(plain if endless else packed) as server:
        error = await _failure(make_client(server))
    assert type(error) is Unavailable
    assert "too large" in error.message


async def test_the_key_goes_to_its_own_origin_only() -> None:
    """Whatever address is asked, another host, port or scheme gets no key."""
    async with ScriptedServer(http()) as own, ScriptedServer(http()) as other:
        wire = Transport(own.url, Timeouts())
        for server in (own, other):
            await wire.read(server.url + "/x", ApiKey(SECRET))
        await wire.read(own.url.replace("127.0.0.1", "localhost") + "/x", ApiKey(SECRET))
        await wire.aclose()
    assert ["authorization" in request.headers for request in own.requests] == [True, False]
    assert SECRET.encode() not in other.bytes_seen


@pytest.mark.parametrize(
    ("status", "body", "kind", "told"),
    [
        (400, {"message": "bad id"}, BadRequest, "bad id"),
        (401, {"message": "Unauthorized"}, Unauthorized, "key"),
        (402, {}, NoCredits, "credits"),
        (403, {"message": "top up at https://pay.test/billing"}, NoCredits, "https://aimlapi.com/app/billing"),
        (403, {"message": "This key may not do that"}, Forbidden, "may not do that"),
        (403, "error code: 1010", Unavailable, "error code: 1010"),
        (403, "", Unavailable, "403"),
        (401, "no\n", Unavailable, "gateway"),
        (400, "Bad Request", Unavailable, "gateway"),
        (404, "default backend - 404", Unavailable, "gateway"),
        (410, "<html>gone</html>", Unavailable, "gateway"),
        (429, "error code: 1015", RateLimited, "1015"),
        (404, {"message": "Generation not found", "requestId": "r"}, NotFound, "Generation not found"),
        (410, {}, NotFound, "410"),
        (422, {"message": "generation_id: Required"}, BadRequest, "Required"),
        (429, {"message": "slow down"}, RateLimited, "slow down"),
        (403, "<html>captive portal</html>", Unavailable, "gateway"),
        (302, "", Unavailable, "302"),
        (405, "", Unavailable, "405"),
        (408, "", Unavailable, "408"),
        (409, "", Unavailable, "409"),
        (500, {"message": "oops"}, Unavailable, "oops"),
        (502, "<html>bad gateway</html>", Unavailable, "from a gateway"),
        (503, "", Unavailable, "503"),
        (504, "", Unavailable, "504"),
        (524, "<html>", Unavailable, "524"),
    ],
)  # fmt: skip
async def test_statuses(
    make_client: MakeClient, status: int, body: Any, kind: type[ServiceError], told: str
) -> None:
    """Each status is one error of the tree with one sentence; redirects are not followed."""
    answer = http(
        status,
        body if isinstance(body, str) else json.dumps(body),
        headers={"Retry-After": "3", "Location": "http://127.0.0.1:1/"},
    )
    async with ScriptedServer(answer) as server:
        error = await _failure(make_client(server))
    assert type(error) is kind
    assert told in error.message
    assert "pay.test" not in error.message
    assert error.retry_after == 3
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "steps",
    [
        [Hang()],
        [Trickle(b'{"id"', 0.05, repeat=True)],
        [http(length=100, body='{"id":'), Trickle(b" ", 0.05, repeat=True)],
        [HalfClose()],
        [Reset()],
        [Send(b"garbage\r\n\r\n")],
        [http(body='{"id": "x", "status"', length=99)],
        [http(body=b"no gzip", headers={"Content-Encoding": "gzip"})],
    ],
)
async def test_a_line_that_breaks(make_client: MakeClient, steps: list[Step]) -> None:
    """However it breaks, it is only later; a trickle ends at the total deadline."""
    async with ScriptedServer(steps) as server:
        error = await _failure(make_client(server, SHORT))
    assert type(error) is Unavailable
    assert len(server.requests) <= 2


async def test_a_service_that_is_away(make_client: MakeClient) -> None:
    """Nobody listens: unreachable."""
    assert type(await _failure(make_client(f"http://127.0.0.1:{closed_port()}"))) is Unreachable


async def test_a_certificate_nobody_trusts(make_client: MakeClient) -> None:
    """Never read without verification."""
    async with ScriptedServer(http(json={"id": "x", "status": "queued"}), certificate="localhost") as server:
        assert type(await _failure(make_client(server))) is Untrusted
    assert server.requests == []


async def test_a_kept_connection_that_died_is_replaced_at_once(make_client: MakeClient) -> None:
    """The second reading meets a reset and is asked again on a new connection, unnoticed."""
    queued = http(json={"id": "x", "status": "queued"})
    async with ScriptedServer([queued, KeepAlive()], [Reset()], [queued]) as server:
        client = make_client(server)
        await client.fetch("x", Dialect.VENDOR)
        assert (await client.fetch("x", Dialect.VENDOR)).phase is Phase.QUEUED
    assert (len(server.requests), server.connections) == (3, 2)


async def test_readings_share_a_connection_until_it_is_dropped(make_client: MakeClient) -> None:
    """Polls reuse connections; after the machine slept they are left behind."""
    async with ScriptedServer([http(json={"id": "x", "status": "queued"}), KeepAlive()]) as server:
        client = make_client(server)
        await client.fetch("x", Dialect.VENDOR)
        await client.fetch("x", Dialect.VENDOR)
        assert server.connections == 1
        await client.drop_idle_connections()
        await client.fetch("x", Dialect.VENDOR)
        assert server.connections == 2


async def test_the_clock_offset_is_noted(make_client: MakeClient) -> None:
    """From the answer's Date, also from a refusal."""
    there = datetime.now(UTC) + timedelta(days=40)
    headers = {"Date": format_datetime(there, usegmt=True)}
    async with ScriptedServer(http(404, headers=headers)) as server:
        client = make_client(server)
        before = client.clock_offset
        with pytest.raises(NotFound):
            await client.fetch("x", Dialect.VENDOR)
        ahead = there - datetime.now(UTC)
    assert before is None
    assert client.clock_offset == pytest.approx(ahead.total_seconds(), abs=60)


@pytest.mark.parametrize("date", ["Sun, 06 Nov 1994 08:49:37 GMT", "Fri, 01 Jan 2100 00:00:00 GMT", None])
async def test_a_clock_offset_is_no_longer_known(make_client: MakeClient, date: str | None) -> None:
    """Made up on the way, or not told at all: nothing is known of the service's clock."""
    good = {"Date": format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True)}
    bad = {"Date": date} if date else {}
    async with ScriptedServer(http(404, headers=good), http(404, headers=bad)) as server:
        client = make_client(server)
        for known in (True, False):
            with pytest.raises(NotFound):
                await client.fetch("x", Dialect.VENDOR)
            assert (client.clock_offset is not None) == known


async def test_the_key_is_taken_out_of_what_the_service_says(make_client: MakeClient) -> None:
    """A message that repeats our key does not show it, also with an invisible character within it."""
    hidden = SECRET[:5] + "\u200b" + SECRET[5:]
    async with ScriptedServer(http(401, json={"message": f"Bad key {SECRET} or {hidden}"})) as server:
        error = await _failure(make_client(server))
    assert SECRET not in error.message.replace("\u200b", "")
