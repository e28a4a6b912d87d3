"""Building escape sequences, and wrapping them so that they pass a terminal multiplexer."""

from __future__ import annotations

import base64

from wan_tui.terminal.environment import Multiplexer

ESC = "\x1b"
BEL = "\x07"
ST = "\x1b\\"

# GNU screen holds a string of 768 bytes (MAXSTR) and prints on the screen what is longer.
SCREEN_CHUNK = 700


def osc(command: int, *fields: str) -> str:
    """Return ``ESC ] command ; fields BEL``.

    BEL ends it rather than ST: every terminal takes both, but ST would also end the wrapping of screen. The
    fields must be clean of control characters.
    """
    return f"{ESC}]{';'.join((str(command), *fields))}{BEL}"


def clipboard_sequence(text: str) -> str:
    """Return OSC 52, which asks the terminal to put ``text`` on its clipboard."""
    return osc(52, "c", base64.b64encode(text.encode()).decode("ascii"))


def through(sequence: str, multiplexer: Multiplexer | None) -> str:
    """Return ``sequence`` so that ``multiplexer`` hands it on to the terminal outside, unread.

    tmux does so where ``allow-passthrough`` is on, and drops it otherwise.
    """
    if multiplexer == "tmux":
        return f"{ESC}Ptmux;{sequence.replace(ESC, ESC + ESC)}{ST}"
    if multiplexer == "screen":
        chunks = (sequence[start : start + SCREEN_CHUNK] for start in range(0, len(sequence), SCREEN_CHUNK))
        return "".join(f"{ESC}P{chunk}{ST}" for chunk in chunks)
    return sequence
