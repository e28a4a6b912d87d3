"""Who is kept out: other users of the machine, and web pages in its browsers."""

from __future__ import annotations

import httpx
import pytest

from tests.unit.simulator.conftest import MODEL, TOKEN, VENDOR, Bench, StartBench
from wan_tui.simulator.access import CONTROL_HEADER

CONTROL = [
    ("GET", "/_till"),
    ("GET", "/_requests"),
    ("GET", "/_faults"),
    ("POST", "/_faults"),
    ("DELETE", "/_faults"),
]


@pytest.mark.parametrize(("method", "path"), CONTROL)
async def test_its_own_routes_want_the_token(bench: Bench, method: str, path: str) -> None:
    """A key is none, nor is the wrong one or an empty one; nothing is told and nothing happens."""
    await bench.order(prompt="a secret")
    for headers in (
        {},
        {CONTROL_HEADER: ""},
        {CONTROL_HEADER: TOKEN + "x"},
        {"Authorization": f"Bearer {TOKEN}"},
    ):
        answer = await bench.bare.request(
            method, bench.simulator.base_url + path, headers=headers, content='{"route": "* *"}'
        )
        assert answer.status_code == 403
        assert "secret" not in answer.text
    assert (await bench.api.get("/v2/billing")).status_code == 200
    assert (await bench.api.get("/_faults")).json() == []


@pytest.mark.parametrize(("method", "path"), CONTROL)
async def test_without_a_token_they_are_not_there(start: StartBench, method: str, path: str) -> None:
    """As any other path that nobody serves, whatever token is sent."""
    async with start(control_token=None) as bench:
        for headers in ({}, {CONTROL_HEADER: ""}, {CONTROL_HEADER: "None"}):
            answer = await bench.api.request(method, path, headers=headers, content='{"route": "* *"}')
            assert (answer.status_code, answer.json()["message"]) == (404, f"Cannot {method} {path}")
            assert set(answer.json()) == {"message", "path", "requestId", "statusCode", "timestamp"}


FOREIGN = [
    {"Host": "films.example"},
    {"Host": "films.example:80"},
    {"Host": "127.0.0.1.films.example"},
    {"Host": "localhost.films.example"},
    {"Host": "192.168.1.1"},
    {"Host": ""},
    {"Host": "["},
    {"Origin": "https://films.example"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
async def test_pages_of_other_sites_are_refused_everywhere(bench: Bench, headers: dict[str, str]) -> None:
    """By name (DNS rebinding) or by origin, on every route of both hosts, key and token or not: nothing is done."""
    film = (await bench.finished())["video"]["url"]
    before = len(bench.accepted)
    api = bench.simulator.base_url
    body = {"model": MODEL, "prompt": "x"}
    for method, url in (
        ("POST", api + VENDOR),
        ("GET", api + "/v1/models"),
        ("GET", api + "/_till"),
        ("GET", api + "/nowhere"),
        ("GET", film),
    ):
        answer = await bench.api.request(method, url, headers=headers, json=body)
        assert answer.status_code == 403, url
        assert set(answer.json()) == {"message", "path", "requestId", "statusCode", "timestamp"}
    assert len(bench.accepted) == before


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "localhost"},
        {"Host": "LOCALHOST:8484"},
        {"Host": "127.9.9.9:1"},
        {"Host": "[::1]:8484"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "same-origin"},
    ],
    ids=str,
)
async def test_this_machine_is_welcome_by_any_of_its_names(bench: Bench, headers: dict[str, str]) -> None:
    """Through a forwarded port too; and what somebody types into a browser."""
    assert (await bench.api.get("/v1/models", headers=headers)).status_code == 200
    same = {"Origin": bench.simulator.base_url, "Sec-Fetch-Site": "same-origin"}
    assert (await bench.api.get("/v1/models", headers=same)).status_code == 200


async def test_the_key_of_a_demo_is_the_only_one(start: StartBench) -> None:
    """Whoever else reaches its port cannot order a film."""
    async with start(only_key="sk-only-0123456789") as bench:
        assert (await bench.order()).status_code == 401
        with_key = {"Authorization": "Bearer sk-only-0123456789"}
        answer: httpx.Response = await bench.api.get("/v2/billing", headers=with_key)
        assert answer.status_code == 200
        assert "sk-only" not in repr(bench.simulator.settings)
