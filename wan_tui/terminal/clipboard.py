"""Copying: onto the desktop's clipboard where there is one, and always through the terminal (OSC 52)."""

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

# Terminals take 100,000 bytes of OSC 52: this many of text make 99,992 of base64, eight more frame them.
TERMINAL_LIMIT = 74_994

TMUX_CLIPBOARD = "set -s set-clipboard on"
"""What lets a copy through; by default tmux keeps it from getting further."""

# pyperclip runs in a process of its own: the helpers it calls (xclip, wl-copy) may block for ever, write
# their complaints to the terminal we draw on, and fail without a word. So it also reads back what it wrote.
# What it copies by Qt would be gone as soon as that process ends.
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
    """What became of a copy: ``sentence`` to show, and the ``ways`` the text went.

    ``certain`` is true when the text is known to have arrived; the terminal itself never says so. ``hint`` is what to
    do should it not be there.
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
    """Copy ``text``, cleaned of control characters, by every way that leads to the person at the keyboard.

    ``write`` takes escape sequences for the terminal and is called in this thread; ``osc52`` is what the
    probe found. Call it in a thread: with a local display it blocks for up to ``timeout`` seconds.
    """
    text = clean_text(text, len(text) + 1)
    if not text:
        return CopyReport("There is nothing to copy.")
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
        hint=f"If it is not there, tmux wants: {TMUX_CLIPBOARD}" if doubtful else "",
    )


def _sequence(text: str, around: Surroundings) -> str:
    sequence = clipboard_sequence(text)
    if around.multiplexer == "tmux":
        # Plain is heard with set-clipboard on, wrapped with allow-passthrough on: a tmux may have either.
        return sequence + through(sequence, "tmux")
    return through(sequence, around.multiplexer)


def _sentence(certain: bool, sent: bool, fits: bool) -> str:
    if certain:
        return "Copied."
    if sent:
        return "Sent to the terminal's clipboard."
    if not fits:
        return f"Not copied: the terminal's clipboard takes at most {TERMINAL_LIMIT // 1000} kB."
    return "Not copied: no clipboard can be reached from this terminal."


def _copy_to_desktop(text: str, environ: Mapping[str, str] | None, timeout: float) -> bool:
    try:
        # What serves the clipboard lives on.
        code, _ = Errand(code_command(_PYPERCLIP), timeout, environ, heard=False).run(text.encode())
    except (OSError, TimeoutError):
        return False
    return code == 0
