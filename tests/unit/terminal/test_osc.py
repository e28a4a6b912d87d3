"""Escape sequences are built in one place and pass multiplexers whole."""

from __future__ import annotations

import base64
import re

from wan_tui.terminal.osc import clipboard_sequence, osc, through


def test_tmux_passthrough_doubles_every_escape() -> None:
    """tmux takes off the wrapping and halves the escapes: the rest is the sequence itself."""
    wrapped = through("\x1b]8;;\x1b\\", "tmux")
    assert wrapped == "\x1bPtmux;\x1b\x1b]8;;\x1b\x1b\\\x1b\\"


def test_screen_gets_chunks_it_can_hold() -> None:
    """Each string is below the 768 bytes screen holds, and together they are the sequence."""
    sequence = clipboard_sequence("film " * 1000)
    wrapped = through(sequence, "screen")
    chunks = re.findall(r"\x1bP(.*?)\x1b\\", wrapped, re.S)
    assert "".join(chunks) == sequence
    assert len(chunks) > 1
    assert max(map(len, chunks)) < 768
    assert "".join(f"\x1bP{chunk}\x1b\\" for chunk in chunks) == wrapped


def test_no_multiplexer_no_wrapping() -> None:
    """A terminal gets the sequence as it is."""
    assert through(osc(2, "title"), None) == "\x1b]2;title\x07"


def test_clipboard_sequence_carries_any_text() -> None:
    """Base64 of UTF-8: text cannot break out of the sequence."""
    sequence = clipboard_sequence("ein Drache \x07 龍")
    assert sequence.startswith("\x1b]52;c;")
    assert base64.b64decode(sequence[7:-1]).decode() == "ein Drache \x07 龍"
