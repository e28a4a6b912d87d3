"""A pty with a terminal at its far end that answers questions as a chosen kind of terminal does."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import termios
import threading
import time
import tty
from dataclasses import dataclass, field

from tests.patience import PATIENCE

_QUESTION = re.compile(
    rb"\x1b\[c|\x1b\[>0?q|\x1b\[16t|\x1b\[\?20(?:26|04)\$p|\x1b_G[^\x1b]*\x1b\\|\x1b\]11;\?(?=\x1b)"
)


@dataclass
class FakeTerminal:
    """Answers each known question after ``delay`` seconds; ``typed`` comes in just before the first answer.

    ``trickle`` sends each byte on its own.
    """

    answers: dict[bytes, bytes]
    delay: float = 0.0
    typed: bytes = b""
    pixels: tuple[int, int] = (0, 0)
    trickle: bool = False
    seen: bytes = b""
    done: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> FakeTerminal:
        self._far, self.fd = pty.openpty()
        window = struct.pack("HHHH", 40, 120, *self.pixels)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, window)
        # What is left over can be read at once; the echo tells these modes from those of the probe.
        tty.setcbreak(self.fd)
        modes = termios.tcgetattr(self.fd)
        modes[3] |= termios.ECHO
        termios.tcsetattr(self.fd, termios.TCSANOW, modes)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.fd)
        self._thread.join(PATIENCE)
        os.close(self._far)

    def _serve(self) -> None:
        while True:
            try:
                some = os.read(self._far, 65536)
            except OSError:
                return
            if not some:
                return
            self.seen += some
            reply = b"".join(self._answer(match[0]) for match in _QUESTION.finditer(some))
            if self.delay:
                time.sleep(self.delay)
            self._send(self.typed + reply)
            self.typed = b""
            self.done.set()

    def _send(self, data: bytes) -> None:
        size = 1 if self.trickle else max(len(data), 1)
        for start in range(0, len(data), size):
            os.write(self._far, data[start : start + size])

    def _answer(self, question: bytes) -> bytes:
        return self.answers.get(b"kitty" if question.startswith(b"\x1b_G") else question, b"")


_CELL = {b"\x1b[16t": b"\x1b[6;20;10t"}
_SYNC = {b"\x1b[?2026$p": b"\x1b[?2026;2$y"}
KITTY = {
    b"kitty": b"\x1b_Gi=31;OK\x1b\\",
    b"\x1b[>0q": b"\x1bP>|kitty(0.40.0)\x1b\\",
    b"\x1b[c": b"\x1b[?62;52;c",
    **_CELL,
    **_SYNC,
}
ITERM2 = {b"\x1b[>0q": b"\x1bP>|iTerm2 3.5.0\x1b\\", b"\x1b[c": b"\x1b[?64;1;2;4;6;22c", **_CELL, **_SYNC}
SIXEL = {
    b"\x1b[>0q": b"\x1bP>|foot(1.16.2)\x1b\\",
    b"\x1b[c": b"\x1b[?62;4;22c",
    b"\x1b[?2026$p": b"\x1b[?2026;4$y",
    **_CELL,
}
PLAIN = {b"\x1b[c": b"\x1b[?62;22c"}
SILENT: dict[bytes, bytes] = {}
