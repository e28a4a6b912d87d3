"""The one POST that costs money: what it sends, and what each way of breaking proves."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from typing import Any

import pytest

from tests.faults.rig import (
    CERTS,
    Await,
    HalfClose,
    Hang,
    KeepAlive,
    Pause,
    Reply,
    Reset,
    ScriptedServer,
    Send,
    Step,
    Tell,
    Trickle,
    closed_port,
    http,
)
from tests.unit.api.conftest import SECRET, Ids, MakeClient, place
from wan_tui.api.client import ApiClient
from wan_tui.api.timeouts import Timeouts
from wan_tui.domain.errors import (
    BadRequest,
    Forbidden,
    Money,
    NoCredits,
    NotFound,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Refused,
    ServiceError,
    Unauthorized,
    Unreachable,
    Untrusted,
)
from wan_tui.domain.observations import Phase
from wan_tui.domain.parameters import Dialect
from wan_tui.domain.request import GenerationRequest

TAKEN = {"id": "8736603f-aa:alibaba/wan2.1-t2v-plus", "status": "queued"}
HEADER = {"x-inference-id": "8736603f-aa"}
SHORT = Timeouts(connect=0.8, submit_read=0.8, submit_total=1.2)


async def _failure(client: ApiClient, order: GenerationRequest, ids: Ids) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        await place(client, order, ids)
    error = caught.value
    assert error.message
    assert error.next_step
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None
    assert SECRET not in f"{error!r} {error.failure().sentence}"
    return error


@pytest.mark.parametrize("dialect", list(Dialect))
async def test_every_parameter_travels_as_set(
    make_client: MakeClient, order: GenerationRequest, ids: Ids, dialect: Dialect
) -> None:
    """One POST to the dialect's path, with key, client id and the body byte for byte."""
    async with ScriptedServer(http(json=TAKEN, headers={"X-Client-Request-Id": "01JOB.1"})) as server:
        taken = await make_client(server).submit(order, "01JOB.1", dialect, id_seen=ids)
    [request] = server.requests
    assert (request.method, request.target) == ("POST", dialect.path)
    assert json.loads(request.body) == order.body(dialect)
    assert request.body.isascii()
    assert request.headers["authorization"] == f"Bearer {SECRET}"
    assert request.headers["x-client-request-id"] == "01JOB.1"
    assert request.headers["content-type"] == "application/json"
    assert "cookie" not in request.headers
    assert taken.report.generation_id == TAKEN["id"]
    assert taken.report.phase is Phase.QUEUED
    assert taken.echoed
    assert json.loads(taken.reply) == TAKEN


@pytest.mark.parametrize("status", [200, 201, 202])
async def test_any_success_is_success(
    make_client: MakeClient, order: GenerationRequest, ids: Ids, status: int
) -> None:
    """200, 201 and 202 all mean that the order was taken; without an echo that is told."""
    async with ScriptedServer(http(status, json=TAKEN)) as server:
        taken = await place(make_client(server), order, ids)
    assert taken.report.generation_id == TAKEN["id"]
    assert not taken.echoed


async def test_the_id_is_known_before_the_body_comes(
    make_client: MakeClient, order: GenerationRequest, ids: Ids
) -> None:
    """``id_seen`` gets the header's id while the body is still on its way."""
    body_may_come = asyncio.Event()
    whole = http(json=TAKEN, headers=HEADER).data
    head, _, body = whole.partition(b"\r\n\r\n")
    script: list[Step] = [Send(head + b"\r\n\r\n"), Await(body_may_come), Send(body)]

    async def seen(generation_id: str) -> None:
        await ids(generation_id)
        body_may_come.set()

    async with ScriptedServer(script) as server:
        taken = await make_client(server).submit(order, "01JOB.1", Dialect.VENDOR, id_seen=seen)
    assert ids.seen == ["8736603f-aa"]
    assert taken.report.generation_id == TAKEN["id"]


@pytest.mark.parametrize(
    "steps",
    [
        [http(json=TAKEN, headers=HEADER, length=9999)],
        [http(body="{", headers=HEADER)],
        [http(body="<html>Log in</html>", headers=HEADER)],
        [http(body="null", headers=HEADER)],
        [http(body="[[1]]", headers=HEADER)],
        [http(body="", headers=HEADER)],
        [http(body="[" * 200_000, headers=HEADER)],
        [http(body="1" * 10_000, headers=HEADER)],
        [http(body=b"\xff\xfe\xfa", headers=HEADER)],
        [http(body=b"not gzip", headers={**HEADER, "Content-Encoding": "gzip"})],
        [http(headers=HEADER, length=500), Reset()],
        [http(headers=HEADER, length=500), Hang()],
        [http(headers=HEADER, length=500), Trickle(b" ", 0.05, repeat=True)],
        [http(body=b" " * (2 << 20), headers=HEADER)],
        [Send(http(headers=HEADER, length=-1).data[:-2] + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n")],
    ],
)
async def test_the_header_is_enough(
    make_client: MakeClient, order: GenerationRequest, ids: Ids, steps: list[Any]
) -> None:
    """However the body breaks, an id in the headers means: ordered."""
    async with ScriptedServer(steps) as server:
        taken = await place(make_client(server, SHORT), order, ids)
    assert taken.report.generation_id == "8736603f-aa"
    assert taken.report.phase is Phase.QUEUED
    assert ids.seen == ["8736603f-aa"]
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "steps",
    [
        [Reset()],
        [HalfClose()],
        [Hang()],
        [Trickle(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000, 0.02)],
        [Send(b"HTTP/1.1 200 O"), Reset()],
        [Send(b"\x00\x01garbage\r\n\r\n")],
        [http(json=TAKEN, length=9999)],
        [http(body="<html><h1>Log in</h1></html>")],
        [http(body='{"status": "queued"}')],
        [http(json={"id": "", "status": "queued"})],
        [http(json={"id": ["x"], "status": "queued"})],
        [http(json={"id": "a\u0000b\ud800", "status": "queued"})],
        [http(json=[TAKEN])],
        [http(204)],
    ],
)
async def test_without_an_id_it_is_in_doubt(
    make_client: MakeClient, order: GenerationRequest, ids: Ids, steps: list[Any]
) -> None:
    """The request was read, no id came back: may have been charged, to be looked up, and no second POST."""
    async with ScriptedServer(steps) as server:
        error = await _failure(make_client(server, SHORT), order, ids)
    assert isinstance(error, OutcomeUnknown)
    assert error.money is Money.UNKNOWN
    assert "Log in" not in error.message
    assert len(server.requests) == 1
    assert ids.seen == []


async def test_a_reset_while_our_body_leaves_is_in_doubt(
    make_client: MakeClient, order: GenerationRequest, ids: Ids
) -> None:
    """The headers had left, so it counts as sent."""
    async with ScriptedServer(Reply([Reset()], read_body=False)) as server:
        assert isinstance(await _failure(make_client(server), order, ids), OutcomeUnknown)


async def test_an_early_refusal_is_a_refusal(
    make_client: MakeClient, order: GenerationRequest, ids: Ids
) -> None:
    """413 before the body was read proves that nothing was ordered."""
    reply = Reply([http(413, json={"message": "too large"})], read_body=False)
    async with ScriptedServer(reply) as server:
        assert isinstance(await _failure(make_client(server), order, ids), BadRequest)


async def test_a_closed_port_proves_that_nothing_left(
    make_client: MakeClient, order: GenerationRequest, ids: Ids
) -> None:
    """Connection refused: not sent, free."""
    error = await _failure(make_client(f"http://127.0.0.1:{closed_port()}"), order, ids)
    assert isinstance(error, Unreachable)
    assert error.money is Money.FREE
    assert "refused" in error.message


async def test_a_name_that_does_not_resolve_proves_it_too(
    make_client: MakeClient, order: GenerationRequest, ids: Ids, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS failure: not sent, and the cause is named."""

    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    error = await _failure(make_client("https://api.test"), order, ids)
    assert isinstance(error, Unreachable)
    assert "name" in error.message


async def test_a_black_hole_proves_it_too(
    make_client: MakeClient, order: GenerationRequest, ids: Ids
) -> None:
    """A host that takes the connection but never shakes hands: not sent, within the connect timeout."""
    async with ScriptedServer(Hang()) as server:
        error = await _failure(make_client(f"https://127.0.0.1:{server.port}", SHORT), order, ids)
    assert isinstance(error, Unreachable)
    assert server.requests == []


@pytest.mark.parametrize(
    ("certificate", "trusted", "told"),
    [
        ("localhost", None, "does not trust"),
        ("expired", "expired", "clock"),
        ("otherhost", "otherhost", "another host"),
    ],
)
async def test_a_bad_certificate_stops_everything(
    make_client: MakeClient,
    order: GenerationRequest,
    ids: Ids,
    monkeypatch: pytest.MonkeyPatch,
    certificate: str,
    trusted: str | None,
    told: str,
) -> None:
    """Self-signed, expired, wrong host: untrusted, nothing sent, the cause named, no key on the line."""
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTS / f"{trusted}.crt"))
    async with ScriptedServer(http(json=TAKEN), certificate=certificate) as server:
        error = await _failure(make_client(server), order, ids)
    assert isinstance(error, Untrusted)
    assert told in error.message
    assert server.requests == []


async def test_a_trusted_certificate_works(
    make_client: MakeClient, order: GenerationRequest, ids: Ids, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``SSL_CERT_FILE`` is honoured."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTS / "localhost.crt"))
    async with ScriptedServer(http(json=TAKEN), certificate="localhost") as server:
        assert (await place(make_client(server), order, ids)).report.generation_id == TAKEN["id"]


@pytest.mark.parametrize(
    "steps",
    [
        [http(502, "<html>no</html>")],
        [http(407, headers={"Proxy-Authenticate": "Basic"})],
        [Send(b"HTTP/1.1 200 OK\r\n\r\n"), Reset()],
        [Reset()],
        [Hang()],
    ],
)
async def test_a_proxy_that_does_not_let_us_through(
    make_client: MakeClient,
    order: GenerationRequest,
    ids: Ids,
    monkeypatch: pytest.MonkeyPatch,
    steps: list[Any],
) -> None:
    """Whatever becomes of the CONNECT, nothing of the order was in it: not sent."""
    async with ScriptedServer(steps) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        error = await _failure(make_client("https://api.test", SHORT), order, ids)
    assert isinstance(error, NotSent)
    assert [request.target for request in proxy.requests] == ["api.test:443"]
    assert SECRET.encode() not in proxy.bytes_seen


async def test_a_loopback_service_is_reached_without_the_proxy(
    make_client: MakeClient, order: GenerationRequest, ids: Ids, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The simulator works where a proxy is set."""
    async with ScriptedServer(http(502)) as proxy, ScriptedServer(http(json=TAKEN)) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        await place(make_client(server), order, ids)
    assert proxy.requests == []


@pytest.mark.parametrize(
    ("status", "body", "kind", "told"),
    [
        (400, {"message": '[{"path":["prompt"],"message":"Required"}]', "requestId": "r-1"}, BadRequest, "prompt: R"),
        (400, {"message": ["seed must be an integer", "prompt must be text"]}, BadRequest, "an integer; prompt"),
        (400, {"message": "seed: expected a number, received \"x\" [/bold]"}, BadRequest, "[/bold]"),
        (401, {"message": "Invalid API key", "requestId": "r-1"}, Unauthorized, "key"),
        (402, {"message": "Payment required"}, NoCredits, "credits"),
        (403, {"message": "You've run out of credits. Top up: https://evil.test/app/billing"}, NoCredits, "https://aimlapi.com/app/billing"),
        (404, {"message": "Model not found"}, NotFound, "Model not found"),
        (413, "", BadRequest, "413"),
        (414, "", BadRequest, "414"),
        (422, {"detail": [{"loc": ["body", "prompt"], "msg": "too short"}]}, BadRequest, "prompt: too short"),
        (429, {"message": "Too many"}, RateLimited, "Too many"),
        (431, "", BadRequest, "431"),
        (405, "", Refused, "405"),
        (402, {"message": "Payment is due"}, NoCredits, "credits"),
        (402, {"message": "The monthly spend limit of this key is reached"}, Forbidden, "spend cap"),
        (403, {"message": "Daily spending cap exceeded, no credits left for this key"}, Forbidden, "spend cap"),
        (403, {"error": {"name": "key_scope", "message": "Scope model:video is missing"}}, Forbidden, "model:video"),
        (403, {"message": "You do not have permission: insufficient credits"}, NoCredits, "credits"),
        (403, {"message": "This key has no permission for billing"}, Forbidden, "not allowed"),
        (403, {"title": "Forbidden", "status": 403}, Forbidden, "not allowed"),
        (403, "error code: 1010", Refused, "error code: 1010"),
        (401, "Unauthorized by proxy", Refused, "gateway"),
        (402, "pay here", Refused, "gateway"),
        (403, "<html>blocked</html>", Refused, "gateway"),
        (307, "", Refused, "127.0.0.1"),
        (301, "", Refused, "127.0.0.1"),
        (408, "", OutcomeUnknown, "408"),
        (409, {"message": "Conflict"}, OutcomeUnknown, "Conflict"),
        (425, "", OutcomeUnknown, "425"),
        (500, {"message": "Internal server error", "requestId": "r-1"}, OutcomeUnknown, "Internal"),
        (502, "<html><h1>Bad gateway</h1></html>", OutcomeUnknown, "from a gateway"),
        (503, "", OutcomeUnknown, "503"),
        (504, "<!DOCTYPE html><p>x", OutcomeUnknown, "504"),
        (524, "<center>nginx</center>", OutcomeUnknown, "524"),
        (600, "", OutcomeUnknown, "600"),
    ],
)  # fmt: skip
async def test_statuses(
    make_client: MakeClient,
    order: GenerationRequest,
    ids: Ids,
    status: int,
    body: Any,
    kind: type[ServiceError],
    told: str,
) -> None:
    """Each status: the right proof, one clean sentence, the request's id; never a page's text, one POST."""
    answer = http(
        status,
        body if isinstance(body, str) else json.dumps(body),
        headers={"Location": "http://127.0.0.1:1/elsewhere"},
    )
    async with ScriptedServer(answer) as server:
        error = await _failure(make_client(server), order, ids)
    assert type(error) is kind
    assert told in error.message
    assert "<" not in error.message
    assert "evil" not in error.message
    assert error.status == status
    if isinstance(body, dict) and "requestId" in body:
        assert error.request_id == "r-1"
    assert error.money is (Money.UNKNOWN if kind is OutcomeUnknown else Money.FREE)
    assert ("Top up" in error.next_step) is (kind is NoCredits)
    assert len(server.requests) == 1
    assert (ids.seen, error.generation_ids) == ([], ())


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (302, "", OutcomeUnknown),
        (303, "", OutcomeUnknown),
        (307, "<html>moved</html>", OutcomeUnknown),
        (400, {"message": "prompt: Required"}, BadRequest),
        (401, {"message": "Invalid API key"}, Unauthorized),
        (403, {"message": "You've run out of credits"}, NoCredits),
        (403, "error code: 1010", OutcomeUnknown),
        (404, {"message": "Model not found"}, NotFound),
        (409, {"message": "Conflict"}, OutcomeUnknown),
        (429, {"message": "Too many"}, RateLimited),
        (500, {"message": "Internal server error"}, OutcomeUnknown),
        (502, "<html>bad gateway</html>", OutcomeUnknown),
    ],
)
async def test_an_id_on_any_answer_is_kept(
    make_client: MakeClient,
    order: GenerationRequest,
    ids: Ids,
    status: int,
    body: Any,
    kind: type[ServiceError],
) -> None:
    """Told before the body is read and carried by the error. A redirect or a gateway's page that has one is no proof
    that the order was not taken.
    """
    headers = {"Location": "https://other.test/", "X-Inference-Id": "gen-7"}
    answer = http(status, body if isinstance(body, str) else json.dumps(body), headers=headers)
    async with ScriptedServer(answer) as server:
        error = await _failure(make_client(server), order, ids)
    assert type(error) is kind
    # Beside a refusal it may be that of a row in the log: it is asked about, not taken for the order's.
    refused = 400 <= status < 500 and status not in (408, 409, 425, 499)
    assert ids.seen == ([] if refused else ["gen-7"])
    assert error.generation_ids == ("gen-7",)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("told", "body", "found"),
    [
        (["gen-h"], {"id": "gen-b", "status": "queued"}, ("gen-b", "gen-h")),
        (["gen-1", "gen-2"], {"id": "gen-2", "status": "queued"}, ("gen-2", "gen-1")),
        (["gen-1, gen-2"], {"status": "queued"}, ("gen-1", "gen-2")),
        (["gen-1", "gen-1"], {"id": "gen-1:alibaba/x", "status": "queued"}, ("gen-1:alibaba/x",)),
        ([], {"id": "a", "generation_id": "b", "inference_id": "c"}, ("a", "b", "c")),
        (["\x01", "", "gen-1"], [], ("gen-1",)),
    ],
)
async def test_every_id_of_an_answer_is_reported(
    make_client: MakeClient,
    order: GenerationRequest,
    ids: Ids,
    told: list[str],
    body: Any,
    found: tuple[str, ...],
) -> None:
    """Header and body that differ, several headers, several in one: all of them, the body's first, each once."""
    lines = "".join(f"x-inference-id: {value}\r\n" for value in told).encode()
    head, _, rest = http(json=body).data.partition(b"\r\n")
    async with ScriptedServer(Send(head + b"\r\n" + lines + rest)) as server:
        taken = await place(make_client(server), order, ids)
    assert taken.generation_ids == found
    assert taken.report.generation_id == found[0]
    assert set(ids.seen) <= {*found, "gen-1"}


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"message": "no", "generation_id": "gen-1"}, ("gen-1",)),
        ({"id": "gen-1", "status": "generating"}, ("gen-1",)),
        ({"id": "req-1", "message": "no"}, ()),
        ({"id": "req-1", "status": 500, "message": "no"}, ()),
    ],
)
async def test_an_id_in_the_body_of_an_error(
    make_client: MakeClient, order: GenerationRequest, ids: Ids, body: Any, found: tuple[str, ...]
) -> None:
    """It counts where it can only be that of a film, not where it may be the error's own."""
    async with ScriptedServer(http(500, json=body)) as server:
        assert (await _failure(make_client(server), order, ids)).generation_ids == found


async def test_a_refused_field_is_named(make_client: MakeClient, order: GenerationRequest, ids: Ids) -> None:
    """The form can point at the field, also when the message is a megabyte long and cut off."""
    message = "prompt: expected less " + "x" * 1_000_000
    async with ScriptedServer(http(400, json={"message": message})) as server:
        error = await _failure(make_client(server), order, ids)
    assert isinstance(error, BadRequest)
    assert error.field == "prompt"
    assert len(error.message) < 600


async def test_too_many_requests_tell_when(
    make_client: MakeClient, order: GenerationRequest, ids: Ids
) -> None:
    """429 with Retry-After: the seconds are in the error and in its next step."""
    async with ScriptedServer(http(429, headers={"Retry-After": "7"})) as server:
        error = await _failure(make_client(server), order, ids)
    assert error.retry_after == 7
    assert "7 s" in error.next_step


@pytest.mark.parametrize(
    ("reply", "phase"),
    [
        ({"id": "x", "status": "completed", "video": {"url": "https://cdn.example.com/a.mp4"}}, Phase.DONE),
        ({"id": "x", "status": "error", "error": {"name": "Bad", "message": "no"}}, Phase.FAILED),
        ({"id": 77, "status": "warming_up"}, Phase.RUNNING),
    ],
)
async def test_an_answer_that_is_ahead_of_us(
    make_client: MakeClient, order: GenerationRequest, ids: Ids, reply: dict[str, Any], phase: Phase
) -> None:
    """Completed or failed at once is reported as such."""
    async with ScriptedServer(http(json=reply)) as server:
        taken = await place(make_client(server), order, ids)
    assert taken.report.phase is phase
    assert taken.report.generation_id == str(reply["id"])
    assert (taken.report.failure is not None) == (phase is Phase.FAILED)


async def test_every_order_has_a_fresh_connection(
    make_client: MakeClient, order: GenerationRequest, ids: Ids
) -> None:
    """No order goes out on a connection that may be dead already."""
    async with ScriptedServer([http(json=TAKEN), KeepAlive()]) as server:
        client = make_client(server)
        await place(client, order, ids)
        await place(client, order, ids)
    assert server.connections == 2


async def test_a_slow_disk_does_not_use_up_the_deadline(
    make_client: MakeClient, order: GenerationRequest
) -> None:
    """Time spent in ``id_seen`` is ours, not the service's."""

    async def slow(_: str) -> None:
        await asyncio.sleep(1.2)

    script: list[Step] = [
        http(headers=HEADER, length=len(json.dumps(TAKEN))),
        Pause(0.1),
        Send(json.dumps(TAKEN).encode()),
    ]
    async with ScriptedServer(script) as server:
        client = make_client(server, Timeouts(submit_total=1.0))
        taken = await client.submit(order, "01JOB.1", Dialect.VENDOR, id_seen=slow)
    assert taken.report.generation_id == TAKEN["id"]


async def test_what_id_seen_raises_goes_through(make_client: MakeClient, order: GenerationRequest) -> None:
    """A disk that fails is not mistaken for a line that fails."""

    async def fail(_: str) -> None:
        raise TimeoutError("disk")

    async with ScriptedServer(http(json=TAKEN, headers=HEADER)) as server:
        with pytest.raises(TimeoutError, match="disk"):
            await make_client(server).submit(order, "01JOB.1", Dialect.VENDOR, id_seen=fail)


async def test_cancellation_goes_through(make_client: MakeClient, order: GenerationRequest, ids: Ids) -> None:
    """Cancelled is not failed: the engine decides what it means."""
    there = asyncio.Event()
    async with ScriptedServer([Tell(there), Hang()]) as server:
        task = asyncio.create_task(place(make_client(server), order, ids))
        await there.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_without_a_key_nothing_is_sent(
    make_client: MakeClient, order: GenerationRequest, ids: Ids
) -> None:
    """No key: told at once, no connection made; with a key it goes on."""
    async with ScriptedServer(http(json=TAKEN)) as server:
        client = make_client(server)
        key, client.key = client.key, None
        assert isinstance(await _failure(client, order, ids), Unauthorized)
        assert server.connections == 0
        client.key = key
        await place(client, order, ids)


async def test_a_client_id_that_would_be_dropped_is_refused(
    make_client: MakeClient, order: GenerationRequest, ids: Ids
) -> None:
    """The service silently drops other ids, and the order could not be found again."""
    async with ScriptedServer(http(json=TAKEN)) as server:
        client = make_client(server)
        for bad in ("", "a b", "ä", "x" * 129, "a\r\nb"):
            with pytest.raises(ValueError, match="client id"):
                await client.submit(order, bad, Dialect.VENDOR, id_seen=ids)
        assert server.connections == 0


async def test_the_reply_is_kept_clean(make_client: MakeClient, order: GenerationRequest, ids: Ids) -> None:
    """No key, no signature, no control characters in what is stored; at most 64 KiB."""
    reply = {**TAKEN, "x": f"\x1b]52;{SECRET} https://h.test/a?Signature=abc", "y": "z" * 100_000}
    async with ScriptedServer(http(body=json.dumps(reply, ensure_ascii=False))) as server:
        taken = await place(make_client(server), order, ids)
    assert SECRET not in taken.reply
    assert "Signature" not in taken.reply
    assert "\x1b" not in taken.reply
    assert len(taken.reply) <= 65_536


async def test_httpx_does_not_write_addresses_into_the_log(
    make_client: MakeClient, order: GenerationRequest, ids: Ids, caplog: pytest.LogCaptureFixture
) -> None:
    """Even with everything logged at DEBUG, httpx and httpcore stay silent."""
    caplog.set_level(logging.DEBUG)
    async with ScriptedServer(http(json=TAKEN)) as server:
        await place(make_client(server), order, ids)
    assert not [r for r in caplog.records if r.name.startswith(("httpx", "httpcore"))]
