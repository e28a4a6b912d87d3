"""A terminal at the end of a line of a chosen speed: counts bytes and frames, and when each arrived.

It answers where its cursor is once the question has come through the line, as a real one does.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_QUESTIONS = re.compile(rb"\x1b\[6n|\x1b\[\?2026\$p")
_WINDOW = 2 << 20
"""Bytes that an SSH channel takes in before the sender feels the line."""


@dataclass
class Run:
    """What was seen: seconds from the start, bytes, CPU seconds of the program and what it started."""

    data: bytearray = field(default_factory=bytearray)
    arrivals: list[tuple[float, int]] = field(default_factory=list)
    """When how many bytes had come in all."""
    asked: list[float] = field(default_factory=list)
    """When each question for the cursor came: one a frame."""
    cpu: float = 0.0
    samples: list[tuple[float, float]] = field(default_factory=list)
    """CPU seconds used so far by the program itself, from time to time."""
    keys: list[tuple[float, bytes]] = field(default_factory=list)
    """When each key was pressed."""


def run(
    command: Sequence[str],
    columns: int,
    rows: int,
    seconds: float,
    *,
    rate: float | None = None,
    keys: Sequence[tuple[float, bytes]] = (),
    environ: Mapping[str, str] | None = None,
) -> Run:
    """Run ``command`` for ``seconds`` at most, pressing ``keys`` at their times; ``rate`` is bytes a second."""
    given = {
        **os.environ,
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
        **(environ or {}),
    }
    pid, fd = pty.fork()
    if pid == 0:
        os.execvpe(command[0], list(command), given)
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, columns * 10, rows * 20))
    seen, waiting, pending = Run(), bytearray(), sorted(keys)
    start = last = time.perf_counter()
    tail = b""
    sampled = 0.0
    while (now := time.perf_counter()) - start < seconds:
        while pending and now - start >= pending[0][0]:
            seen.keys.append((now - start, pending[0][1]))
            os.write(fd, pending.pop(0)[1])
        if now - sampled > 0.05:
            sampled = now
            seen.samples.append((now - start, _cpu(pid)))
        allowed = len(waiting) if rate is None else min(len(waiting), int((now - last) * rate))
        if allowed:
            last = now
            _arrive(seen, bytes(waiting[:allowed]), now - start, fd, tail)
            tail = bytes(waiting[:allowed])[-8:]
            del waiting[:allowed]
        elif not waiting:
            last = now
        if len(waiting) < _WINDOW and select.select([fd], [], [], 0.002)[0]:
            try:
                waiting += os.read(fd, 65536)
            except OSError:
                break
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    _, _, used = os.wait4(pid, 0)
    os.close(fd)
    seen.cpu = used.ru_utime + used.ru_stime
    return seen


def _arrive(seen: Run, data: bytes, at: float, fd: int, tail: bytes) -> None:
    seen.data += data
    seen.arrivals.append((at, len(seen.data)))
    for match in _QUESTIONS.finditer(tail + data):
        # One that ended in the tail was answered before.
        if match.end() > len(tail):
            if match[0] == b"\x1b[6n":
                seen.asked.append(at)
                os.write(fd, b"\x1b[1;1R")
            else:
                os.write(fd, b"\x1b[?2026;2$y")


def _cpu(pid: int) -> float:
    """CPU seconds that a process has used."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
