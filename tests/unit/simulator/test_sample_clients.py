"""Clients of others get their films: those that the service's documentation shows, in Python and in JavaScript."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from tests.patience import PATIENCE
from tests.unit.simulator.conftest import UNIVERSAL, VENDOR
from wan_tui.simulator import Simulator, SimulatorSettings, running_simulator

HERE = Path(__file__).parent
NODE = shutil.which("node")
CLIENTS = [
    pytest.param([sys.executable, str(HERE / "sample_client.py")], id="python"),
    pytest.param(
        [NODE or "node", str(HERE / "sample_client.mjs")],
        id="javascript",
        marks=pytest.mark.skipif(NODE is None, reason="there is no node"),
    ),
]


@pytest.fixture(scope="module")
def service() -> Iterator[Simulator]:
    with running_simulator(SimulatorSettings(pace=0.2, film_seconds=0.2)) as running:
        yield running


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("path", [VENDOR, UNIVERSAL])
def test_the_documented_client_gets_its_film(
    tmp_path: Path, service: Simulator, client: list[str], path: str
) -> None:
    """On both paths: POST, then GET until it is completed, then the film by its link."""
    film = tmp_path / "film.mp4"
    model = "alibaba/wan2.1-t2v-turbo"
    done = subprocess.run(
        [*client, service.base_url, path, model, str(film)], capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "Status: completed"
    with av.open(str(film)) as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (1280, 720)
    orders = service.till()["orders"]
    assert isinstance(orders, list)
    assert done.stdout.startswith(f"Generation ID: {orders[-1]['generation_id']}\n")
