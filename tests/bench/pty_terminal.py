"""A program in a pseudo-terminal that answers queries as an emulator would, and a clock on what it paints."""

from __future__ import annotations

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
from pathlib import Path

_SEQUENCES = re.compile(
    rb"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b_[^\x1b]*\x1b\\|\x1bP[^\x1b]*\x1b\\"
    rb"|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[()][A-Z0-9]|\x1b[=>78]"
)
_ANSWERS = {
    b"\x1b[>c": b"\x1b[>41;354;0c",
    b"\x1b[16t": b"\x1b[6;20;10t",
    b"\x1b[6n": b"\x1b[1;1R",
    b"\x1b[?2026$p": b"\x1b[?2026;2$y",
    b"\x1b[?2048$p": b"\x1b[?2048;0$y",
    b"\x1b[c": b"\x1b[?62;22c",  # last: whoever asks takes it for the end of the answers
}


class PtyTerminal:
    """Runs ``argv`` at ``size`` (columns, rows). Times are seconds."""

    def __init__(
        self, argv: Sequence[str], environ: Mapping[str, str] | None = None, size: tuple[int, int] = (120, 40)
    ) -> None:
        self.began = time.perf_counter()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
            os.execvpe(argv[0], list(argv), {**os.environ, "TERM": "xterm-256color", **(environ or {})})
        self._seen = bytearray()

    def wait_for(self, text: str, timeout: float = 60.0) -> float | None:
        """The moment the plain text of what came since the last ``press`` first held ``text``, a regex."""
        wanted = re.compile(text.encode())
        end = time.perf_counter() + timeout
        while (left := end - time.perf_counter()) > 0:
            if not select.select([self._fd], [], [], left)[0]:
                return None
            try:
                data = os.read(self._fd, 65536)
            except OSError:
                return None
            now = time.perf_counter()
            for question, reply in _ANSWERS.items():
                if question in data:
                    os.write(self._fd, reply)
            self._seen += data
            if wanted.search(_SEQUENCES.sub(b"", bytes(self._seen))):
                return now
        return None

    def idle(self, seconds: float) -> None:
        """Read on for a while."""
        self.wait_for("\x00never\x00", seconds)

    def press(self, keys: str) -> float:
        """Type; returns the moment."""
        self._seen.clear()
        os.write(self._fd, keys.encode())
        return time.perf_counter()

    def memory(self) -> float:
        """Resident megabytes."""
        lines = Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("Rss")).split()[1]) / 1024

    def cpu(self) -> float:
        """Seconds of processor time so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.close(self._fd)
        os.waitpid(self.pid, 0)
