"""Commands that wait: they end, and what they could not do is exit 1 with a reason; one odd refusal ends nothing."""

from __future__ import annotations

import json
from pathlib import Path

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
    assert "automatically" not in done.stderr
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
    assert "Retrying" not in sentence
    assert sentence.endswith("Charged. Run wan-tui sync to resume.")


def test_what_blocks_jobs_is_told_while_they_are_watched(shop: Shop) -> None:
    """Once for both of them, and not again at each try."""
    ids = [shop.jobs("generate", f"watched {number}")[0]["id"] for number in (1, 2)]
    shop.simulator.inject(Fault("GET /generations/*", status=503, times=8, body="later"))
    done = shop.run("sync", "--watch")
    assert done.returncode == 0
    [told] = [line for line in done.stderr.splitlines() if "The film host did not send the film" in line]
    assert any(told.startswith(f"{job_id}: ") for job_id in ids)
    assert {job["state"] for job in shop.jobs("list") if job["id"] in ids} == {"saved"}


def test_what_blocked_a_job_before_is_told_when_it_is_watched(shop: Shop) -> None:
    """It is no news, but nobody knows it here."""
    [job] = shop.jobs("generate", "watched later")
    shop.simulator.inject(Fault("GET /generations/*", status=503, times=None, body="later"))
    while shop.run("sync").returncode == 0:
        pass
    shop.simulator.drop_faults()
    shop.simulator.inject(Fault("GET /generations/*", status=503, times=2, body="later"))
    done = shop.run("sync", "--watch")
    [told] = [line for line in done.stderr.splitlines() if "The film host did not send the film" in line]
    assert told.startswith(f"{job['id']}: ")
    assert done.returncode == 0


def test_a_film_that_nobody_will_fetch_ends_the_waiting(shop: Shop) -> None:
    """A body that is no film, five times: the job is kept for the user, exit 1."""
    shop.simulator.inject(Fault("GET /generations/*", status=200, times=50, body="<html>a page"))
    done = shop.run("generate", "a page for a film", "--wait", "--json")
    assert done.returncode == 1, done.stderr
    job = json.loads(done.stdout)
    assert (job["state"], job["error"]["code"]) == ("completed", "not_a_film")


@pytest.mark.parametrize("status", [503, 429])
def test_a_film_host_that_keeps_failing_ends_the_waiting(shop: Shop, status: int) -> None:
    """Exit 1, why, that it was paid for, and who goes on: not "by itself", as nobody is left to do it."""
    shop.simulator.inject(Fault("GET /generations/*", status=status, times=None, body="later"))
    done = shop.run("generate", f"host says {status}", "--wait", "--json")
    assert done.returncode == 1, done.stderr
    job = json.loads(done.stdout)
    assert (job["state"], job["error"]["charged"]) == ("completed", True)
    last = done.stderr.splitlines()[-1]
    assert "wan-tui sync" in last
    assert "automatically" not in last
    shop.simulator.drop_faults()
    assert [kept["state"] for kept in shop.jobs("sync") if kept["id"] == job["id"]] == ["saved"]


def test_polls_that_keep_failing_end_the_waiting(shop: Shop) -> None:
    shop.simulator.inject(Fault(POLL, status=503, times=None, body="later"))
    done = shop.run("generate", "polls in vain", "--wait", "--json")
    assert done.returncode == 1, done.stderr
    job = json.loads(done.stdout)
    assert (job["state"], job["error"]["charged"]) == ("queued", True)
    assert "wan-tui sync" in done.stderr.splitlines()[-1]


def test_a_film_folder_that_is_none_ends_the_waiting(shop: Shop, home: Path) -> None:
    (home / "wan-tui").mkdir()
    (home / "wan-tui" / "films").write_text("in the way")
    done = shop.run("generate", "no folder for it", "--wait", "--json")
    assert done.returncode == 1, done.stderr
    if done.stdout:  # turned away before anything was sent, or kept until there is a folder
        assert json.loads(done.stdout)["error"]["charged"] in (True, False)
    assert "films" in done.stderr


@pytest.mark.parametrize("first", [4, 10, 14])
def test_a_disk_that_fills_up_meanwhile_ends_the_waiting(shop: Shop, first: int) -> None:
    """At whichever write it fills: exit 1 with the reason; with room again, sync brings the one film."""
    full = {"WAN_TUI_FAULT_DISK": f"write:{first}+:ENOSPC"}
    done = shop.run("generate", f"disk full at write {first}", "--wait", **full)
    assert done.returncode == 1, done.stderr
    assert "full" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert len(shop.orders(f"disk full at write {first}")) <= 1


def test_a_history_that_takes_nothing_ends_sync(shop: Shop) -> None:
    [job] = shop.jobs("generate", "nothing is written down")
    done = shop.run("sync", WAN_TUI_FAULT_DISK="write:1+:ENOSPC")
    assert done.returncode == 1
    assert "full" in done.stderr
    while job["state"] != "saved":
        job = [job, *shop.jobs("sync")][-1]
