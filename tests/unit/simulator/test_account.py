"""Logs, billing, ledger, usage and the catalogue."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.unit.simulator.conftest import MODEL, Bench, StartBench


async def test_log_rows_come_late_and_newest_first(start: StartBench) -> None:
    """Absence right away proves nothing; then the row leads from the client id to the inference id."""
    async with start(log_delay=60.0) as bench:
        first = (await bench.order(client_id="job-1")).json()["id"]
        bench.clock.seconds += 1
        second = (await bench.order(client_id="job-2")).json()["id"]
        assert (await bench.api.get("/v2/logs")).json()["data"] == []
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
    page = (await bench.api.get("/v2/logs", params={"limit": 2, "offset": 3})).json()
    assert [row["client_request_id"] for row in page["data"]] == ["job-1", "job-0"]
    assert page["pagination"] == {"limit": 2, "offset": 3, "total": 5, "has_more": False}
    failed = (await bench.api.get("/v2/logs", params={"status": "failed"})).json()["data"]
    assert [(row["client_request_id"], row["cost"]["credits"]) for row in failed] == [("job-2", 0)]
    for model, count in ((MODEL, 5), ("wan2.1-t2v-plus", 5), ("other", 0)):
        found = await bench.api.get("/v2/logs", params={"model": model})
        assert len(found.json()["data"]) == count
    start = datetime.fromtimestamp(bench.clock.seconds - 2000, UTC)
    end = datetime.fromtimestamp(bench.clock.seconds - 1500, UTC)
    window = {"start": start.isoformat(), "end": end.isoformat()}
    assert (await bench.api.get("/v2/logs", params=window)).json()["data"] == []


@pytest.mark.parametrize(
    "query",
    [
        {"period": "0h"},
        {"period": "24"},
        {"period": "93d"},
        {"period": "1h", "start": "2026-01-01T00:00:00Z", "end": "2026-01-02T00:00:00Z"},
        {"start": "2026-01-01T00:00:00Z"},
        {"start": "2026-01-02T00:00:00Z", "end": "2026-01-01T00:00:00Z"},
        {"start": "yesterday", "end": "today"},
        {"limit": "0"},
        {"limit": "101"},
        {"offset": "-1"},
        {"status": "succeeded,failed"},
    ],
)
async def test_a_bad_log_query_is_400(bench: Bench, query: dict[str, str]) -> None:
    """Each with a message that names the field."""
    answer = await bench.api.get("/v2/logs", params=query)
    assert answer.status_code == 400
    assert ": expected " in answer.json()["message"]


async def test_reports_on_another_key_need_a_management_key(bench: Bench) -> None:
    """One's own prefix is fine."""
    assert (await bench.api.get("/v2/logs", params={"key_prefix": "sk-test"})).status_code == 200
    assert (await bench.api.get("/v2/logs", params={"key_prefix": "abcd1234"})).status_code == 403
    assert (await bench.api.get("/v2/usage/detail", params={"key_prefix": "abcd1234"})).status_code == 403


async def test_logs_have_their_own_rate_limit(bench: Bench) -> None:
    """200 reads a minute."""
    codes = [(await bench.api.get("/v2/logs")).status_code for _ in range(201)]
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
        {"cursor": "nonsense"},
        {"direction": "UP"},
        {"type": "GIFT"},
        {"limit": "x"},
        {"from": "2026-01-01T00:00:00"},
        {"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"},
    ],
)
async def test_a_bad_ledger_query_is_400(bench: Bench, query: dict[str, str]) -> None:
    """Times need an offset here, and a cursor must be one of ours."""
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
