"""Refusals, doubt and failures, ordered from the shell: right word, exit code and money, never a second order."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from filelock import FileLock

from tests.patience import PATIENCE
from tests.program import REPOSITORY
from tests.unit.cli.conftest import Shop
from wan_tui.domain.job import Job, JobState
from wan_tui.domain.parameters import DEFAULT_MODEL, Dialect
from wan_tui.library.history import History
from wan_tui.simulator import Fault


@pytest.mark.parametrize(
    ("status", "times", "code"),
    [
        (400, 1, "rejected"),
        (401, 1, "unauthorized"),
        (403, 1, "forbidden"),
        (404, 1, "not_found"),
        (422, 1, "rejected"),
        (429, 6, "rate_limited"),
    ],
)
def test_a_refusal_is_one_free_sentence(shop: Shop, status: int, times: int, code: str) -> None:
    """Exit 1, the stable word, what the service said as plain text, nothing in the till, the words kept."""
    prompt = f"refused with {status}"
    told = f"told {status} [@click=app.quit]x[/] \x1b[31m"
    shop.simulator.inject(Fault("POST *", status=status, times=times, body=told))
    done = shop.run("generate", prompt, "--wait", "--json")
    assert done.returncode == 1
    job = json.loads(done.stdout)
    assert (job["state"], job["error"]["code"], job["error"]["charged"]) == ("failed", code, False)
    assert f"told {status} [@click=app.quit]x[/]" in job["error"]["message"]
    assert job["error"]["request_id"]
    assert "Not charged." in done.stderr
    assert all(line.isprintable() for line in done.stderr.splitlines())
    assert shop.orders(prompt) == []
    assert [kept["prompt"] for kept in shop.jobs("list", "state:failed")] == [prompt]


@pytest.mark.parametrize(
    ("key", "code"), [("sk-demo-wrong-key", "unauthorized"), ("sk-demo-no-credits", "no_credits")]
)
def test_a_key_that_does_not_do(shop: Shop, key: str, code: str) -> None:
    """Refused by the service itself; the key is in no output."""
    done = shop.run("generate", f"with {key}", "--json", AIMLAPI_API_KEY=key)
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["code"] == code
    assert key not in done.stderr
    assert done.stdout.count(key) == done.stdout.count(f"with {key}")
    assert shop.orders(f"with {key}") == []


def test_a_limit_that_passes_is_waited_for(shop: Shop) -> None:
    """429 twice, then the order is taken: once, under a client id of its own."""
    shop.simulator.inject(Fault("POST *", status=429, times=2, headers={"retry-after": "0.1"}, body="later"))
    [job] = shop.jobs("generate", "patient")
    [order] = shop.orders("patient")
    assert order["client_request_id"].startswith(f"{job['id']}.3.")


def test_a_service_that_cannot_be_reached_gets_nothing(shop: Shop) -> None:
    """The order ends as not sent: free."""
    done = shop.run("generate", "nobody there", "--json", AIMLAPI_BASE_URL="http://127.0.0.1:9")
    assert done.returncode == 1
    job = json.loads(done.stdout)
    assert (job["state"], job["error"]["code"], job["error"]["charged"]) == ("failed", "unreachable", False)
    assert job["generation_id"] is None
    assert shop.orders("nobody there") == []


@pytest.mark.parametrize("marker", ["fault:lost-answer", "fault:502-html", "fault:500-accepted"])
def test_an_order_in_doubt_is_found_and_not_repeated(shop: Shop, marker: str) -> None:
    """Exit 1 with "unconfirmed"; then sync finds it in the service's log and brings the film. One in the till."""
    prompt = f"doubtful [{marker}]"
    done = shop.run("generate", prompt, "--wait", "--json")
    job = json.loads(done.stdout.splitlines()[-1])
    if job["state"] == "unconfirmed":
        assert done.returncode == 1
        assert (job["error"]["code"], job["error"]["charged"]) == ("unconfirmed", None)
        assert "May have been charged." in done.stderr
        assert "<html" not in done.stdout + done.stderr
        shop.jobs("sync", "--watch")
    [job] = shop.jobs("list")
    [order] = shop.orders(prompt)
    assert (job["state"], job["generation_id"], job["error"]) == ("saved", order["generation_id"], None)
    assert Path(job["film_path"]).stat().st_size > 1000


def test_without_waiting_doubt_is_exit_1_at_once(shop: Shop) -> None:
    """One sync settles it as far as the service knows."""
    [job] = shop.jobs("generate", "quick doubt [fault:lost-answer]", code=1)
    assert (job["state"], job["error"]["code"]) == ("unconfirmed", "unconfirmed")
    for _ in range(20):
        if settled := shop.jobs("sync"):
            break
    assert settled[-1]["generation_id"] == shop.orders(job["prompt"])[0]["generation_id"]
    assert len(shop.orders(job["prompt"])) == 1


def test_doubt_about_an_order_that_failed_at_the_service_ends_free(shop: Shop) -> None:
    """Its log says so: nothing was charged, ordering again is safe."""
    prompt = "broken [fault:500]"
    shop.jobs("generate", prompt, code=1)
    shop.jobs("sync", "--watch")
    [job] = shop.jobs("list")
    assert (job["state"], job["error"]["charged"]) == ("failed", False)
    assert shop.orders(prompt) == []


@pytest.mark.parametrize(
    ("marker", "state", "code"),
    [
        ("blocked", "failed", "moderation"),
        ("fail", "failed", "generation_error"),
        ("fault:string-error", "failed", "generation_error"),
        ("fault:dead-link", "expired", "expired"),
        ("fault:odd-status", "saved", None),
        ("fault:no-url", "saved", None),
    ],
)
def test_what_can_become_of_an_accepted_order(shop: Shop, marker: str, state: str, code: str | None) -> None:
    """Each ending with its exit code, its word, and whether money went."""
    [job] = shop.jobs("generate", f"made [{marker}]", "--wait", code=0 if code is None else 1)
    [order] = shop.orders(job["prompt"])
    assert job["state"] == state
    if code is None:
        assert job["error"] is None
    else:
        assert (job["error"]["code"], job["error"]["charged"]) == (code, order["charged"])


def test_who_breaks_an_order_off_before_it_is_taken_has_ordered_nothing(shop: Shop) -> None:
    """Interrupted while it waits to be sent again: withdrawn, so that neither sync nor the studio sends it later."""
    prompt = "broken off"
    shop.simulator.inject(Fault("POST *", status=429, headers={"retry-after": "30"}, body="later"))
    with subprocess.Popen(
        [sys.executable, "-m", "wan_tui", "generate", prompt],
        cwd=REPOSITORY,
        env={**os.environ, **shop.variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        while not [job for job in shop.jobs("list") if (job["error"] or {}).get("code") == "rate_limited"]:
            assert program.poll() is None
        program.send_signal(signal.SIGINT)
        out, told = program.communicate(timeout=PATIENCE)
    assert (program.returncode, out) == (130, "")
    assert "Nothing was ordered." in told
    assert "Traceback" not in told
    shop.jobs("sync", "--watch")
    assert [job["state"] for job in shop.jobs("list")] == ["cancelled"]
    assert shop.orders(prompt) == []


def test_an_order_broken_off_while_it_is_written_is_withdrawn(shop: Shop, home: Path) -> None:
    """Ctrl-C while another process holds the library: it gets onto the disk all the same, and must not go out later."""
    prompt = "broken off early"
    data, leases = home / "wan-tui" / "data", home / "wan-tui" / "data" / "leases"
    History.open(data).close()
    another = FileLock(data / "history.lock")
    with (
        another,
        subprocess.Popen(
            [sys.executable, "-m", "wan_tui", "generate", prompt],
            cwd=REPOSITORY,
            env={**os.environ, **shop.variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as program,
    ):
        while not [*leases.glob("*")]:
            assert program.poll() is None
            time.sleep(0.01)
        program.send_signal(signal.SIGINT)
        time.sleep(0.2)
        another.release()
        out, told = program.communicate(timeout=PATIENCE)
    assert (program.returncode, out) == (130, "")
    assert "withdrawn. Nothing was ordered." in told
    assert [job["state"] for job in shop.jobs("list")] == ["cancelled"]
    assert shop.orders(prompt) == []


def test_what_waits_for_the_users_word_does_not_hold_sync_up(shop: Shop, home: Path) -> None:
    """An order of yesterday that never left: told with its next step, exit 1, and not sent."""
    history = History.open(home / "wan-tui" / "data")
    history.add(
        Job(
            id="01KAHELD000000000000000000",
            state=JobState.WAITING,
            model=DEFAULT_MODEL,
            parameters={"model": DEFAULT_MODEL, "prompt": "from yesterday", "seed": 7},
            endpoint=Dialect.VENDOR,
            created_at=datetime.now(UTC) - timedelta(hours=20),
        )
    )
    history.close()
    for arguments in (["sync", "--watch"], ["sync", "--watch"], ["sync"]):
        done = shop.run(*arguments, AIMLAPI_API_KEY="sk-an-account-of-its-own")
        assert done.returncode == 1, done.stderr
        assert "was not sent" in done.stderr
        assert "Not charged." in done.stderr
    assert shop.orders("from yesterday") == []
