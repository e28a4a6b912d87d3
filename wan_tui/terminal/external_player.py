"""Giving the terminal to another player, such as mpv or timg, until it ends."""

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
    """The player cannot be started; the message is a sentence that says why."""

    code = "cannot_hand_over"


def player_words(player: str) -> list[str] | None:
    """The words of ``player``, a program with options as a shell would split them, the program by its whole path.

    None where it is not installed. Blocks for a moment.
    """
    try:
        words = shlex.split(player)
    except ValueError:
        return None
    program = find_program(words[0]) if words else None
    return [program, *words[1:]] if program else None


def player_missing(player: str) -> ExternalPlayerFailed:
    """Says that ``player`` is not installed, and what to do."""
    return ExternalPlayerFailed(
        f"The player “{clean_line(player, 60)}” is not installed.",
        next_step="Correct player in config.toml, or leave it out to have films played here.",
    )


def player_command(player: str, film: Path, films: Path) -> list[str]:
    """The command that plays ``film``, a file inside the folder ``films``. Raises ExternalPlayerFailed.

    ``player`` as for ``player_words``. Blocks for a moment.
    """
    target = film_inside(film, films)
    if target is None:
        raise ExternalPlayerFailed(why_refused(film))
    words = player_words(player)
    if words is None:
        raise player_missing(player)
    return [*words, str(target)]


async def hand_over(command: Sequence[str], folder: Path) -> None:
    """Run ``command`` on our terminal to its end, in the film's ``folder``; the event loop goes on.

    Raises ExternalPlayerFailed.
    """
    name = clean_line(os.path.basename(command[0]), 40)
    try:
        # Not asyncio's: a loop that is closed meanwhile would complain on the terminal.
        process = start_on_terminal(command, folder)
    except OSError as error:
        raise ExternalPlayerFailed(f"{name} could not be started: {error.strerror}.") from None
    try:
        code = await asyncio.to_thread(process.wait)
    finally:
        # Whoever leaves does not wait for it, and the thread that does comes to its end.
        if process.poll() is None:
            process.terminate()
    if code > 0:
        raise ExternalPlayerFailed(f"{name} ended with error {code}.")
