"""Runs an external player, such as mpv or timg, on our terminal."""

from __future__ import annotations

import asyncio
import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from wan_tui.domain.errors import WanTuiError
from wan_tui.domain.text import clean_line
from wan_tui.processes.child import find_program, start_on_terminal
from wan_tui.terminal.opening import film_inside, why_refused


class ExternalPlayerFailed(WanTuiError):
    """The player failed; the message is the reason."""

    code = "cannot_hand_over"


def player_words(player: str) -> list[str] | None:
    """Split ``player``, a program with options, like a shell, with the program's absolute path.

    None if it is not installed. Blocks briefly.
    """
    try:
        words = shlex.split(player)
    except ValueError:
        return None
    program = find_program(words[0]) if words else None
    return [program, *words[1:]] if program else None


def player_missing(player: str) -> ExternalPlayerFailed:
    """The error for a player that is not installed."""
    return ExternalPlayerFailed(
        f"The player “{clean_line(player, 60)}” is not installed.",
        next_step="Fix player in config.toml, or remove it to play films in the terminal.",
    )


def player_command(player: str, film: Path, films: Path) -> list[str]:
    """The command that plays ``film``, a file inside the folder ``films``. Raises ExternalPlayerFailed.

    ``player`` as for ``player_words``. Blocks briefly.
    """
    target = film_inside(film, films)
    if target is None:
        raise ExternalPlayerFailed(why_refused(film))
    words = player_words(player)
    if words is None:
        raise player_missing(player)
    return [*words, str(target)]


async def hand_over(command: Sequence[str], folder: Path) -> None:
    """Run ``command`` on our terminal in the film's ``folder`` and wait for it without blocking the event loop.

    Raises ExternalPlayerFailed.
    """
    name = clean_line(os.path.basename(command[0]), 40)
    try:
        # Not asyncio's: if the loop is closed meanwhile, it would print warnings on the terminal.
        process = start_on_terminal(command, folder)
    except OSError as error:
        raise ExternalPlayerFailed(f"{name} could not be started: {error.strerror}.") from None
    try:
        code = await asyncio.to_thread(process.wait)
    finally:
        # On cancellation, terminate the child so that the waiting thread can finish.
        if process.poll() is None:
            process.terminate()
    if code > 0:
        raise ExternalPlayerFailed(f"{name} exited with code {code}.")
