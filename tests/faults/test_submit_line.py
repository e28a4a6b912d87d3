"""The line breaks before, while or after the order leaves."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import pytest

from tests.faults.conftest import END, Rig
from tests.faults.rig import (
    CERTS,
    Await,
    HalfClose,
    Hang,
    Reset,
    ScriptedServer,
    Send,
    Step,
    Tell,
    closed_port,
    http,
)
from tests.faults.service import Service
from tests.unit.engine.conftest import Watched
from wan_tui.api.timeouts import Timeouts
from wan_tui.domain.errors import Money
from wan_tui.domain.job import Job, JobState
from wan_tui.domain.secret import ApiKey


async def test_good_health(rig: Rig) -> None:
    """No fault: one order, one film. What all other cases differ from."""
    job = await rig.end_of_one_order()
    assert job.state is JobState.SAVED, job.error
    assert job.cost is None
    assert job.price_usd is None or job.price_usd == 0.5
    assert len(rig.service.requests("order")) == 1


@contextlib.contextmanager
def black_hole() -> Iterator[str]:
    """The address of a port whose queue is full: a connection to it is neither made nor refused."""
    with contextlib.ExitStack() as stack:
        full = stack.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                waiting.connect(full.getsockname())
        yield f"http://127.0.0.1:{full.getsockname()[1]}"


async def _given_up(rig: Rig, watched: Watched) -> Job:
    """Order, and wait until the order is held for the user's word."""
    job = await rig.order(watched)
    await watched.until(lambda: watched.engine.stuck(_job(watched, job)))
    return _job(watched, job)


def _job(watched: Watched, job: Job) -> Job:
    found = watched.engine.job(job.id)
    assert found is not None
    return found


async def test_dns_fails(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS fails on submit: not sent, 0 in till, tried 3 times more by itself, kept, "not charged"."""
    resolve = socket.getaddrinfo

    def fails(host: object, *rest: object, **more: object) -> object:
        if host == "api.test":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return resolve(host, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", fails)
    async with rig.engine(url="https://api.test") as watched:
        job = await _given_up(rig, watched)
    assert job.state is JobState.WAITING
    assert job.problem is not None
    assert (job.problem.code, job.problem.money) == ("unreachable", Money.FREE)
    assert "name" in job.problem.message
    assert len(job.attempts) == 4


async def test_port_closed(rig: Rig) -> None:
    """Port closed: as DNS; and it goes out when the user says so and the service is back, once."""
    async with rig.engine(url=f"http://127.0.0.1:{closed_port()}") as watched:
        job = await _given_up(rig, watched)
    assert job.problem is not None
    assert job.problem.money is Money.FREE
    assert len(job.attempts) == 4
    async with rig.engine() as watched:
        assert (await watched.reaches(job.id, *END)).state is JobState.SAVED
    assert len(rig.service.till) == 1


@pytest.mark.parametrize(
    ("certificate", "trusted", "told"),
    [
        ("localhost", None, "does not trust"),
        ("expired", "expired", "clock"),
        ("otherhost", "otherhost", "another host"),
    ],
)
async def test_tls(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, certificate: str, trusted: str | None, told: str
) -> None:
    """TLS self-signed, expired, wrong host: no retry, nothing sent, no way round the check, the cause named."""
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTS / f"{trusted}.crt"))
    async with ScriptedServer(http(200), certificate=certificate) as server:
        async with rig.engine(url=server.url) as watched:
            job = await _given_up(rig, watched)
        assert server.bytes_seen == b""
    assert job.problem is not None
    assert (job.problem.code, job.problem.money) == ("untrusted", Money.FREE)
    assert told in job.problem.message
    assert len(job.attempts) == 1


async def test_connect_black_hole(rig: Rig) -> None:
    """Connect black hole: not sent, within the connect timeout, for free."""
    with black_hole() as url:
        async with rig.engine(url=url, timeouts=Timeouts(connect=0.2)) as watched:
            job = await _given_up(rig, watched)
    assert job.problem is not None
    assert (job.problem.code, job.problem.money) == ("unreachable", Money.FREE)


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([Hang()], id="accepts and never answers"),
        pytest.param([Reset()], id="reset after the whole request was read"),
        pytest.param([HalfClose()], id="closed without an answer"),
        pytest.param([Send(b"HTTP/1.1 200 O"), Reset()], id="reset in the status line"),
        pytest.param([Send(b"\x00\x16garbage\r\n\r\n")], id="garbage"),
        pytest.param([http(502, "<html><h1>Bad Gateway</h1></html>")], id="502 HTML by a proxy"),
        pytest.param([http(524, "<html>a timeout occurred</html>")], id="524 HTML by a proxy"),
        pytest.param([http(500, json={"message": "broken"})], id="500 JSON, till charged"),
        pytest.param([http(503, "")], id="503 empty"),
        pytest.param([http(408, json={"message": "too slow"})], id="408"),
        pytest.param([http(409, json={"message": "conflict"})], id="409"),
        pytest.param([http(200, "<html><h1>Please log in</h1></html>")], id="200 with HTML login page"),
        pytest.param([http(200, '{"id": "gen-1", "sta', length=500)], id="200 truncated, header absent"),
        pytest.param([http(200, json={"status": "queued"})], id="200 without id"),
        pytest.param([http(200, "[" * 100_000)], id="200 deeper than any parser"),
        pytest.param([http(200, b" " * (2 << 20))], id="200 over the size cap"),
    ],
)
async def test_answer_lost_order_taken(rig: Rig, steps: list[Step]) -> None:
    """The order was taken and the answer is worth nothing: in doubt, no second POST, found in the log, saved."""
    rig.service.log_open = False
    rig.service.play("order", rig.service.accept(*steps))
    async with rig.engine() as watched:
        ordered = await rig.order(watched)
        doubtful = await watched.reaches(ordered.id, JobState.UNCONFIRMED)
        assert doubtful.problem is not None
        assert doubtful.problem.money is Money.UNKNOWN
        assert "log in" not in doubtful.problem.message.lower()
        rig.service.show_rows()
        job = await watched.reaches(ordered.id, *END)
    assert job.state is JobState.SAVED, job.error
    assert job.generation_ids == ("gen-1",)
    assert len(rig.service.requests("order")) == 1


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([http(500, json={"message": "broken"})], id="500 JSON"),
        pytest.param([Reset()], id="reset"),
        pytest.param([http(502, "<html>bad</html>")], id="502 HTML"),
    ],
)
async def test_logs_say_failed(rig: Rig, steps: list[Step]) -> None:
    """500 JSON and the log shows "failed": failed, not charged, no second POST, ordering again needs no warning."""
    rig.service.play("order", rig.service.accept(*steps, succeeded=False))
    job = await rig.end_of_one_order()
    assert job.state is JobState.FAILED
    assert job.error is not None
    assert job.error.money is Money.FREE
    assert len(rig.service.requests("order")) == 1


async def test_truncated_answer_with_header(rig: Rig) -> None:
    """200 with truncated JSON, id in the header: submitted, without a look at the log."""
    answer = http(200, '{"id": "gen-1", "sta', length=500, headers={"x-inference-id": "gen-1"})
    rig.service.play("order", rig.service.accept(answer))
    job = await rig.end_of_one_order()
    assert job.state is JobState.SAVED, job.error
    assert rig.service.requests("logs") == []


@pytest.mark.parametrize("host", ["same", "other"])
async def test_redirect_of_the_post(rig: Rig, host: str) -> None:
    """307 to another path or host on the POST: not followed, body and key not sent again, free."""
    async with ScriptedServer(http(200, json={"id": "stolen"})) as other:
        target = f"{other.url if host == 'other' else ''}/elsewhere"
        rig.service.play("order", http(307, headers={"Location": target}))
        job = await rig.end_of_one_order()
        assert other.requests == []
    assert job.state is JobState.FAILED
    assert job.error is not None
    assert job.error.money is Money.FREE
    assert "/elsewhere" not in job.error.message
    assert len(rig.service.requests("order")) == 1


async def test_quit_during_the_post(rig: Rig, service: Service) -> None:
    """Quit during the POST, the server answers later: quitting waits, the id is saved."""
    arrived, answer_now = asyncio.Event(), asyncio.Event()
    taken = http(json={"id": "gen-1", "status": "queued"})
    service.play("order", service.accept(Tell(arrived), Await(answer_now), taken))
    async with rig.engine() as watched:
        job = await rig.order(watched)
        await arrived.wait()
        asyncio.get_running_loop().call_later(0.2, answer_now.set)
    [kept] = await rig.checked()
    assert kept.id == job.id
    assert kept.generation_id == "gen-1"
    assert kept.state in (JobState.QUEUED, JobState.GENERATING)


async def test_quit_before_the_post(rig: Rig) -> None:
    """Quit right after the order was given: it still goes out whole, or not at all, and is never left in doubt."""
    async with rig.engine() as watched:
        job = await rig.order(watched)
        await watched.reaches(job.id, JobState.SUBMITTING)
    [kept] = await rig.checked()
    assert kept.state in (JobState.QUEUED, JobState.GENERATING)
    assert kept.generation_id == "gen-1"


async def test_quit_and_the_answer_never_comes(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Quit during the POST, no answer: after a while it ends, in doubt, and the next start finds it."""
    monkeypatch.setattr("wan_tui.engine.engine.FINISH_SECONDS", 0.1)
    arrived = asyncio.Event()
    rig.service.play("order", rig.service.accept(Tell(arrived), Hang()))
    async with rig.engine() as watched:
        job = await rig.order(watched)
        await arrived.wait()
    async with rig.engine() as watched:
        await watched.until(lambda: len(watched.engine.index) == 1)
        assert (await watched.reaches(job.id, *END)).state is JobState.SAVED
    assert len(rig.service.requests("order")) == 1


async def test_corrected_key(rig: Rig) -> None:
    """401; the key then corrected in the dialog: the draft goes out again, one POST is accepted."""
    rig.service.play("order", http(401, json={"message": "Unauthorized", "requestId": "r-1"}))
    async with rig.engine() as watched:
        refused = await watched.reaches((await rig.order(watched)).id, *END)
        assert refused.error is not None
        assert (refused.error.code, refused.error.money) == ("unauthorized", Money.FREE)
        assert refused.error.request_id == "r-1"
        watched.engine.use_key(ApiKey("k-another-working-key"))
        again = await watched.engine.submit(refused.request, parent=refused.id)
        assert (await watched.reaches(again.id, *END)).state is JobState.SAVED
    assert len(rig.service.till) == 1
