"""Copies text to the desktop's clipboard, if there is one, and through the terminal (OSC 52)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from wan_tui.domain.text import clean_text
from wan_tui.processes.errand import Errand
from wan_tui.processes.python import code_command
from wan_tui.terminal.environment import Surroundings
from wan_tui.terminal.osc import clipboard_sequence, through

Way = Literal["desktop", "terminal"]

# Terminals accept 100,000 bytes of OSC 52: 99,992 of base64 for this many bytes of text, and eight for the frame.
TERMINAL_LIMIT = 74_994

TMUX_CLIPBOARD = "set -s set-clipboard on"
"""The tmux setting that forwards copies; by default tmux does not."""

# pyperclip runs in a child process: the helpers it calls (xclip, wl-copy) may block forever, print errors on our
# screen, and fail silently. So it also reads the text back. Qt is disabled: its copies are lost when the process ends.
_PYPERCLIP = """
import sys
sys.modules["qtpy"] = sys.modules["PyQt5"] = None
import pyperclip
text = sys.stdin.buffer.read().decode()
pyperclip.copy(text)
sys.exit(pyperclip.paste().replace("\\r\\n", "\\n") != text)
"""


@dataclass(frozen=True)
class CopyReport:
    """Result of a copy: the ``sentence`` to show, and the ``ways`` used.

    ``certain``: the copy is known to have succeeded; the terminal never confirms it. ``hint``: what to do if it is not
    in the clipboard.
    """

    sentence: str
    ways: tuple[Way, ...] = ()
    certain: bool = False
    hint: str = ""


def copy(
    text: str,
    *,
    surroundings: Surroundings,
    write: Callable[[str], None],
    osc52: bool | None = None,
    environ: Mapping[str, str] | None = None,
    timeout: float = 3.0,
) -> CopyReport:
    """Copy ``text``, without control characters, in every way that reaches the user's clipboard.

    ``write`` sends escape sequences to the terminal and is called in this thread; ``osc52`` is the result of the
    probe. Call it in a thread: with a local display it blocks for up to ``timeout`` seconds.
    """
    text = clean_text(text, len(text) + 1)
    if not text:
        return CopyReport("Nothing to copy.")
    fits = len(text.encode()) <= TERMINAL_LIMIT
    sent = fits and surroundings.takes_sequences
    if sent:
        write(_sequence(text, surroundings))
    copied = surroundings.local_display and _copy_to_desktop(text, environ, timeout)
    taken: dict[Way, bool] = {"desktop": copied, "terminal": sent}
    certain = copied or (sent and osc52 is True)
    doubtful = sent and not certain and surroundings.multiplexer == "tmux"
    return CopyReport(
        _sentence(certain, sent, fits),
        ways=tuple(way for way, was_taken in taken.items() if was_taken),
        certain=certain,
        hint=f"If it is missing, set in tmux: {TMUX_CLIPBOARD}" if doubtful else "",
    )


def _sequence(text: str, around: Surroundings) -> str:
    sequence = clipboard_sequence(text)
    if around.multiplexer == "tmux":
        # Plain works with set-clipboard on, wrapped with allow-passthrough on.
        return sequence + through(sequence, "tmux")
    return through(sequence, around.multiplexer)


def _sentence(certain: bool, sent: bool, fits: bool) -> str:
    if certain:
        return "Copied."
    if sent:
        return "Sent to the terminal's clipboard."
    if not fits:
        return f"Not copied: the limit of the terminal's clipboard is {TERMINAL_LIMIT // 1000} kB."
    return "Not copied: this terminal has no clipboard."


def _copy_to_desktop(text: str, environ: Mapping[str, str] | None, timeout: float) -> bool:
    try:
        # Not ``heard``: the helper that serves the clipboard keeps running.
        code, _ = Errand(code_command(_PYPERCLIP), timeout, environ, heard=False).run(text.encode())
    except (OSError, TimeoutError):
        return False
    return code == 0
