"""Commands that wait: they end, and what they could not do is exit 1 with a reason; one odd refusal ends nothing."""

from __future__ import annotations

import json

import pytest

from tests.unit.cli.conftest import Shop
from wan_tui.simulator import Fault

POLL = "GET /v2/*"


@pytest.fixture(autouse=True)
def _healthy(shop: Shop) -> object:
    yield
    shop.simulator.drop_faults()


@pytest.mark.parametrize(
    ("status", "arguments"), [(401, []), (403, []), (401, ["sync"]), (401, ["sync", "--watch"])]
)
def test_one_odd_refusal_of_a_poll_ends_nothing(shop: Shop, status: int, arguments: list[str]) -> None:
    """``generate --wait`` still brings the film, and so does ``sync``, watching or not."""
    if not arguments:
        shop.simulator.inject(Fault(POLL, status=status, times=1, body="odd"))
        [job] = shop.jobs("generate", f"odd {status}", "--wait")
        assert job["state"] == "saved"
        return
    [job] = shop.jobs("generate", f"odd {status} for {arguments}")
    shop.simulator.inject(Fault(POLL, status=status, times=1, body="odd"))
    while job["state"] != "saved":
        job = [job, *shop.jobs(*arguments)][-1]


def test_a_key_that_stays_refused_ends_the_waiting(shop: Shop) -> None:
    """Exit 1, the reason in the JSON and on stderr; nothing is promised to go on by itself."""
    shop.simulator.inject(Fault("GET *", status=401, times=1000, body="no"))
    done = shop.run("generate", "refused for good", "--wait", "--json")
    assert done.returncode == 1, done.stderr
    job = json.loads(done.stdout)
    assert (job["state"], job["error"]["code"], job["error"]["charged"]) == ("queued", "unauthorized", True)
    for arguments in (["sync"], ["sync", "--watch"]):
        ended = shop.run(*arguments)
        assert ended.returncode == 1
        assert "then run wan-tui sync" in ended.stderr
        done.stderr += ended.stderr
    assert "by itself" not in done.stderr
    assert "Set another key in AIMLAPI_API_KEY" in done.stderr


def test_a_film_host_that_fails_is_told_by_sync(shop: Shop) -> None:
    """From cron: exit 1 and one sentence, however many jobs it holds up."""
    ids = [shop.jobs("generate", f"held up {number}")[0]["id"] for number in (1, 2)]
    shop.simulator.inject(Fault("GET /generations/*", status=503, times=1000, body="later"))
    for _ in range(20):
        done = shop.run("sync")
        if done.returncode == 1:
            break
    states = {job["id"]: job["state"] for job in shop.jobs("list")}
    while set(states.values()) != {"completed"}:
        done = shop.run("sync")
        states = {job["id"]: job["state"] for job in shop.jobs("list")}
    done = shop.run("sync")
    assert done.returncode == 1
    [sentence] = done.stderr.splitlines()
    assert any(sentence.startswith(f"{job_id} and 1 more: ") for job_id in ids), sentence


def test_a_film_that_nobody_will_fetch_ends_the_waiting(shop: Shop) -> None:
    """A body that is no film, five times: the job is kept for the user, exit 1."""
    shop.simulator.inject(Fault("GET /generations/*", status=200, times=50, body="<html>a page"))
    done = shop.run("generate", "a page for a film", "--wait", "--json")
    assert done.returncode == 1, done.stderr
    job = json.loads(done.stdout)
    assert (job["state"], job["error"]["code"]) == ("completed", "not_a_film")
