"""Probes the terminal's capabilities with one round trip, before the screen starts.

The last query, primary device attributes (DA1), is answered by every terminal, and answers arrive in order; so
nothing is left in stdin that the screen could misread.
Sources: kitty graphics protocol (query), xterm ctlseqs (XTVERSION, CSI 16 t, DECRQM, OSC 11, DA1).
"""

from __future__ import annotations

import contextlib
import os
import select
import sys
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from wan_tui.terminal import probe_cache
from wan_tui.terminal.capabilities import (
    DEVICE_ATTRIBUTES,
    Capabilities,
    override,
    read_answers,
    split_answers,
)
from wan_tui.terminal.environment import Surroundings
from wan_tui.terminal.probe_cache import Reply

# A query with a one-pixel picture, which is not shown.
_ASK_KITTY = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
_ASK_NAME = b"\x1b[>0q"
_ASK_CELL = b"\x1b[16t"
_ASK_SYNCHRONIZED = b"\x1b[?2026$p"
_ASK_BRACKETED_PASTE = b"\x1b[?2004$p"
_ASK_BACKGROUND = b"\x1b]11;?\x1b\\"
_ASK_ATTRIBUTES = b"\x1b[c"
# Some terminals print unknown sequences.
_WIPE = b"\r\x1b[K"

# Apple's terminal prints APC strings instead of ignoring them.
_PRINTS_APC = ("apple_terminal",)
_LIMIT, _LIMIT_OVER_SSH = 1.0, 2.0


def probe(
    surroundings: Surroundings,
    *,
    wished: Mapping[str, object] | None = None,
    cache: Path | None = None,
    fresh: bool = False,
    fd_in: int = 0,
    fd_out: int = 2,
    limit: float | None = None,
) -> Capabilities:
    """Probe the terminal at ``fd_in`` and ``fd_out``; if that is impossible, return the defaults.

    Takes one round trip, at most ``limit`` seconds (default 1, over SSH 2). Restores the terminal's modes and clears
    the cursor's line. ``wished`` overrides the result (see ``capabilities.override``). With ``cache``, a file in an
    existing folder, a terminal is probed once per session unless ``fresh``.
    Blocks: call it before the event loop runs.
    """
    capabilities = Capabilities()
    if _can_ask(surroundings, fd_in, fd_out):
        key = _session_key(surroundings, fd_in)
        reply = None if fresh or cache is None else probe_cache.load(cache, key)
        if reply is None:
            reply = _ask(surroundings, fd_in, fd_out, limit or _limit(surroundings))
            if cache is not None:
                probe_cache.store(cache, key, reply)
        capabilities = replace(
            read_answers(reply.answers, surroundings), round_trip=reply.round_trip, typed=reply.typed
        )
        if capabilities.cell_pixels is None:
            capabilities = replace(capabilities, cell_pixels=_cell_by_window(fd_out))
    return override(capabilities, wished or {})


def _can_ask(around: Surroundings, fd_in: int, fd_out: int) -> bool:
    if sys.platform == "win32" or not around.takes_sequences:
        return False
    try:
        return os.isatty(fd_in) and os.isatty(fd_out)
    except OSError:
        return False


def _limit(around: Surroundings) -> float:
    return _LIMIT_OVER_SSH if around.over_ssh else _LIMIT


def _queries(around: Surroundings) -> bytes:
    # tmux and screen interpret the kitty query, an APC string, as a title.
    plain = around.multiplexer is None and around.terminal not in _PRINTS_APC
    asked = (_ASK_NAME, _ASK_CELL, _ASK_SYNCHRONIZED, _ASK_BRACKETED_PASTE, _ASK_BACKGROUND)
    return (_ASK_KITTY if plain else b"") + b"".join(asked) + _ASK_ATTRIBUTES + _WIPE


def _ask(around: Surroundings, fd_in: int, fd_out: int, limit: float) -> Reply:
    received = b""
    answered = False
    started = time.monotonic()
    with _unbuffered(fd_in), contextlib.suppress(OSError):
        os.write(fd_out, _queries(around))
        while not answered and (left := started + limit - time.monotonic()) > 0:
            if not select.select([fd_in], [], [], left)[0]:
                break
            some = os.read(fd_in, 4096)
            if not some:
                break
            received += some
            answered = DEVICE_ATTRIBUTES.search(received) is not None
    answers, typed = split_answers(received)
    return Reply(answers, typed, time.monotonic() - started if answered else None)


@contextlib.contextmanager
def _unbuffered(fd: int) -> Iterator[None]:
    """Read byte by byte without echo; ctrl+c still interrupts, other keys have no special effect."""
    import termios
    import tty

    before = termios.tcgetattr(fd)
    try:
        tty.setcbreak(fd, termios.TCSANOW)
        modes = termios.tcgetattr(fd)
        modes[0] &= ~termios.IXON  # would keep ctrl+q, and stop the output at ctrl+s
        modes[3] &= ~termios.IEXTEN  # would keep ctrl+v
        termios.tcsetattr(fd, termios.TCSANOW, modes)
        yield
    finally:
        termios.tcsetattr(fd, termios.TCSANOW, before)


def _cell_by_window(fd: int) -> tuple[int, int] | None:
    """Compute the cell size from the window size reported to the kernel, if it has pixels."""
    import fcntl
    import struct
    import termios

    try:
        answer = fcntl.ioctl(fd, termios.TIOCGWINSZ, bytes(8))
    except OSError:
        return None
    rows, columns, width, height = struct.unpack("HHHH", answer)
    if not (rows and columns and width >= columns and height >= rows):
        return None
    return width // columns, height // rows


def _session_key(around: Surroundings, fd: int) -> str:
    """Identify this terminal and session: the owning shell, its device, its environment, and the queries sent."""
    try:
        place = (os.getsid(0), os.ttyname(fd), os.fstat(fd).st_ino)
    except OSError:
        place = (0, "", 0)
    reported = (around.term, around.terminal, around.multiplexer, around.over_ssh)
    ends = (os.environ.get("SSH_CONNECTION"), os.environ.get("TMUX_PANE"), os.environ.get("WINDOWID"))
    # Not hashlib, which takes 2 ms of the start to load.
    return f"{zlib.crc32(repr((place, reported, ends, _queries(around))).encode()):08x}"
