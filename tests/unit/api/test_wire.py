"""Arbitrary answers: whatever comes, only errors of the tree go out, and only clean text is shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wan_tui.api.http_errors import order_failure, reading_failure
from wan_tui.api.response import Response
from wan_tui.api.sanitize import BILLING_LINK, evidence, shown
from wan_tui.api.wire import prices, records, status
from wan_tui.api.wire.error_text import error_text
from wan_tui.domain.errors import ServiceError
from wan_tui.domain.observations import Phase
from wan_tui.domain.secret import ApiKey
from wan_tui.domain.text import clean_text

KEY = ApiKey("k-0123456789-abcdef-TOP")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = [
    "id", "status", "video", "url", "error", "message", "name", "path", "meta", "usage", "credits_used", "usd_spent",
    "tokens_used", "data", "pagination", "has_more", "total", "next_cursor", "created", "cost", "usd", "credits",
    "inference_id", "client_request_id", "reference_id", "direction", "amount", "model", "current_balance", "currency",
    "pricing", "kind", "units", "variants", "when", "price", "per", "unit", "aliases", "requestId", "errors", "issues",
    "fieldErrors", "detail", "loc", "msg", "expected", "received", "code", "created_at", "generation_id",
]  # fmt: skip
WORDS = [
    "completed", "error", "queued", "fixed", "variants", "USD", "https://cdn.example.com/a", "m", "CHARGE", "prompt",
    "succeeded", "failed", "2026-01-01T00:00:00Z", "<html>", "\x1b]52;c;x\x07", '[{"path":["seed"],"message":"no"}]',
    KEY.reveal(), "9" * 400, "\ud800", "",
]  # fmt: skip

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from([*WORDS, 10**400])
)
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), inner, max_size=8)
    ),
    max_leaves=25,
)
answers = st.builds(
    lambda code, data, headers, raw: Response(
        code, headers, json.dumps(data).encode() if raw is None else raw, raw is None, KEY
    ),
    st.integers(100, 999),
    anything,
    st.dictionaries(
        st.sampled_from(
            ["retry-after", "date", "location", "x-inference-id", "x-request-id", "x-aimlapi-usd-spent"]
        ),
        st.text(max_size=30) | st.sampled_from(WORDS),
        max_size=4,
    ),
    st.none() | st.binary(max_size=60),
)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif is_dataclass(value) and not isinstance(value, type):
        yield from _texts(asdict(value))


def _assert_clean(*texts: str) -> None:
    for text in texts:
        assert clean_text(text, 100_000) == text
        assert KEY.reveal() not in text
        assert "\n" not in text
        assert "<html" not in text
        assert len(text) <= 700


@given(anything, answers, st.booleans())
def test_any_json_is_a_status(data: object, answer: Response, allow_loopback: bool) -> None:
    """Reading a state never raises; failure only with FAILED or a refused link; all words are clean."""
    report = status.status_report(data, answer, "asked", NOW, allow_loopback=allow_loopback)
    assert report.generation_id.isprintable()
    assert report.failure is None or report.phase in (Phase.FAILED, Phase.DONE)
    assert report.failure is not None or report.phase is not Phase.FAILED
    assert report.cost is None or (report.cost.usd or 0) > 0
    assert report.video_url is None or report.video_url.startswith(("https://", "http://"))
    _assert_clean(report.word, *_texts(report.failure))


@given(anything, answers)
def test_any_json_is_read_as_books_and_prices(data: object, answer: Response) -> None:
    """Neither logs, ledger, balance nor prices raise; a price is above zero."""
    log = records.log_page(data, answer, 0, 100)
    for logged in log.rows if log else ():
        _assert_clean(logged.model or "")
    page = records.ledger_page(data, answer)
    for row in page.rows if page else ():
        _assert_clean(row.model or "")
    records.balance(data)
    entry = prices.entry(data, "m")
    for section in (entry.pricing if entry else None, data if isinstance(data, dict) else None):
        price = prices.film_price(section, {"resolution": "720P", "duration": 5})
        assert price is None or price > 0


@given(answers)
def test_any_failure_answer_becomes_one_clean_error(answer: Response) -> None:
    """Orders and readings alike: cause and next step in clean words, waits bounded."""
    for error in (order_failure(answer), reading_failure(answer)):
        assert isinstance(error, ServiceError)
        assert error.message
        assert error.next_step
        assert error.retry_after is None or 0 < error.retry_after <= 900
        _assert_clean(error.message, error.next_step, error.request_id or "")


@pytest.mark.parametrize(
    ("data", "words", "field"),
    [
        ({"message": '[{"path":["prompt"],"message":"Required"}]'}, "prompt: Required", "prompt"),
        ({"message": 'Validation failed: [{"path":["body","seed",0],"message":"bad"}]'}, "seed: bad", "seed"),
        ({"message": {"fieldErrors": {"seed": ["Big"], "prompt": ["Empty"]}}}, "seed: Big; prompt: Empty", "seed"),
        ({"message": ["prompt should not be empty"]}, "prompt should not be empty", "prompt"),
        ({"message": "the model is busy"}, "the model is busy", None),
        ({"error": {"message": "no", "param": "seed"}}, "seed: no", "seed"),
        ({"errors": [{"field": "prompt", "message": "prompt: no"}]}, "prompt: no", "prompt"),
        ({"issues": [{"path": ["watermark"], "expected": "boolean", "received": "string"}]},
         "watermark: expected boolean, received string", "watermark"),
        ({"message": "a", "error": "Bad Request", "statusCode": 400}, "a", None),
        ({"message": "", "error": "Bad Request"}, "Bad Request", None),
        ({"message": "Validation failed", "errors": [{"field": "prompt", "message": "too long"}]},
         "Validation failed; prompt: too long", "prompt"),
        ({"message": "Invalid", "data": {"issues": [{"path": ["body", "seed"], "message": "too big"}]}},
         "Invalid; seed: too big", "seed"),
        ({"message": "Invalid", "errors": {"prompt": ["too long", "too odd"], "seed": "no"}},
         "Invalid; prompt: too long; prompt: too odd; seed: no", "prompt"),
        ({"message": "Invalid", "data": {"errors": {"seed": ["no"]}, "id": "x"}}, "Invalid; seed: no", "seed"),
        ({"message": "same", "errors": ["same"]}, "same", None),
        ({"title": "Bad Request", "status": 400, "message": "Validation error", "instance": "/v2/x", "requestId": "r",
          "error": {"name": "ZodError", "message": "seed must be a number"}}, "Validation error; seed must be a number",
         None),
        ({"title": "Unauthorized", "status": 401, "statusCode": "401"}, "Unauthorized", None),
        ({"title": "Bad Request", "detail": "prompt: too long"}, "prompt: too long", "prompt"),
        ({"message": "{not json"}, "{not json", None),
        ({"path": "/v2/generate", "statusCode": 400}, "", None),
        ("plain", "plain", None),
        (None, "", None),
        (7, "", None),
        ([[[[[[[["deep"]]]]]]]], "", None),
    ],
)  # fmt: skip
def test_error_text(data: object, words: str, field: str | None) -> None:
    """Every shape of error is one sentence, with the field it names."""
    told = error_text(data, lambda text: shown(text, KEY))
    assert (told.words, told.field) == (words, field)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("cat [/bold] [@click=app.quit]x[/]", "cat [/bold] [@click=app.quit]x[/]"),
        ("a\x1b]52;c;eA==\x07b\u202ec\nd", "a]52;c;eA==bc d"),
        ("top up at http://evil.test/app/billing?x=1 now", f"top up at {BILLING_LINK} now"),
        ("see https://evil.test/x.", "see …"),
        ("see www.evil.test", "see …"),
        ("<!DOCTYPE html><p>secret", ""),
        ("Oops <html><body>x", ""),
        (f"key {KEY.reveal()}!", "key …!"),
        ("Bearer abcdefghijkl", "Bearer …"),
        ("x" * 1000, "x" * 499 + "…"),
    ],
)
def test_words_of_the_service_are_harmless(text: str, clean: str) -> None:
    """Markup stays text; control characters, pages, foreign links and keys do not come through."""
    assert shown(text, KEY) == clean


@given(st.text(max_size=200), st.text(max_size=5))
def test_the_key_never_comes_through(text: str, inside: str) -> None:
    """Wherever it stands, and whatever invisible characters are strewn into it."""
    key = KEY.reveal()
    for hidden in (text + key + text, key[:7] + inside + key[7:], "\u200b".join(key)):
        assert key not in shown(hidden, KEY, 100_000)
        assert key not in evidence(hidden, KEY)
