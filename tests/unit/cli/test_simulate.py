"""``wan-tui simulate``: the service alone, for any client."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from typing import Any

import pytest

from tests.patience import PATIENCE
from tests.program import REPOSITORY, run


def test_it_serves_until_interrupted() -> None:
    """It says where, how to try it, and that no money is spent; any client can ask it."""
    with subprocess.Popen(
        [sys.executable, "-m", "wan_tui", "simulate", "--port", "0", "--pace", "1"],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdout is not None
        announced = program.stdout.readline() + program.stdout.readline()
        assert "No money is spent." in announced
        found = re.search(r"AIMLAPI_BASE_URL=(http://127\.0\.0\.1:\d+)", announced)
        assert found is not None
        assert program.stderr is not None
        token = program.stderr.readline().rpartition("X-Simulator-Token: ")[2].strip()
        assert len(token) >= 20
        asked = urllib.request.Request(f"{found[1]}/_till", headers={"X-Simulator-Token": token})
        with urllib.request.urlopen(asked) as answer:
            assert json.load(answer)["orders"] == []
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(f"{found[1]}/_till")
        program.send_signal(signal.SIGINT)
        _, told = program.communicate(timeout=PATIENCE)
    assert program.returncode == 130
    assert "Traceback" not in told


def test_an_account_can_be_empty_and_errors_new() -> None:
    """``--credits`` are US dollars; the token may be one's own, and is not told then."""
    flags = ("--port", "0", "--credits", "0.5", "--problem-json")
    with subprocess.Popen(
        [sys.executable, "-m", "wan_tui", "simulate", *flags],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "WAN_TUI_SIMULATOR_TOKEN": "my-own-token"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdout is not None
        url = program.stdout.readline().partition("service: ")[2].split()[0]
        assert ask(url + "/v2/billing") == (200, {"current_balance": 0.5, "currency": "USD"})
        order = {"model": "alibaba/wan2.1-t2v-plus", "prompt": "a boat"}
        status, told = ask(url + "/v2/video/generations", json.dumps(order).encode())
        assert (status, told["title"]) == (403, "Forbidden")
        assert "run out of credits" in told["message"]
        assert ask(url + "/_till")[1]["orders"] == []
        program.send_signal(signal.SIGINT)
        _, told_in_the_end = program.communicate(timeout=PATIENCE)
    assert "my-own-token" not in told_in_the_end


def ask(url: str, body: bytes | None = None) -> tuple[int, dict[str, Any]]:
    headers = {
        "Authorization": "Bearer sk-any",
        "X-Simulator-Token": "my-own-token",
        "Content-Type": "application/json",
    }
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)


def test_its_faults_are_in_its_help() -> None:
    """What can be played with, and how scripts reach the till."""
    shown = run("simulate", "--help").stdout
    assert "[fault:lost-answer]" in shown
    assert "/_till" in shown


def test_a_port_that_is_taken_is_a_sentence() -> None:
    """No traceback."""
    with subprocess.Popen(
        [sys.executable, "-m", "wan_tui", "simulate", "--port", "0"],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    ) as first:
        assert first.stdout is not None
        port = first.stdout.readline().partition("127.0.0.1:")[2].split()[0]
        second = run("simulate", "--port", port)
        first.send_signal(signal.SIGINT)
        first.communicate(timeout=PATIENCE)
    assert second.returncode == 1
    assert "Traceback" not in second.stderr
    assert port in second.stderr
