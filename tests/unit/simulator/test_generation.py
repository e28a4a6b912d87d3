"""Orders and polls, in both dialects."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.unit.simulator.conftest import MODEL, UNIVERSAL, VENDOR, Bench, StartBench


@pytest.mark.parametrize("path", [VENDOR, UNIVERSAL])
async def test_an_order_goes_from_queued_to_completed_at_the_pace(start: StartBench, path: str) -> None:
    """15 % of it queued, the rest generating."""
    async with start(pace=20.0) as bench:
        ordered = await bench.order(path)
        assert ordered.status_code == 200
        assert ordered.json()["status"] == "queued"
        seen = []
        for seconds in (2.9, 0.2, 16.8, 0.2):
            bench.clock.seconds += seconds
            seen.append((await bench.poll(ordered.json()["id"], path)).json()["status"])
        assert seen == ["queued", "generating", "generating", "completed"]


async def test_each_dialect_has_its_own_shape(bench: Bench) -> None:
    """The vendor tells tokens and a duration, the universal dialect credits; a link comes with both."""
    done = await bench.finished()
    other = (await bench.poll(done["id"], UNIVERSAL)).json()
    assert set(done) == {"id", "status", "video", "duration", "error", "meta"}
    assert done["meta"]["usage"] == {"tokens_used": 1_050_000}
    assert set(other) == {"id", "status", "video", "error", "meta"}
    assert other["meta"]["usage"] == {"credits_used": 1_050_000}
    assert done["video"]["url"] == other["video"]["url"]
    assert done["video"]["url"].startswith(bench.simulator.film_url)


async def test_two_films_of_a_key_are_made_at_a_time(start: StartBench) -> None:
    """The third waits for a slot; another key's order does not wait for it."""
    async with start(pace=20.0, concurrency=2) as bench:
        ids = [(await bench.order()).json()["id"] for _ in range(3)]
        theirs = await bench.api.post(
            VENDOR, json={"model": MODEL, "prompt": "x"}, headers={"Authorization": "Bearer sk-other"}
        )
        bench.clock.seconds += 10
        assert [(await bench.poll(i)).json()["status"] for i in ids] == ["generating", "generating", "queued"]
        other = await bench.api.get(
            VENDOR,
            params={"generation_id": theirs.json()["id"]},
            headers={"Authorization": "Bearer sk-other"},
        )
        assert other.json()["status"] == "generating"
        bench.clock.seconds += 15
        assert (await bench.poll(ids[2])).json()["status"] == "generating"


async def test_ids_come_in_three_shapes(bench: Bench) -> None:
    """UUID, UUID with model behind a colon, 21-character token: each can be polled."""
    ids = [(await bench.order()).json()["id"] for _ in range(3)]
    assert sorted(len(i) for i in ids) == [21, 36, 36 + 1 + len(MODEL)]
    assert any(":alibaba/" in i for i in ids)
    for generation_id in ids:
        assert (await bench.poll(generation_id)).json()["id"] == generation_id


@pytest.mark.parametrize(
    "authorization", [None, "", "sk-x", "Basic abc", "Bearer", "Bearer sk-demo-wrong-key"]
)
async def test_a_missing_or_wrong_key_is_401(bench: Bench, authorization: str | None) -> None:
    """Nothing is accepted, and the error has the service's five fields."""
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = await bench.bare.post(
        bench.simulator.base_url + VENDOR, json={"model": MODEL, "prompt": "x"}, headers=headers
    )
    assert answer.status_code == 401
    assert set(answer.json()) == {"message", "path", "requestId", "statusCode", "timestamp"}
    assert bench.accepted == []


async def test_a_key_without_credits_gets_403_with_the_billing_link(bench: Bench) -> None:
    """The demo key cannot pay; nor can a good key whose money is spent."""
    answer = await bench.api.post(
        VENDOR, json={"model": MODEL, "prompt": "x"}, headers={"Authorization": "Bearer sk-demo-no-credits"}
    )
    assert answer.status_code == 403
    assert "https://aimlapi.com/app/billing" in answer.json()["message"]
    assert bench.accepted == []


async def test_money_runs_out(start: StartBench) -> None:
    """Three films for a dollar and a half; the fourth order is refused."""
    async with start(credits_usd=1.6, price_usd=0.5) as bench:
        codes = [(await bench.order()).status_code for _ in range(4)]
        assert codes == [200, 200, 200, 403]
        assert len(bench.accepted) == 3


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"model": None}, "model"),
        ({"model": 5}, "model"),
        ({"prompt": None}, "prompt"),
        ({"prompt": ["x"]}, "prompt"),
        ({"resolution": "480P"}, "resolution"),
        ({"aspect_ratio": "2:1"}, "aspect_ratio"),
        ({"negative_prompt": 7}, "negative_prompt"),
        ({"watermark": "true"}, "watermark"),
        ({"seed": 1.5}, "seed"),
        ({"seed": True}, "seed"),
        ({"seed": -1}, "seed"),
        ({"seed": 2_147_483_648}, "seed"),
        ({"enable_prompt_expansion": 1}, "enable_prompt_expansion"),
    ],
)
async def test_a_bad_field_is_400_and_named(bench: Bench, changes: dict[str, object], named: str) -> None:
    """The message names the field, what was expected and what came."""
    body = {"model": MODEL, "prompt": "x", **changes}
    answer = await bench.api.post(VENDOR, json={k: v for k, v in body.items() if v is not None})
    assert answer.status_code == 400
    message = answer.json()["message"]
    assert message.startswith(f"{named}: expected ")
    assert "received" in message
    assert bench.accepted == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"[" * 100_000, b"\xff\xfe"])
async def test_a_body_that_is_no_object_is_400(bench: Bench, content: bytes) -> None:
    """Whatever comes as a body, the answer is one refusal."""
    answer = await bench.api.post(VENDOR, content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400


async def test_every_model_is_served_on_both_paths(bench: Bench) -> None:
    """By each of its names; nobody knows a made-up one."""
    newer: dict[str, Any] = {
        "model": "alibaba/wan-2-6-t2v",
        "duration": 10,
        "shot_type": "multi",
        "resolution": "1080p",
    }
    for path in (VENDOR, UNIVERSAL):
        for name in ("alibaba/wan-2-6-t2v", "alibaba/wan2.6-t2v", "wan2.6-t2v"):
            assert (await bench.order(path, **{**newer, "model": name})).status_code == 200
    assert [(order["seconds"], order["usd"]) for order in bench.accepted] == [(10.0, 1.575)] * 6
    assert (await bench.order(UNIVERSAL, model="alibaba/wan-9")).status_code == 404


async def test_the_wrong_name_for_prompt_expansion_is_passed_over_and_told(bench: Bench) -> None:
    """The service says nothing about fields it does not know; the till does."""
    await bench.order(VENDOR, enhance_prompt=False)
    await bench.order(UNIVERSAL, enhance_prompt=False)
    assert [order["ignored"] for order in bench.accepted] == [["enhance_prompt"], []]


@pytest.mark.parametrize("text", ["\ud800", "a\x00b", "🐉" * 5000, "[/bold]", "\x1b]52;c;eA==\x07"])
async def test_any_text_is_taken_and_told_back_by_the_till(bench: Bench, text: str) -> None:
    """Lone surrogates and control characters too."""
    assert (await bench.order(prompt=text)).status_code == 200
    till = (await bench.api.get("/_till")).json()
    assert till["orders"][0]["body"]["prompt"] == text


@pytest.mark.parametrize(
    ("sent", "echoed"),
    [
        ("job-1", True),
        ("A.b_c:d-9", True),
        ("x" * 128, True),
        ("x" * 129, False),
        ("a b", False),
        ("a/b", False),
    ],
)
async def test_a_client_id_is_echoed_or_dropped(bench: Bench, sent: str, echoed: bool) -> None:
    """An id outside the documented form is dropped without a word."""
    answer = await bench.order(client_id=sent)
    assert answer.headers.get("x-client-request-id") == (sent if echoed else None)
    assert bench.accepted[0]["client_request_id"] == (sent if echoed else None)


async def test_headers_tell_id_and_cost(bench: Bench) -> None:
    """The inference id is the generation id; credits and dollars come on completion."""
    ordered = await bench.order()
    assert ordered.headers["x-inference-id"] == ordered.json()["id"]
    assert "x-aimlapi-credits-used" not in ordered.headers
    bench.clock.seconds += 1000
    done = await bench.poll(ordered.json()["id"])
    assert done.headers["x-inference-id"] == ordered.json()["id"]
    assert done.headers["x-aimlapi-credits-used"] == "1050000"
    assert done.headers["x-aimlapi-usd-spent"] == "0.525"


async def test_errors_can_come_in_the_newer_shape(start: StartBench) -> None:
    """As application/problem+json: a general message, and what is wrong with which field in data.issues."""
    async with start(problem_json=True) as bench:
        refused, missing = await bench.order(seed="x", watermark=3), await bench.poll("nobody")
        assert {answer.headers["content-type"] for answer in (refused, missing)} == {
            "application/problem+json"
        }
        told = refused.json()
        assert (told["status"], told["title"], told["message"]) == (400, "Bad Request", "Validation failed")
        issues = [(issue["path"], issue["message"]) for issue in told["data"]["issues"]]
        assert issues == [
            (["seed"], 'expected integer, received "x"'),
            (["watermark"], "expected boolean, received 3"),
        ]
        assert told["requestId"] == refused.headers["x-request-id"]
        assert set(missing.json()) == {"title", "status", "message", "instance", "requestId", "error"}
        assert (await bench.api.get("/v1/models/deprecations")).json()[
            "instance"
        ] == "/v1/models/deprecations"


async def test_refused_orders_have_an_inference_id_that_names_no_film(bench: Bench) -> None:
    """Every answer has one, also an error."""
    answers = [
        await bench.order(**changes) for changes in ({"seed": "x"}, {"model": "nobody"}, {"prompt": None})
    ]
    assert [answer.status_code for answer in answers] == [400, 404, 400]
    ids = [answer.headers["x-inference-id"] for answer in answers]
    assert len(set(ids)) == 3
    assert [(await bench.poll(name)).status_code for name in ids] == [404] * 3
    assert bench.accepted == []


async def test_unknown_things_are_404(bench: Bench) -> None:
    """An id of nobody, an id of another key, a path of nobody."""
    ordered = (await bench.order()).json()["id"]
    foreign = await bench.api.get(
        VENDOR, params={"generation_id": ordered}, headers={"Authorization": "Bearer sk-other"}
    )
    answers = [await bench.poll("nobody"), foreign, await bench.api.get("/v1/models/deprecations")]
    assert [answer.status_code for answer in answers] == [404] * 3
    wrong_method = await bench.api.put(VENDOR)
    assert (wrong_method.status_code, wrong_method.headers["allow"]) == (405, "GET, HEAD, POST")
    assert all(answer.json()["requestId"] for answer in [*answers, wrong_method])
    assert (await bench.api.get(VENDOR)).status_code == 400


async def test_too_many_orders_a_minute_are_429(start: StartBench) -> None:
    """With Retry-After; after that wait an order is taken again."""
    async with start(posts_per_minute=2) as bench:
        answers: list[httpx.Response] = [await bench.order() for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        bench.clock.seconds += int(answers[2].headers["retry-after"])
        assert (await bench.order()).status_code == 200
        assert len(bench.accepted) == 3


async def test_the_till_remembers_every_order(bench: Bench) -> None:
    """Body, client id, key fingerprint (not the key), charge; and the counters."""
    await bench.order(client_id="job-9", aspect_ratio="9:16")
    await bench.poll("nobody")
    answer = await bench.api.get("/_till")
    (order,) = answer.json()["orders"]
    assert order["client_request_id"] == "job-9"
    assert order["body"]["aspect_ratio"] == "9:16"
    assert order["charged"] is True
    assert order["accepted_at"].endswith("Z")
    assert "sk-test-key" not in answer.text
    counters = answer.json()["counters"]
    assert counters == {"accepted": 1, "charged": 1, "charged_usd": 0.525, "posts": 1, "polls": 1}
