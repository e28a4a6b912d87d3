"""Giving the terminal to another player: what is started, with what, and what is said when it fails."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from wan_tui.terminal.external_player import ExternalPlayerFailed, hand_over, player_command


@pytest.fixture
def film(tmp_path: Path) -> Path:
    (tmp_path / "films").mkdir()
    path = tmp_path / "films" / "-a film; rm.mp4"
    path.write_bytes(b"film")
    return path


def test_the_film_is_one_argument_by_its_whole_path(film: Path) -> None:
    """After the options of the user's choice; neither a shell nor the player takes its name for something else."""
    command = player_command(f"'{sys.executable}' -c 'x y'", film, film.parent)
    assert command == [os.path.abspath(sys.executable), "-c", "x y", str(film.resolve())]


@pytest.mark.parametrize("player", ["no-such-player", "'", "", "  "])
def test_a_player_that_is_not_there_is_told(film: Path, player: str) -> None:
    """Before the terminal is given away."""
    with pytest.raises(ExternalPlayerFailed, match="not installed"):
        player_command(player, film, film.parent)


def test_only_films_of_the_folder_are_handed_over(film: Path, tmp_path: Path) -> None:
    """What the history says is not trusted."""
    outside = tmp_path / "secret.mp4"
    outside.write_bytes(b"")
    for path in (outside, film.with_name("gone.mp4")):
        with pytest.raises(ExternalPlayerFailed):
            player_command(sys.executable, path, film.parent)


async def test_the_loop_goes_on_and_an_error_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The player sees no key of ours."""
    monkeypatch.setenv("AIMLAPI_API_KEY", "k-0123456789-secret")
    code = "import os, sys, time; time.sleep(0.3); sys.exit(3 if 'AIMLAPI_API_KEY' not in os.environ else 4)"
    task = asyncio.create_task(hand_over([sys.executable, "-c", code], Path.cwd()))
    turns = 0
    while not task.done():
        turns += 1
        await asyncio.sleep(0.01)
    assert turns > 5
    with pytest.raises(ExternalPlayerFailed, match="exited with code 3"):
        await task
    with pytest.raises(ExternalPlayerFailed, match="could not be started"):
        await hand_over(["/no/such/program"], Path.cwd())


async def test_whoever_leaves_ends_the_player() -> None:
    """Nothing is left on the terminal."""
    task = asyncio.create_task(hand_over([sys.executable, "-c", "import time; time.sleep(60)"], Path.cwd()))
    await asyncio.sleep(0.1)
    task.cancel()
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(asyncio.CancelledError):
            await task
