"""Starting, stopping, embedding, and going on after a restart."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from tests.unit.simulator.conftest import MODEL, VENDOR, ManualClock, StartBench
from wan_tui.simulator import SimulatorSettings, running_simulator, serve


def test_importing_is_light() -> None:
    """Neither web server nor encoder is loaded before a simulator starts."""
    program = (
        "import sys, wan_tui.simulator\n"
        "print([name for name in ('uvicorn', 'starlette', 'av', 'asyncio.subprocess') if name in sys.modules][:3])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = done.stdout.strip()
    assert not any(name in loaded for name in ("uvicorn", "starlette", "'av'")), loaded


def test_blocking_programs_can_embed_it(capfd: pytest.CaptureFixture[str]) -> None:
    """In a thread of its own; stopped, nothing is left, and the terminal was left alone."""
    before = threading.active_count()
    with running_simulator(SimulatorSettings(film_seconds=0.2)) as simulator:
        with httpx.Client(base_url=simulator.base_url, trust_env=False) as client:
            assert client.get("/v1/models").status_code == 200
            assert client.get("/nowhere").status_code == 404
        assert simulator.base_url != simulator.film_url
    with pytest.raises(httpx.ConnectError), httpx.Client(trust_env=False) as client:
        client.get(simulator.base_url)
    assert threading.active_count() == before
    assert capfd.readouterr() == ("", "")


def test_a_taken_port_is_an_os_error() -> None:
    """Told to the caller, with no port held."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = SimulatorSettings(film_port=taken.getsockname()[1])
        with pytest.raises(OSError), running_simulator(settings):
            pass


async def test_serve_announces_and_runs_until_cancelled() -> None:
    """The first line names the address."""
    lines: list[str] = []
    heard = asyncio.Event()

    def announce(line: str) -> None:
        lines.append(line)
        heard.set()

    running = asyncio.create_task(serve(SimulatorSettings(), announce))
    await heard.wait()
    url = next(word for word in lines[0].split() if word.startswith("http://127.0.0.1:"))
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(f"{url}/v1/models")).status_code == 200
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    async with httpx.AsyncClient(trust_env=False) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(url)


async def test_orders_go_on_after_a_restart(start: StartBench, tmp_path: Path) -> None:
    """With a state file: same ids, same balance, the film at its time; a damaged line harms no other."""
    clock, state = ManualClock(), tmp_path / "orders.jsonl"
    async with start(clock=clock, state_file=state, pace=20.0) as bench:
        ordered = (await bench.order()).json()["id"]
    state.write_text(state.read_text() + '{"half": \n', encoding="utf-8")
    clock.seconds += 21
    async with start(clock=clock, state_file=state, pace=20.0) as bench:
        answer = (await bench.poll(ordered)).json()
        assert answer["status"] == "completed"
        assert (await bench.bare.get(answer["video"]["url"])).status_code == 200
        assert (await bench.api.get("/v2/billing")).json()["current_balance"] == 24.475
        assert (await bench.order()).json()["id"] != ordered


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
async def test_what_is_kept_is_its_owners_alone(start: StartBench, tmp_path: Path) -> None:
    """Orders and drawn films, whatever the umask; orders that an earlier version let others read, from the start."""
    state, films = tmp_path / "orders.jsonl", tmp_path / "new" / "films"
    before = os.umask(0)
    try:
        async with start(state_file=state, films_folder=films) as bench:
            url = (await bench.finished())["video"]["url"]
            assert (await bench.bare.get(url)).status_code == 200
    finally:
        os.umask(before)
    [film] = films.iterdir()
    assert [rights(path) for path in (state, film)] == [0o600, 0o600]
    assert [rights(path) for path in (films, films.parent)] == [0o700, 0o700]
    state.chmod(0o644)
    async with start(state_file=state) as bench:
        assert rights(state) == 0o600
        assert len(bench.accepted) == 1


def rights(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_films_are_drawn_ahead(start: StartBench) -> None:
    """When the film is asked for, it is there or under way: one drawing, no second one."""
    async with start(draw_ahead=True) as bench:
        answer = await bench.finished()
        assert (await bench.bare.get(answer["video"]["url"])).status_code == 200
        await bench.order(prompt="[blocked] nothing to draw")
        assert bench.simulator.films_drawn == 1


async def test_a_film_that_cannot_be_kept_is_a_500_of_the_film_host(
    start: StartBench, tmp_path: Path
) -> None:
    """The till tells why; the next order is served."""
    blocker = tmp_path / "file"
    blocker.write_text("in the way")
    async with start(films_folder=blocker / "films") as bench:
        url = (await bench.finished())["video"]["url"]
        assert (await bench.bare.get(url)).status_code == 500
        crashes = bench.simulator.till()["crashes"]
        assert isinstance(crashes, list)
        assert len(crashes) == 1
        crashes.clear()
        body = {"model": MODEL, "prompt": "x"}
        assert (await bench.api.post(VENDOR, json=body)).status_code == 200
