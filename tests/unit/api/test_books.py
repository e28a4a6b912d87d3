"""Logs, ledger, balance and prices."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.faults.rig import ScriptedServer, http
from tests.unit.api.conftest import MakeClient
from wan_tui.api.wire.records import LedgerRow, LogRow
from wan_tui.domain.errors import Forbidden, RateLimited, Unavailable
from wan_tui.domain.job import Cost
from wan_tui.domain.parameters import Dialect

SINCE = datetime(2026, 7, 1, tzinfo=UTC)
UNTIL = datetime(2026, 7, 2, tzinfo=UTC)
MODEL = "alibaba/wan2.1-t2v-plus"
LOGGED = {
    "created": "2026-07-01T03:04:05.000Z",
    "status": "succeeded",
    "model": MODEL,
    "cost": {"usd": 0.25, "credits": 500_000},
    "inference_id": "inf-1:m/x",
    "client_request_id": "01JOB.1",
}


async def test_a_page_of_the_log(make_client: MakeClient) -> None:
    """The window as start and end in UTC. A status in other words is no failure; what is no row is left out."""
    rows = [LOGGED, {**LOGGED, "status": "failed", "cost": {"usd": 0, "credits": 0}, "client_request_id": None},
            {**LOGGED, "status": "dunno"}, "text", None, {}]  # fmt: skip
    reply = {"data": rows, "pagination": {"limit": 100, "offset": 200, "total": 900, "has_more": True}}
    async with ScriptedServer(http(json=reply)) as server:
        page = await make_client(server).logs(SINCE, UNTIL, offset=200)
    target = urlsplit(server.requests[0].target)
    assert target.path == "/v2/logs"
    assert parse_qs(target.query) == {
        "start": ["2026-07-01T00:00:00.000Z"],
        "end": ["2026-07-02T00:00:00.000Z"],
        "limit": ["100"],
        "offset": ["200"],
    }
    at = datetime(2026, 7, 1, 3, 4, 5, tzinfo=UTC)
    assert page.rows == (
        LogRow("01JOB.1", "inf-1:m/x", True, at, Cost(0.25, 500_000, "logs"), MODEL),
        LogRow(None, "inf-1:m/x", False, at, None, MODEL),
        LogRow("01JOB.1", "inf-1:m/x", True, at, Cost(0.25, 500_000, "logs"), MODEL),
        LogRow(None, None, True, None, None, None),
    )
    assert page.has_more


@pytest.mark.parametrize(
    ("period", "asked"),
    [
        (timedelta(hours=24), "24h"),
        (timedelta(hours=24, seconds=1), "25h"),
        (timedelta(minutes=1), "1h"),
        (timedelta(0), "1h"),
        (timedelta(days=-3), "1h"),
        (timedelta(hours=72), "72h"),
        (timedelta(hours=73), "4d"),
        (timedelta(days=7), "7d"),
        (timedelta(days=92), "92d"),
        (timedelta(days=900), "92d"),
    ],
)
async def test_a_span_before_the_services_now(make_client: MakeClient, period: timedelta, asked: str) -> None:
    """Whole hours or days, never fewer than wanted, 92 days at most; no start and no end beside it."""
    async with ScriptedServer(http(json={"data": []})) as server:
        await make_client(server).logs(period=period)
    assert parse_qs(urlsplit(server.requests[0].target).query) == {
        "period": [asked],
        "limit": ["100"],
        "offset": ["0"],
    }


@pytest.mark.parametrize(
    "window",
    [
        {},
        {"since": SINCE},
        {"until": UNTIL},
        {"since": SINCE, "until": UNTIL, "period": timedelta(days=1)},
        {"since": SINCE, "period": timedelta(days=1)},
    ],
)
async def test_the_log_is_never_asked_without_a_window(
    make_client: MakeClient, window: dict[str, Any]
) -> None:
    """The service answers 400 to neither and to both: nothing is sent then."""
    async with ScriptedServer(http(json={"data": []})) as server:
        with pytest.raises(ValueError, match="period"):
            await make_client(server).logs(**window)
    assert server.requests == []


@pytest.mark.parametrize(
    ("pagination", "rows", "more"),
    [
        (None, 100, True),
        (None, 3, False),
        ({"total": 4}, 3, True),
        ({"total": 3}, 3, False),
        ({"has_more": True}, 0, False),
        ({"has_more": "yes"}, 3, False),
    ],
)
async def test_whether_more_rows_follow(
    make_client: MakeClient, pagination: object, rows: int, more: bool
) -> None:
    """By what the page says, else by its length; an empty page is the last."""
    async with ScriptedServer(http(json={"data": [LOGGED] * rows, "pagination": pagination})) as server:
        assert (await make_client(server).logs(SINCE, UNTIL)).has_more is more


@pytest.mark.parametrize("reply", [{"data": None}, {}, [], None, {"data": {}}, "x"])
async def test_no_page_is_not_an_empty_page(make_client: MakeClient, reply: object) -> None:
    """Absence in something that is no log would prove nothing."""
    async with ScriptedServer(http(json=reply)) as server:
        with pytest.raises(Unavailable):
            await make_client(server).logs(SINCE, UNTIL)
        with pytest.raises(Unavailable):
            await make_client(server).transactions(SINCE)


async def test_refusals_of_the_log(make_client: MakeClient) -> None:
    """429 tells when; 403 is a key that may not read it."""
    async with ScriptedServer(http(429, headers={"Retry-After": "60"}), http(403, json={})) as server:
        client = make_client(server)
        with pytest.raises(RateLimited) as caught:
            await client.logs(SINCE, UNTIL)
        assert caught.value.retry_after == 60
        with pytest.raises(Forbidden):
            await client.logs(SINCE, UNTIL)


async def test_a_page_of_the_ledger(make_client: MakeClient) -> None:
    """Charges and top-ups apart; the cursor goes back verbatim."""
    row = {"created_at": "2026-07-01T10:00:00Z", "direction": "CHARGE", "type": "MODEL_USAGE",
           "amount": {"usd": 1.5, "credits": 3_000_000}, "model": MODEL, "reference_id": "inf-1"}  # fmt: skip
    top_up = {**row, "direction": "TOPUP", "reference_id": None, "model": None}
    first = {"data": [row, "x"], "pagination": {"next_cursor": "a+/b=&c", "has_more": True}}
    last = {"data": [top_up], "pagination": {"next_cursor": "zz", "has_more": False}}
    async with ScriptedServer(http(json=first), http(json=last)) as server:
        client = make_client(server)
        page = await client.transactions(SINCE)
        rest = await client.transactions(SINCE, cursor=page.next_cursor)
    at = datetime(2026, 7, 1, 10, tzinfo=UTC)
    assert page.rows == (LedgerRow("inf-1", True, MODEL, at),)
    assert rest.rows == (LedgerRow(None, False, None, at),)
    assert rest.next_cursor is None
    asked = [parse_qs(urlsplit(request.target).query) for request in server.requests]
    assert asked[0] == {"from": ["2026-07-01T00:00:00.000Z"], "limit": ["100"]}
    assert asked[1]["cursor"] == ["a+/b=&c"]


@pytest.mark.parametrize(
    ("reply", "usd"),
    [
        ({"current_balance": 123.45, "currency": "USD"}, 123.45),
        ({"current_balance": 0, "currency": "USD"}, 0.0),
        ({"current_balance": -1.5}, -1.5),
        ({"current_balance": 5, "currency": "EUR"}, None),
        ({"current_balance": float("nan")}, None),
        ({"current_balance": float("inf")}, None),
        ({"current_balance": 10**400}, None),
        ({"current_balance": "12"}, None),
        ({"current_balance": True}, None),
        ({}, None),
        ([], None),
        (None, None),
    ],
)
async def test_the_balance(make_client: MakeClient, reply: object, usd: float | None) -> None:
    """A finite number of dollars, or unknown."""
    async with ScriptedServer(http(json=reply)) as server:
        assert await make_client(server).balance() == usd
    assert server.requests[0].target == "/v2/billing"


def _fixed(*units: object, **more: object) -> dict[str, object]:
    return {"kind": "fixed", "currency": "USD", "units": list(units), **more}


def _variants(*variants: object) -> dict[str, object]:
    return {"kind": "variants", "currency": "USD", "dimensions": ["resolution"], "variants": list(variants)}


def _variant(when: object, price: object, **more: object) -> dict[str, object]:
    return {"when": when, "price": price, "unit": "video", "per": 1, **more}


@pytest.mark.parametrize(
    ("pricing", "usd"),
    [
        (_fixed({"price": 0.525, "per": 1, "unit": "generation", "name": "video"}), 0.525),
        (_fixed({"price": 0.525, "per": "video"}), 0.525),
        (_fixed({"price": 0.5, "per": 1}), 0.5),
        (_fixed({"price": 0.5, "per": 1, "unit": "videos"}), 0.5),
        (_fixed({"price": 0.1, "per": 1, "unit": "second"}), 0.5),
        (_fixed({"price": 0.1, "per": "second"}), 0.5),
        (_fixed({"name": "second", "measure": "output", "price": 0.105, "per": 1}), 0.525),
        (_fixed({"name": "Seconds", "price": 0.105, "per": "1 second"}), 0.525),
        (_fixed({"name": "video", "measure": "output", "price": 0.525, "per": 1}), 0.525),
        (_fixed({"name": "output", "unit": "second", "price": 0.105, "per": 1}), 0.525),
        (_fixed({"name": "megapixel", "measure": "output", "price": 0.105, "per": 1}), None),
        (_fixed({"name": "second", "measure": "input", "price": 0.105, "per": 1}), None),
        (_fixed({"name": "token", "price": 0.105, "per": 1}), None),
        (_fixed({"price": 0.5, "per": 1000, "unit": "video"}), None),
        (_fixed({"price": 0.5, "per": 1, "unit": "token"}), None),
        (_fixed({"price": 0.5}), None),
        (_fixed({"price": "0.5", "per": 1}), None),
        (_fixed({"price": 0, "per": 1}), None),
        (_fixed({"price": -1, "per": 1}), None),
        (_fixed({"price": float("nan"), "per": 1}), None),
        (_fixed({"price": 0.5, "per": True}), None),
        (_fixed({"price": 0.5, "per": 1}, {"price": 0.7, "per": 1}), None),
        (_fixed({"price": 0.5, "per": 1}, currency="EUR"), None),
        (_fixed(), None),
        (_fixed(None), None),
        ({"kind": "fixed", "units": "x"}, None),
        ({"kind": "variable"}, None),
        ({}, None),
        (None, None),
        (_variants(_variant({"resolution": "480p"}, 0.2), _variant({"resolution": "720p"}, 0.5)), 0.5),
        (
            _variants(_variant({"resolution": ["480P", "720P"]}, 0.5), _variant({"resolution": "1080P"}, 1)),
            0.5,
        ),
        (_variants(_variant({"audio": True}, 0.2), _variant({"audio": False}, 0.5)), None),
        (_variants(_variant({"audio": True}, 0.5), _variant({"audio": False}, 0.5)), 0.5),
        (_variants(_variant({"resolution": "1080P"}, 0.5)), None),
        (_variants(_variant({"resolution": "720P"}, 0.5, per=2)), None),
        (_variants(None), None),
    ],
)
async def test_the_price_of_a_film(make_client: MakeClient, pricing: Any, usd: float | None) -> None:
    """Only what the catalogue tells beyond doubt; in doubt unknown, never zero."""
    reply = {"object": "list", "data": [{"id": "other", "pricing": _fixed({"price": 9, "per": 1})},
                                        {"id": MODEL, "aliases": [], "pricing": pricing}]}  # fmt: skip
    async with ScriptedServer(http(json=reply)) as server:
        price = await make_client(server).price(MODEL, {"resolution": "720P", "duration": 5})
    assert price == (pytest.approx(usd) if usd else None)
    [request] = server.requests
    assert urlsplit(request.target).path == "/v1/models"
    assert parse_qs(urlsplit(request.target).query) == {"id": [MODEL], "include": ["pricing"]}
    assert "authorization" not in request.headers


async def test_a_known_catalogue_is_not_sent_again(make_client: MakeClient) -> None:
    """The ETag goes back; 304 means the same price, computed anew for these parameters."""
    pricing = _variants(_variant({"resolution": "480P"}, 0.2), _variant({"resolution": "720P"}, 0.5))
    reply = {"data": [{"id": MODEL, "pricing": pricing}]}
    answers = http(json=reply, headers={"ETag": 'W/"e1"'}), http(304)
    async with ScriptedServer(*answers) as server:
        client = make_client(server)
        assert await client.price(MODEL, {"resolution": "720P"}) == 0.5
        assert await client.price(MODEL, {"resolution": "480P"}) == 0.2
    assert "if-none-match" not in server.requests[0].headers
    assert server.requests[1].headers["if-none-match"] == 'W/"e1"'


@pytest.mark.parametrize("reply", [{"data": []}, {"data": None}, [], None, {"data": [None, 7]}])
async def test_a_model_missing_from_the_catalogue(make_client: MakeClient, reply: object) -> None:
    """Price unknown."""
    async with ScriptedServer(http(json=reply)) as server:
        assert await make_client(server).price(MODEL, {}) is None


async def test_a_catalogue_that_is_down(make_client: MakeClient) -> None:
    """The reading fails as readings do."""
    async with ScriptedServer(http(503)) as server:
        with pytest.raises(Unavailable):
            await make_client(server).price(MODEL, {})


@pytest.mark.parametrize(
    "entry",
    [
        {"id": "wan2.1-t2v-plus"},
        {"id": "Alibaba/wan-2-1-t2v-plus"},
        {"id": "video-x", "aliases": ["wan2.1-t2v-plus"]},
        {"id": "video-x", "aliases": [None, 7, MODEL]},
    ],
)
async def test_a_model_under_another_name(make_client: MakeClient, entry: dict[str, object]) -> None:
    """The catalogue is read by alias; names that it tells count from then on."""
    pricing = _fixed({"name": "video", "price": 0.525, "per": 1})
    others = [{"id": "wan2.1-t2v-turbo", "pricing": _fixed({"name": "video", "price": 0.1, "per": 1})}]
    async with ScriptedServer(http(json={"data": [*others, {**entry, "pricing": pricing}]})) as server:
        client = make_client(server)
        assert client.may_be_same_model("video-x", MODEL)
        assert client.may_be_same_model("alibaba/wan-2-6-t2v", "wan2.1-t2v-turbo") is False
        assert await client.price(MODEL, {}) == 0.525
        assert client.may_be_same_model(str(entry["id"]), MODEL)
        assert client.may_be_same_model(str(entry["id"]), "alibaba/wan2.1-t2v-turbo") is False


async def test_the_very_name_goes_first(make_client: MakeClient) -> None:
    """An entry that is only alike does not take its place."""
    pricing = [_fixed({"name": "video", "price": usd, "per": 1}) for usd in (0.1, 0.525)]
    data = [{"id": "wan-2.1-t2v-plus", "pricing": pricing[0]}, {"id": MODEL, "pricing": pricing[1]}]
    async with ScriptedServer(http(json={"data": data})) as server:
        assert await make_client(server).price(MODEL, {}) == 0.525


async def test_an_error_object_is_no_state(make_client: MakeClient) -> None:
    """With a number for its status, even where the answer says 200."""
    problem = {"title": "Not Found", "status": 404, "statusCode": "404", "requestId": "r"}
    for body in (problem, {**problem, "status": "404"}, {**problem, "id": "gen-1"}):
        async with ScriptedServer(http(json=body)) as server:
            with pytest.raises(Unavailable):
                await make_client(server).fetch("gen-1", Dialect.VENDOR)
