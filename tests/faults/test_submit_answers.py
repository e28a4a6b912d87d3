"""What the service answers, and what is ordered."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest

from tests.faults.conftest import END, Rig
from tests.faults.rig import KeepAlive, Step, http
from wan_tui.domain.errors import InvalidRequest, Money
from wan_tui.domain.events import Trouble
from wan_tui.domain.job import JobState
from wan_tui.domain.parameters import DEFAULT_MODEL
from wan_tui.domain.request import build
from wan_tui.library.film_names import film_name

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("status", [200, 201, 202, 299])
async def test_any_success(rig: Rig, status: int) -> None:
    """201, 202 instead of 200: accepted."""
    rig.service.play("order", lambda request: rig.service.answer_order(request, status))
    assert (await rig.end_of_one_order()).state is JobState.SAVED
    assert len(rig.service.till) == 1


@pytest.mark.parametrize(
    "generation_id",
    ["8736603f-4da5-4a7c-9bd0-d5f8bb0d8a5c:alibaba/wan2.1-t2v-plus", "-x_", "a?b&c#d+e %25", "../../x", "猫"],
)
async def test_odd_ids(rig: Rig, generation_id: str) -> None:
    """Odd ids: polled with the exact value; nothing of it is in the file's name."""
    answer = http(json={"id": generation_id, "status": "queued"})
    rig.service.play("order", rig.service.accept(answer, generation_id=generation_id))
    job = await rig.end_of_one_order()
    assert job.state is JobState.SAVED, job.error
    assert job.generation_ids == (generation_id,)
    [film] = (rig.home / "films").glob("*.mp4")
    assert film.name == film_name(job)


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"status": "completed"}, JobState.SAVED),
        ({"status": "error", "error": {"name": "DataInspectionFailed", "message": "no"}}, JobState.FAILED),
    ],
)
async def test_done_at_once(rig: Rig, changes: dict[str, object], state: JobState) -> None:
    """The answer to the order says "completed" with a link, or "error": it goes straight on, without a poll."""
    answer = {"id": "gen-1", "video": {"url": rig.service.link}, **changes}
    rig.service.play("order", rig.service.accept(http(json=answer), succeeded=state is JobState.SAVED))
    job = await rig.end_of_one_order()
    assert job.state is state
    assert job.generation_id == "gen-1"
    assert rig.service.requests("status") == []


_ISSUES = json.dumps([{"path": ["prompt"], "message": "String must contain at most 800 characters"}])


@pytest.mark.parametrize(
    ("status", "body"),
    [
        pytest.param(400, {"message": _ISSUES}, id="nested JSON string"),
        pytest.param(400, {"message": ["prompt: too long", "seed: not a number"]}, id="list"),
        pytest.param(400, {"message": "prompt: " + "x" * 1_000_000}, id="1 MB message"),
        pytest.param(400, {"message": "prompt: \x1b]52;c;eA==\x07[/bold]\u202e"}, id="escapes"),
        pytest.param(413, "<html><h1>413</h1></html>", id="413 HTML"),
        pytest.param(414, None, id="414 empty"),
        pytest.param(422, {"detail": [{"loc": ["body", "prompt"], "msg": "bad"}]}, id="422"),
        pytest.param(431, {"error": {"message": "prompt: header too large"}}, id="431"),
        pytest.param(404, {"message": "Model not found"}, id="404"),
        pytest.param(403, {"message": "No credits. Top up at http://evil.example/pay"}, id="403 no credits"),
        pytest.param(402, {"message": "Pay"}, id="402"),
    ],
)
async def test_refused(rig: Rig, status: int, body: object) -> None:
    """400 and the like: refused, free, at most 500 cleaned characters of the service, its field named."""
    rig.service.play("order", http(status, body) if isinstance(body, str) else http(status, json=body))
    job = await rig.end_of_one_order()
    assert job.state is JobState.FAILED
    assert job.error is not None
    assert job.error.money is Money.FREE
    assert "evil" not in job.error.sentence
    assert "http" not in job.error.message
    assert "prompt" in job.error.message or "prompt" not in str(body)
    assert len(rig.service.requests("order")) == 1


async def test_no_credits_refreshes_the_balance(rig: Rig) -> None:
    """403 no credits: the balance is asked again."""
    now = {"Date": format_datetime(datetime.now(UTC), usegmt=True)}
    rig.service.play("balance", http(json={"current_balance": 4.0, "currency": "USD"}, headers=now))
    rig.service.play("order", http(403, json={"message": "You've run out of credits"}))
    async with rig.engine(interval=1.0) as watched:
        await watched.until(lambda: watched.engine.balance == 4.0)
        rig.service.always("balance", http(json={"current_balance": 0.1, "currency": "USD"}))
        job = await watched.reaches((await rig.order(watched)).id, *END)
        await watched.until(lambda: watched.engine.balance == 0.1)
    assert len(rig.service.requests("balance")) == 2
    assert job.error is not None
    assert job.error.code == "no_credits"


async def test_client_id_dropped(rig: Rig) -> None:
    """The service does not repeat our id: the id in the body is used, and the user is told before the next order."""
    rig.service.play("order", rig.service.accept(http(json={"id": "gen-1", "status": "queued"})))
    async with rig.engine() as watched:
        job = await watched.reaches((await rig.order(watched)).id, *END)
        assert any(isinstance(event, Trouble) and "request id" in event.message for event in watched.events)
    assert job.generation_id == "gen-1"


@pytest.mark.parametrize("prompt", ["", " \t\n ", "x" * 100_000, "a\x00b", "a\ud800b"], ids=ascii)
async def test_refused_prompts(rig: Rig, prompt: str) -> None:
    """Empty, blanks, 100,000 characters, NUL, lone surrogate: refused here, with a reason, nothing sent."""
    with pytest.raises(InvalidRequest) as refused:
        build({"model": DEFAULT_MODEL, "prompt": prompt}, lambda: 7)
    assert all(problem.field == "prompt" and problem.message for problem in refused.value.problems)


@pytest.mark.parametrize(
    "prompt",
    [
        "👩‍🚀🦊 on the moon",
        "abc\u202edef\u2066",
        "one\r\ntwo\rthree",
        "[/bold][@click=app.quit]x[/] <b>",
        "\x1b]52;c;eA==\x07\x9b31m",
        "../../.bashrc",
        "-rf",
        "CON",
        "e" + "\u0301" * 500,
        "x" * 5000,
    ],
    ids=lambda prompt: ascii(prompt[:12]),
)
async def test_sent_prompts(rig: Rig, prompt: str) -> None:
    """Emoji, bidi, CRLF, markup, escapes, paths: sent exactly, stored exactly, and the film's name is safe."""
    async with rig.engine() as watched:
        job = await watched.reaches((await rig.order(watched, prompt)).id, *END)
    [order] = rig.service.requests("order")
    assert json.loads(order.body)["prompt"] == prompt
    [kept] = await rig.checked()
    assert kept.prompt == prompt
    assert job.film_path is not None
    assert Path(job.film_path).parent == rig.home / "films"
    name = Path(job.film_path).name
    assert name.isprintable()
    assert not set(name) & set('/\\:*?"<>| ')
    assert len(name.encode()) < 200


_UNITS = [{"price": 0.5, "per": 1, "unit": "video"}]


@pytest.mark.parametrize(
    ("reply", "usd"),
    [
        pytest.param(http(503), None, id="down"),
        pytest.param(http(json={"data": []}), None, id="model missing"),
        pytest.param(
            {"kind": "fixed", "units": [{"price": 0.5, "per": 1000, "unit": "video"}]}, None, id="per"
        ),
        pytest.param({"kind": "fixed", "units": [{"price": "0.5", "per": 1}]}, None, id="price as text"),
        pytest.param({"kind": "fixed", "units": [{"price": 0, "per": 1}]}, None, id="price 0"),
        pytest.param({"kind": "fixed", "units": _UNITS}, 0.5, id="known"),
    ],
)
async def test_prices(rig: Rig, reply: Step | dict[str, object], usd: float | None) -> None:
    """Price list down, model missing, per ≠ 1, price as text: unknown, never 0; ordering is possible all the same."""
    priced = (
        reply
        if not isinstance(reply, dict)
        else http(json={"data": [{"id": DEFAULT_MODEL, "pricing": reply}]})
    )
    rig.service.always("prices", priced)
    async with rig.engine() as watched:
        await watched.until(lambda: watched.engine.balance is not None)
        assert watched.engine.price(DEFAULT_MODEL) == usd
        job = await watched.reaches((await rig.order(watched)).id, *END)
    assert (job.state, job.price_usd) == (JobState.SAVED, usd)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ('{"current_balance": 3, "currency": "USD"}', 3.0),
        ('{"current_balance": NaN, "currency": "USD"}', None),
        ('{"current_balance": 1e999, "currency": "USD"}', None),
        ('{"current_balance": "ten"}', None),
        ("<html>login</html>", None),
        ("", None),
    ],
)
async def test_balances(rig: Rig, body: str, shown: float | None) -> None:
    """NaN, missing, a page: unknown, which keeps no order back."""
    rig.service.always("balance", [http(body=body), KeepAlive()])
    async with rig.engine() as watched:
        job = await watched.reaches((await rig.order(watched)).id, *END)
        await watched.engine.refresh()
        assert watched.engine.balance == shown
    assert job.state is JobState.SAVED
