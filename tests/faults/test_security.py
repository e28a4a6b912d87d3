"""The service's side: key, signatures, redirects, sizes, words of the service."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults.conftest import KEY, Rig
from tests.faults.program import Program
from tests.faults.rig import KeepAlive, ScriptedServer, Send, Step, http
from tests.faults.service import ETAG, SIGNATURE, asked_for
from tests.faults.waiting import changes, current
from tests.patience import until
from tests.program import run
from wan_tui.domain.job import JobState
from wan_tui.domain.job_record import to_record
from wan_tui.library.history import History
from wan_tui.simulator import Fault

_ECHO = (
    f"prompt: we got 'Bearer {KEY}' ({KEY[:-1]}\u200b{KEY[-1]}) see https://f.example/x?Signature={SIGNATURE}"
)


async def test_film_host_learns_nothing(rig: Rig) -> None:
    """Key to the CDN: each request to the film host has no key, no cookie, nothing but what a download needs."""
    cookie = {"Set-Cookie": "session=1; Path=/"}
    rig.service.play("order", lambda r: rig.service.answer_order(r))
    rig.service.always("status", lambda r: http(json=rig.service.completed(asked_for(r)), headers=cookie))
    whole = http(200, rig.service.film, headers={"Content-Type": "video/mp4", "ETag": ETAG, **cookie}).data
    rig.service.play("film", Send(whole[:4000]))
    job = await rig.end_of_one_order()
    assert job.state is JobState.SAVED
    requests = rig.service.requests("film")
    assert len(requests) == 2
    allowed = {"host", "accept", "user-agent", "accept-encoding", "connection", "range", "if-range"}
    assert set().union(*(request.headers for request in requests)) <= allowed
    assert all(request.headers["accept-encoding"] == "identity" for request in requests)
    assert not any("cookie" in request.headers for request in rig.service.api.requests)


@pytest.mark.parametrize("route", ["status", "logs", "ledger", "balance", "prices"])
async def test_redirected_readings(rig: Rig, route: str) -> None:
    """A reading is redirected to another host: not followed, the key goes nowhere, nothing fails by it."""
    async with ScriptedServer(http(json={"status": "error"})) as other:
        away = [http(302, headers={"Location": f"{other.url}/v2/x"}), KeepAlive()]
        rig.service.play(route, *[away] * 2)  # type: ignore[arg-type]
        job = await rig.end_of_one_order()
        assert other.requests == []
    assert job.state is JobState.SAVED, job.error


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(http(400, json={"message": _ECHO, "requestId": KEY}), id="refused"),
        pytest.param(http(403, json={"error": {"message": _ECHO}}), id="no credits"),
        pytest.param(http(307, headers={"Location": f"https://{KEY}.example/?k={KEY}"}), id="redirect"),
        pytest.param(http(429, json={"message": _ECHO}), id="too many"),
        pytest.param(http(500, _ECHO), id="broken"),
        pytest.param(http(200, json={"id": "g", "status": _ECHO, "echo": _ECHO, "error": _ECHO}), id="taken"),
        pytest.param(http(200, json={"id": "g", "status": "error", "error": _ECHO}), id="error"),
    ],
)
async def test_the_service_repeats_the_key(rig: Rig, answer: Step) -> None:
    """Key and links in the service's words, split by invisible characters too: in no message and no file."""
    rig.service.play("order", answer)
    async with rig.engine() as watched:
        job = await rig.order(watched)
        await watched.until(
            lambda: current(watched, job.id).state not in (JobState.WAITING, JobState.SUBMITTING)
        )
    [kept] = await rig.checked()
    assert KEY[:-1] not in str(to_record(kept))


async def test_the_service_repeats_the_key_while_polling(rig: Rig) -> None:
    """The same in answers to polls: neither the problem shown nor the status word has it."""
    rig.service.play("status", *[http(500, json={"message": _ECHO})] * 6)
    rig.service.play("status", lambda r: http(json={"id": asked_for(r), "status": _ECHO}))
    async with rig.engine(interval=0.02) as watched:
        job = await watched.reaches((await rig.order(watched)).id, JobState.SAVED)
    assert any(seen.problem for seen in changes(watched))
    assert all(KEY[:-1] not in str(to_record(seen)) for seen in (*changes(watched), job))


@pytest.mark.parametrize("route", ["order", "status", "logs", "balance", "prices", "film"])
async def test_endless_headers(rig: Rig, route: str) -> None:
    """Headers without an end: given up, no memory eaten, and all goes on afterwards."""
    flood = Send(b"HTTP/1.1 200 OK\r\n" + b"X-Flood: " + b"x" * 300_000)
    script = rig.service.accept(flood) if route == "order" else flood
    rig.service.play(route, script)  # type: ignore[arg-type]
    job = await rig.end_of_one_order()
    assert job.state is JobState.SAVED, job.error


async def test_words_of_the_service_are_no_links(rig: Rig) -> None:
    """Links in the service's text ("top up at http://evil"): only our own constant link is ever shown."""
    evil = "Top up at http://evil.example/billing or www.evil.example or ftp://evil.example"
    rig.service.play("order", http(403, json={"message": evil}))
    job = await rig.end_of_one_order()
    assert job.error is not None
    assert "evil" not in job.error.sentence
    assert "https://aimlapi.com/app/billing" in job.error.next_step


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://10.0.0.1/x", "https://10.0.0.1/x", "//["])
async def test_history_edited_by_hand(rig: Rig, url: str) -> None:
    """Local tamper: a link and a path written into the history by hand are checked like those of the service."""
    job = await rig.end_of_one_order()
    history = History.open(rig.home / "data")
    history.change(
        job.id,
        lambda saved: replace(saved, state=JobState.COMPLETED, video_url=url, film_path="/etc/passwd"),
        durable=True,
    )
    history.close()
    Path(job.film_path or "").unlink()
    async with rig.engine() as watched:
        await watched.until(lambda: len(watched.engine.index) == 1)
        await until(lambda: watched.engine.stuck(current(watched, job.id)))
        stuck = current(watched, job.id)
    assert stuck.problem is not None
    assert stuck.problem.code == "link_refused"
    assert len(rig.service.requests("film")) == 1
    assert list((rig.home / "films").glob("*.mp4")) == []


@pytest.mark.parametrize(
    "url",
    [
        "http://api.aimlapi.com",
        "http://127.0.0.1.evil.example",
        "ftp://api.aimlapi.com",
        "https://u:p@x.example",
    ],
)
def test_downgrade(url: str, tmp_path: Path) -> None:
    """Downgrade: a base URL must be https, or on this machine; nothing is written or sent with another."""
    ended = run("generate", "a boat", AIMLAPI_BASE_URL=url, AIMLAPI_API_KEY=KEY, WAN_TUI_HOME=str(tmp_path))
    assert ended.returncode == 2
    assert "https://" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert KEY not in ended.stderr + ended.stdout
    assert "u:p" not in ended.stderr
    assert not (tmp_path / "data").exists()


def test_key_stays_away_from_other_hosts(tmp_path: Path) -> None:
    """A base URL that is not the official one gets no key until its host is trusted by name."""
    ended = run(
        "generate",
        "a boat",
        AIMLAPI_BASE_URL="https://other.example",
        AIMLAPI_API_KEY=KEY,
        WAN_TUI_HOME=str(tmp_path),
    )
    assert "other.example" in ended.stderr
    assert "No API key" in ended.stderr
    assert ended.returncode == 1


def test_log_of_a_bad_day(program: Program) -> None:
    """``-v`` through refusals, resets, cut and dead links: the log has neither key nor signature, and is 0600."""
    echo = f"got {program.key}, see https://f.example/x?Signature=abc"
    faults = [
        Fault("GET /v2/generate/*", times=6, status=500, body=echo),
        Fault("GET /generations/*", cut=500),
        Fault("GET /generations/*", status=403, body="<Code>AccessDenied</Code>"),
        Fault("GET /v2/logs", status=500, body=echo),
        Fault("POST *", cut=-1),
    ]
    program.service.inject(*faults)
    program.confirmed += 1
    code, out, err = program.run("-v", "generate", "a boat on a bad day", "--wait", "--json")
    assert code in (0, 1), err
    log = program.home / "state" / "wan-tui.log"
    text = log.read_text()
    for word in ("submitting", "unconfirmed", "queued", "completed"):
        assert word in text
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert program.key not in text + out + err
    assert "Signature=" not in text + err
    assert "OSSAccessKeyId" not in text + err
