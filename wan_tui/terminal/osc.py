"""Builds escape sequences and wraps them for terminal multiplexers."""

from __future__ import annotations

import base64

from wan_tui.terminal.environment import Multiplexer

ESC = "\x1b"
BEL = "\x07"
ST = "\x1b\\"

# GNU screen buffers strings of up to 768 bytes (MAXSTR) and prints longer ones on the screen.
SCREEN_CHUNK = 700


def osc(command: int, *fields: str) -> str:
    """Return ``ESC ] command ; fields BEL``.

    Ends with BEL rather than ST: terminals accept both, but ST would also end screen's wrapping. The fields must not
    contain control characters.
    """
    return f"{ESC}]{';'.join((str(command), *fields))}{BEL}"


def clipboard_sequence(text: str) -> str:
    """OSC 52, which asks the terminal to copy ``text`` to its clipboard."""
    return osc(52, "c", base64.b64encode(text.encode()).decode("ascii"))


def through(sequence: str, multiplexer: Multiplexer | None) -> str:
    """Wrap ``sequence`` so that ``multiplexer`` passes it through to the outer terminal.

    tmux does so if ``allow-passthrough`` is on, and drops it otherwise.
    """
    if multiplexer == "tmux":
        return f"{ESC}Ptmux;{sequence.replace(ESC, ESC + ESC)}{ST}"
    if multiplexer == "screen":
        chunks = (sequence[start : start + SCREEN_CHUNK] for start in range(0, len(sequence), SCREEN_CHUNK))
        return "".join(f"{ESC}P{chunk}{ST}" for chunk in chunks)
    return sequence
