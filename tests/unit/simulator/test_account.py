"""Logs, billing, ledger, usage and the catalogue."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.unit.simulator.conftest import MODEL, UNIVERSAL, Bench, StartBench

DAY = {"period": "24h"}


async def test_log_rows_come_late_and_newest_first(start: StartBench) -> None:
    """Absence right away proves nothing; then the row leads from the client id to the inference id."""
    async with start(log_delay=60.0) as bench:
        first = (await bench.order(client_id="job-1")).json()["id"]
        bench.clock.seconds += 1
        second = (await bench.order(client_id="job-2")).json()["id"]
        assert (await bench.api.get("/v2/logs", params=DAY)).json()["data"] == []
        bench.clock.seconds += 60
        rows = (await bench.api.get("/v2/logs", params={"period": "24h"})).json()["data"]
        assert [(row["client_request_id"], row["inference_id"]) for row in rows] == [
            ("job-2", second),
            ("job-1", first),
        ]
        assert rows[0]["cost"] == {"usd": 0.525, "credits": 1_050_000}


async def test_log_pages_and_filters(bench: Bench) -> None:
    """Limit and offset, status, model by full name or bare alias, an explicit window."""
    for number in range(5):
        await bench.order(client_id=f"job-{number}", prompt="[blocked]" if number == 2 else "x")
    bench.clock.seconds += 1000
    page = (await bench.api.get("/v2/logs", params={**DAY, "limit": 2, "offset": 3})).json()
    assert [row["client_request_id"] for row in page["data"]] == ["job-1", "job-0"]
    assert page["pagination"] == {"limit": 2, "offset": 3, "total": 5, "has_more": False}
    failed = (await bench.api.get("/v2/logs", params={**DAY, "status": "failed"})).json()["data"]
    assert [(row["client_request_id"], row["cost"]["credits"]) for row in failed] == [("job-2", 0)]
    for model, count in ((MODEL, 5), ("wan2.1-t2v-plus", 5), ("other", 0)):
        found = await bench.api.get("/v2/logs", params={**DAY, "model": model})
        assert len(found.json()["data"]) == count
    start = datetime.fromtimestamp(bench.clock.seconds - 2000, UTC)
    end = datetime.fromtimestamp(bench.clock.seconds - 1500, UTC)
    window = {"start": start.isoformat(), "end": end.isoformat()}
    assert (await bench.api.get("/v2/logs", params=window)).json()["data"] == []


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"limit": "1"},
        {"period": "0h"},
        {"period": "24"},
        {"period": "93d"},
        {"period": "1h", "start": "2026-01-01T00:00:00Z", "end": "2026-01-02T00:00:00Z"},
        {"start": "2026-01-01T00:00:00Z"},
        {"start": "2026-01-02T00:00:00Z", "end": "2026-01-01T00:00:00Z"},
        {"start": "yesterday", "end": "today"},
        {**DAY, "limit": "0"},
        {**DAY, "limit": "101"},
        {**DAY, "offset": "-1"},
        {**DAY, "status": "succeeded,failed"},
        {**DAY, "status": "done"},
    ],
)
async def test_a_bad_log_query_is_400(bench: Bench, query: dict[str, str]) -> None:
    """Each with a message that names the field."""
    answer = await bench.api.get("/v2/logs", params=query)
    assert answer.status_code == 400
    assert ": expected " in answer.json()["message"]


async def test_reports_on_another_key_need_a_management_key(bench: Bench) -> None:
    """One's own prefix is fine."""
    assert (await bench.api.get("/v2/logs", params={**DAY, "key_prefix": "sk-test"})).status_code == 200
    assert (await bench.api.get("/v2/logs", params={**DAY, "key_prefix": "abcd1234"})).status_code == 403
    assert (await bench.api.get("/v2/usage/detail", params={"key_prefix": "abcd1234"})).status_code == 403


async def test_logs_have_their_own_rate_limit(bench: Bench) -> None:
    """200 reads a minute."""
    codes = [(await bench.api.get("/v2/logs", params=DAY)).status_code for _ in range(201)]
    assert codes == [200] * 200 + [429]


async def test_balance_and_ledger_agree(bench: Bench) -> None:
    """A film costs, a blocked prompt does not; the ledger's reference is the inference id."""
    ordered = (await bench.order()).json()["id"]
    await bench.order(prompt="[blocked] x")
    assert (await bench.api.get("/v2/billing")).json() == {"current_balance": 24.475, "currency": "USD"}
    rows = (await bench.api.get("/v2/billing/transactions")).json()["data"]
    assert [(row["type"], row["direction"], row["reference_id"]) for row in rows] == [
        ("MODEL_USAGE", "CHARGE", ordered),
        ("INIT", "TOPUP", None),
    ]


async def test_the_ledger_cursor_stands_insertions(bench: Bench) -> None:
    """New charges between two pages shift nothing: every old entry is seen once."""
    ids = [(await bench.order()).json()["id"] for _ in range(4)]
    seen: list[str | None] = []
    query: dict[str, str | int] = {"limit": 2}
    while True:
        page = (await bench.api.get("/v2/billing/transactions", params=query)).json()
        seen += [row["reference_id"] for row in page["data"]]
        if not page["pagination"]["has_more"]:
            assert page["pagination"]["next_cursor"] is None
            break
        query = {"limit": 2, "cursor": page["pagination"]["next_cursor"]}
        await bench.order()
    assert seen == [*reversed(ids), None]


@pytest.mark.parametrize(
    "query",
    [
        {"period": "24h"},
        {"offset": "0"},
        {"limit": "1", "Limit": "1"},
        {"cursor": "nonsense"},
        {"direction": "UP"},
        {"type": "GIFT"},
        {"limit": "x"},
        {"from": "2026-01-01T00:00:00"},
        {"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"},
    ],
)
async def test_a_bad_ledger_query_is_400(bench: Bench, query: dict[str, str]) -> None:
    """Times need an offset here, a cursor must be one of ours, and what is not documented is refused."""
    assert (await bench.api.get("/v2/billing/transactions", params=query)).status_code == 400


async def test_usage_by_day_and_model(bench: Bench) -> None:
    """Failures count as requests and cost nothing; the zone moves the day."""
    await bench.order()
    await bench.order(prompt="[fail]")
    bench.clock.seconds += 1000
    plain = (await bench.api.get("/v2/usage/detail")).json()
    assert (plain["spend"], plain["requests"], "groups" in plain) == (0.525, 1, False)
    grouped = (await bench.api.get("/v2/usage/detail", params={"group_by": "day,model"})).json()
    (group,) = grouped["groups"]
    assert group["model"] == MODEL
    assert group["requests"] == {"total": 2, "charged": 1, "succeeded": 1, "failed": 1}
    day = datetime.fromtimestamp(bench.clock.seconds - 1000, UTC).date().isoformat()
    assert group["day"] == day
    for query in ({"group_by": "week"}, {"tz": "+05:00"}, {"tz": "utc"}):
        assert (await bench.api.get("/v2/usage/detail", params=query)).status_code == 400


async def test_the_catalogue_needs_no_key_and_has_an_etag(bench: Bench) -> None:
    """Prices come when asked for, always with `per`; an unchanged catalogue is 304."""
    url = bench.simulator.base_url + "/v1/models"
    everything = await bench.bare.get(url)
    assert len(everything.json()["data"]) == 6
    assert "pricing" not in everything.json()["data"][0]
    one = await bench.bare.get(url, params={"id": MODEL, "include": "pricing,nonsense"})
    (entry,) = one.json()["data"]
    assert entry["pricing"]["kind"] == "fixed"
    assert entry["pricing"]["units"][0]["price"] == 0.525
    assert entry["pricing"]["units"][0]["per"] == 1
    again = await bench.bare.get(
        url, params={"id": MODEL, "include": "pricing"}, headers={"If-None-Match": one.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    none = await bench.bare.get(url, params={"id": "nobody"})
    assert none.json()["data"] == []


@pytest.mark.parametrize(
    ("model", "pricing"),
    [
        (
            MODEL,
            {"kind": "fixed", "units": [{"name": "video", "measure": "output", "price": 0.525, "per": 1}]},
        ),
        (
            "wan2.5-t2v-preview",
            {"kind": "fixed", "units": [{"name": "second", "measure": "output", "price": 0.105, "per": 1}]},
        ),
        (
            "alibaba/wan2.7-t2v",
            {
                "kind": "variants",
                "dimensions": ["resolution"],
                "variants": [
                    {"when": {"resolution": "720p"}, "price": 0.13, "unit": "second", "per": 1},
                    {"when": {"resolution": "1080p"}, "price": 0.195, "unit": "second", "per": 1},
                ],
            },
        ),
    ],
)
async def test_prices_are_found_by_any_name(bench: Bench, model: str, pricing: dict[str, object]) -> None:
    """A fixed price names its unit, one of several variants has a field for it; both mean nothing without `per`."""
    query = {"id": model, "include": "pricing"}
    (entry,) = (await bench.api.get("/v1/models", params=query)).json()["data"]
    assert entry["pricing"] == {**pricing, "currency": "USD"}


@pytest.mark.parametrize(
    ("order", "usd", "seconds"),
    [
        ({"model": "alibaba/wan2.1-t2v-turbo"}, 0.189, None),
        ({"model": "alibaba/wan2.2-t2v-plus"}, 0.525, None),
        ({"model": "alibaba/wan2.2-t2v-plus", "resolution": "480P"}, 0.105, None),
        ({"model": "alibaba/wan2.5-t2v-preview"}, 1.05, 10.0),
        ({"model": "alibaba/wan2.5-t2v-preview", "duration": 5}, 0.525, 5.0),
        ({"model": "alibaba/wan-2-6-t2v", "duration": 15, "resolution": "720p"}, 1.575, 15.0),
        ({"model": "alibaba/wan-2-7-t2v"}, 1.95, 10.0),
    ],
)
async def test_an_order_costs_what_it_orders(
    bench: Bench, order: dict[str, Any], usd: float, seconds: float | None
) -> None:
    """By the second, by the resolution; what is left out is what the service takes: ten seconds, the dearest."""
    assert (await bench.order(UNIVERSAL, **order)).status_code == 200
    bench.clock.seconds += 1000
    ledger = (await bench.api.get("/v2/billing/transactions")).json()["data"]
    (row,) = (await bench.api.get("/v2/logs", params=DAY)).json()["data"]
    assert [ledger[0]["amount"]["usd"], row["cost"]["usd"]] == [usd, usd]
    assert (ledger[0]["model"], row["model"]) == (order["model"], order["model"])
    assert seconds is None or bench.accepted[0]["seconds"] == seconds


async def test_a_name_is_put_right_in_the_books(bench: Bench) -> None:
    """Ordered by an alias, entered by the model's own name."""
    await bench.order(UNIVERSAL, model="wan2.6-t2v", duration=5)
    bench.clock.seconds += 1000
    (row,) = (await bench.api.get("/v2/logs", params=DAY)).json()["data"]
    assert row["model"] == "alibaba/wan-2-6-t2v"
