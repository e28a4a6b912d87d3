"""The real command line against a simulated service on loopback."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.program import json_lines, run
from wan_tui.simulator import Simulator, SimulatorSettings, running_simulator

INTERVAL = "0.1"
"""Seconds between polls: everything that waits goes a hundred times as fast as for a user."""


@pytest.fixture(scope="module")
def simulator(drawn: Path) -> Iterator[Simulator]:
    """Films of a second in a moment. Its till is shared by the module: orders are told apart by their prompts."""
    quick = SimulatorSettings(
        pace=0.2,
        film_seconds=1,
        log_delay=0.1,
        concurrency=10,
        posts_per_minute=10_000,
        credits_usd=1000,
        films_folder=drawn,
    )
    with running_simulator(quick) as simulator:
        yield simulator


class Shop:
    """The program of one user, the service, and its till."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.variables = {
            "AIMLAPI_BASE_URL": simulator.base_url,
            "AIMLAPI_API_KEY": "k-0123456789-shop",
            "WAN_TUI_POLL_INTERVAL": INTERVAL,
        }

    def run(self, *arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
        return run(*arguments, **{**self.variables, **more})

    def jobs(self, *arguments: str, code: int = 0, **more: Any) -> list[dict[str, Any]]:
        """The jobs that a command prints as JSON; it must end with ``code`` and without a traceback."""
        done = self.run(*arguments, "--json", **more)
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return [dict(job) for job in json_lines(done.stdout)]

    def orders(self, prompt: str) -> list[dict[str, Any]]:
        """What the till has taken for ``prompt``."""
        taken: Any = self.simulator.till()["orders"]
        return [order for order in taken if order["body"]["prompt"] == prompt]


@pytest.fixture
def shop(simulator: Simulator) -> Shop:
    return Shop(simulator)
