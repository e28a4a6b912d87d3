"""Faults: scripted ones and those a prompt asks for."""

from __future__ import annotations

import asyncio
import json
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from tests.unit.simulator.conftest import MODEL, VENDOR, Bench, StartBench
from wan_tui.simulator import FAULTS_HELP, Fault
from wan_tui.simulator.prompt_faults import PROMPT_FAULTS


async def test_an_answer_can_be_lost_after_the_order_was_taken(bench: Bench) -> None:
    """The caller sees a broken line, the till holds the order, the logs know it by the client id."""
    bench.simulator.inject(Fault("POST *", cut=-1))
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        await bench.order(client_id="job-1")
    assert bench.accepted[0]["client_request_id"] == "job-1"
    bench.clock.seconds += 10
    (row,) = (await bench.api.get("/v2/logs", params={"period": "24h"})).json()["data"]
    assert (row["client_request_id"], row["inference_id"]) == ("job-1", bench.accepted[0]["generation_id"])
    assert (await bench.order()).status_code == 200


async def test_the_head_can_arrive_and_the_body_not(bench: Bench) -> None:
    """The inference id is in the head that came."""
    bench.simulator.inject(Fault("POST *", cut=0))
    async with bench.api.stream("POST", VENDOR, json={"model": MODEL, "prompt": "x"}) as answer:
        assert answer.headers["x-inference-id"] == bench.accepted[0]["generation_id"]
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            await answer.aread()


async def test_a_film_can_be_cut_at_a_byte_and_resumed(bench: Bench) -> None:
    """Exactly so many bytes arrive; a range brings the rest."""
    url = (await bench.finished())["video"]["url"]
    whole = (await bench.bare.get(url)).content
    bench.simulator.inject(Fault("GET *.mp4", cut=1000, orderly=True))
    got = bytearray()
    with pytest.raises(httpx.RemoteProtocolError):
        await _collect(bench.bare, url, got)
    assert got == whole[:1000]
    rest = await bench.bare.get(url, headers={"Range": "bytes=1000-"})
    assert bytes(got) + rest.content == whole


async def _collect(client: httpx.AsyncClient, url: str, into: bytearray) -> None:
    async with client.stream("GET", url) as answer:
        async for part in answer.aiter_raw():
            into += part


async def test_a_fault_with_a_status_keeps_the_order_out_unless_told(bench: Bench) -> None:
    """A text becomes the service's error object, a content type of its own leaves it as it is."""
    page = {"content-type": "text/html"}
    bench.simulator.inject(
        Fault("POST *", status=500, body="Broken"),
        Fault("POST *", status=502, body="<html>", headers=page, accept=True),
        Fault("POST *", status=429, headers={"Retry-After": "2"}),
    )
    first, second, third = [await bench.order() for _ in range(3)]
    assert (first.status_code, first.json()["message"], first.json()["statusCode"]) == (500, "Broken", 500)
    assert (second.status_code, second.text, second.headers["content-type"]) == (502, "<html>", "text/html")
    assert (third.status_code, third.headers["retry-after"], third.content) == (429, "2", b"")
    assert len(bench.accepted) == 1


async def test_bodies_and_headers_can_be_anything(bench: Bench) -> None:
    """JSON of any kind, a header taken away, a whole answer byte by byte."""
    bench.simulator.inject(
        Fault("POST *", body=[1, None]),
        Fault("POST *", headers={"x-inference-id": None}),
        Fault("POST *", raw='HTTP/1.1 200 OK\r\nContent-Length: 9\r\nX-Odd: \xff\r\n\r\n{"id": 1}'),
        Fault("POST *", raw="\x00\xff garbage"),
    )
    first, second, third = [await bench.order() for _ in range(3)]
    assert first.json() == [1, None]
    assert "x-inference-id" not in second.headers
    assert third.json() == {"id": 1}
    with pytest.raises(httpx.RemoteProtocolError):
        await bench.order()


async def test_answers_can_be_late_slow_or_never_come(bench: Bench) -> None:
    """A delay, drops, a silence in the middle; and a caller who gives up on one that hangs."""
    bench.simulator.inject(
        Fault("GET *", delay=0.05),
        Fault("GET *", trickle=20_000.0),
        Fault("GET *", stall_after=10, stall=0.05),
        Fault("GET *", hang=True),
    )
    for _ in range(3):
        assert (await bench.api.get("/v2/billing")).json()["currency"] == "USD"
    with pytest.raises(httpx.ReadTimeout):
        await bench.api.get("/v2/billing", timeout=0.2)
    assert (await bench.api.get("/v2/billing")).status_code == 200


async def test_faults_come_by_http_with_counts(bench: Bench) -> None:
    """One or a list; skip and times; shown, and dropped."""
    script = [
        {"route": "GET /v2/bill*", "skip": 1, "times": 2, "status": 503},
        {"route": "POST *", "times": None},
    ]
    assert (await bench.api.post("/_faults", json=script)).json() == {"added": 2}
    codes = [(await bench.api.get("/v2/billing")).status_code for _ in range(4)]
    assert codes == [200, 503, 503, 200]
    (left,) = (await bench.api.get("/_faults")).json()
    assert (left["route"], left["left"]) == ("POST *", None)
    await bench.api.delete("/_faults")
    assert (await bench.api.get("/_faults")).json() == []


@pytest.mark.parametrize(
    "script",
    [
        "{",
        "5",
        '{"route": "POST"}',
        '{"status": 500}',
        '{"route": "POST *", "statuz": 500}',
        '{"route": "POST *", "status": "500"}',
        '{"route": "POST *", "cut": true}',
        '{"route": "POST *", "headers": {"a": 1}}',
    ],
)
async def test_a_script_with_a_mistake_is_refused_whole(bench: Bench, script: str) -> None:
    """And says what is wrong."""
    content = f'[{{"route": "GET *"}}, {script}]'
    answer = await bench.api.post("/_faults", content=content)
    assert answer.status_code == 400
    assert answer.json()["message"]
    assert (await bench.api.get("/_faults")).json() == []


async def _last_answer(bench: Bench, prompt: str) -> dict[str, Any]:
    return await bench.finished(prompt=prompt)


async def test_a_blocked_prompt_ends_in_a_moderation_error_for_free(bench: Bench) -> None:
    """So does a failure; one error is an object, one a bare text."""
    blocked = await _last_answer(bench, "[blocked] x")
    assert (blocked["status"], blocked["error"]["name"]) == ("error", "DataInspectionFailed")
    assert (blocked["video"], blocked["meta"]) == (None, None)
    assert (await _last_answer(bench, "x [fail]"))["error"]["name"] == "GenerationFailed"
    assert isinstance((await _last_answer(bench, "[fault:string-error]"))["error"], str)
    assert [order["charged"] for order in bench.accepted] == [False] * 3
    assert (await bench.api.get("/v2/billing")).json()["current_balance"] == 25.0


async def test_markers_that_refuse(start: StartBench) -> None:
    """429 twice and then taken; 500 never taken, its row says failed once it has come."""
    async with start(log_delay=5.0) as bench:
        codes = [(await bench.order(prompt="[fault:429]")).status_code for _ in range(3)]
        assert codes == [429, 429, 200]
        broken = await bench.order(prompt="[fault:500]", client_id="job-5")
        assert broken.status_code == 500
        assert broken.json()["requestId"] == broken.headers["x-request-id"]
        assert len(bench.accepted) == 1
        bench.clock.seconds += 6
        rows = (await bench.api.get("/v2/logs", params={"period": "24h", "status": "failed"})).json()["data"]
        assert [row["client_request_id"] for row in rows] == ["job-5"]


@pytest.mark.parametrize(("marker", "code"), [("fault:502-html", 502), ("fault:500-accepted", 500)])
async def test_markers_that_take_the_order_and_say_otherwise(bench: Bench, marker: str, code: int) -> None:
    """Nothing in the answer gives the id away."""
    answer = await bench.order(prompt=f"[{marker}] a sea", client_id="job-1")
    assert answer.status_code == code
    assert "x-inference-id" not in answer.headers
    assert len(bench.accepted) == 1


async def test_a_lost_answer_by_prompt(bench: Bench) -> None:
    """Taken, charged, and the line cut."""
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        await bench.order(prompt="[fault:lost-answer] x")
    assert bench.accepted[0]["charged"] is True


async def test_markers_on_the_generation(bench: Bench) -> None:
    """No link for three polls; an odd status word; a link dead on arrival."""
    slow = (await bench.order(prompt="[fault:no-url]")).json()["id"]
    odd = (await bench.order(prompt="[fault:odd-status]")).json()["id"]
    bench.clock.seconds += 10
    assert (await bench.poll(odd)).json()["status"] == "warming_up_✨"
    bench.clock.seconds += 1000
    videos = [(await bench.poll(slow)).json()["video"] for _ in range(4)]
    assert [video is None for video in videos] == [True, True, True, False]
    assert (await bench.poll(odd)).json()["status"] == "completed"
    dead = await _last_answer(bench, "[fault:dead-link]")
    assert (await bench.bare.get(dead["video"]["url"])).status_code == 403


async def test_headers_can_come_twice_and_dates_be_wrong(bench: Bench) -> None:
    """A list of texts is one header many times; the date is off by so many seconds; errors in the newer shape."""
    bench.simulator.inject(
        Fault("GET *", headers={"x-inference-id": ["one", "two"]}),
        Fault("GET *", date_offset=-86400.0),
        Fault("GET *", status=409, problem=True, body="Not now"),
    )
    twice, late, refused = [await bench.api.get("/v2/billing") for _ in range(3)]
    assert twice.headers.get_list("x-inference-id") == ["one", "two"]
    told = parsedate_to_datetime(late.headers["date"]).timestamp()
    assert told == bench.clock.seconds - 86400
    assert refused.headers["content-type"] == "application/problem+json"
    assert (refused.json()["status"], refused.json()["error"]["message"]) == (409, "Not now")


async def test_ids_that_name_nothing(bench: Bench) -> None:
    """In the head, in the body, or one more in the head: the other one leads to the order."""
    in_head = await bench.order(prompt="[fault:other-id-in-head]")
    in_body = await bench.order(prompt="[fault:other-id-in-body]")
    two = await bench.order(prompt="[fault:two-ids]")
    real = [order["generation_id"] for order in bench.accepted]
    assert [in_head.json()["id"], in_body.headers["x-inference-id"], two.json()["id"]] == real
    assert in_head.headers["x-inference-id"] != real[0]
    assert in_body.json()["id"] != real[1]
    assert two.headers.get_list("x-inference-id")[1] == real[2]
    odd = [in_head.headers["x-inference-id"], in_body.json()["id"], two.headers.get_list("x-inference-id")[0]]
    assert [(await bench.poll(name)).status_code for name in odd] == [404] * 3
    assert [(await bench.poll(name)).status_code for name in real] == [200] * 3


async def test_a_redirect_can_take_the_order(bench: Bench) -> None:
    """Its head has the id; a gateway's 403 takes nothing."""
    sent_on = await bench.order(prompt="[fault:redirect-accepted]")
    assert (sent_on.status_code, sent_on.content) == (302, b"")
    assert sent_on.headers["x-inference-id"] == bench.accepted[0]["generation_id"]
    turned_away = await bench.order(prompt="[fault:403-gateway]")
    assert (turned_away.status_code, turned_away.text) == (403, "error code: 1010")
    problem = await bench.order(prompt="[fault:problem-json]")
    assert (problem.status_code, problem.json()["title"]) == (400, "Bad Request")
    assert len(bench.accepted) == 1


async def test_books_can_be_late_and_use_another_name(start: StartBench) -> None:
    """Both by the prompt; the number after the marker is the seconds."""
    async with start(log_delay=1.0) as bench:
        await bench.order(prompt="[fault:late-row=30]", client_id="late")
        await bench.order(prompt="[fault:alias]", client_id="alias")

        async def rows() -> list[tuple[str, str]]:
            answer = await bench.api.get("/v2/logs", params={"period": "1h"})
            return [(row["client_request_id"], row["model"]) for row in answer.json()["data"]]

        bench.clock.seconds += 30
        assert await rows() == [("alias", "wan2.1-t2v-plus")]
        bench.clock.seconds += 2
        assert await rows() == [("alias", "wan2.1-t2v-plus"), ("late", MODEL)]
        ledger = (await bench.api.get("/v2/billing/transactions")).json()["data"]
        assert [row["model"] for row in ledger] == ["wan2.1-t2v-plus", MODEL, None]


@pytest.mark.parametrize(
    ("prompt", "codes"),
    [
        ("[fault:film-404]", [404, 404, 200]),
        ("[fault:film-403=1]", [403, 200, 200]),
        ("a sea", [200, 200, 200]),
    ],
)
async def test_a_film_host_that_is_late(bench: Bench, prompt: str, codes: list[int]) -> None:
    """So many times it turns the film's link away, then it is good."""
    url = (await bench.finished(prompt=prompt))["video"]["url"]
    assert [(await bench.bare.get(url)).status_code for _ in codes] == codes


async def test_a_link_can_be_plain_http_elsewhere(bench: Bench) -> None:
    """On a name that is nobody's, signed and alive as any other."""
    url = (await bench.finished(prompt="[fault:http-link]"))["video"]["url"]
    assert url.startswith("http://films.invalid/generations/")
    assert "Expires=" in url


def test_the_help_names_every_marker() -> None:
    """What people can play is written down where they look."""
    for name, fault in PROMPT_FAULTS.items():
        assert (f"[{name}]" if fault.number is None else f"[{name}=N]") in FAULTS_HELP
    assert "_till" in FAULTS_HELP


async def test_stopping_does_not_wait_for_a_hanging_answer(start: StartBench) -> None:
    """The port is free again although somebody is still waiting."""
    async with start() as bench:
        bench.simulator.inject(Fault("GET *", hang=True))
        waiting = asyncio.create_task(bench.api.get("/v2/billing", timeout=None))
        while not bench.simulator.requests:
            await asyncio.sleep(0.01)
        await bench.simulator.stop()
        with pytest.raises(httpx.HTTPError):
            await waiting


def test_a_fault_is_plain_data() -> None:
    """A script can be written with `Fault` and sent as JSON."""
    assert json.dumps(vars(Fault("GET *", status=500)))
