"""The real program in a pty, with a terminal emulator at the far end that answers what it is asked."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType

import pyte

from tests.patience import PATIENCE

_ANSWERS = {
    b"\x1b[6n": b"\x1b[1;1R",
    b"\x1b[?2004$p": b"\x1b[?2004;2$y",
    b"\x1b[c": b"\x1b[?62;22c",
}
"""Where the cursor is (for the test's purpose at the start), and what the terminal can do: nothing special but that it
marks pasted texts.
"""
_END_MARK = b"\x1b]2;the end\x1b\\"
PYTHON = sys.executable
_TAKE_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""What a session leader does before it becomes the program: forking in a process with threads is not safe."""


class PtyScreen:
    """Runs ``command`` in ``columns`` x ``rows``. ``answers`` false: a terminal that answers nothing.

    ``marks_pastes`` false: one that does not say so of pasted texts.
    """

    def __init__(
        self,
        command: Sequence[str],
        columns: int,
        rows: int,
        environ: Mapping[str, str],
        answers: bool = True,
        marks_pastes: bool = True,
    ) -> None:
        self.screen = pyte.Screen(columns, rows)
        self.received = 0
        self.raw = bytearray()
        self._stream = pyte.ByteStream(self.screen)
        self._answers = _ANSWERS if answers else {}
        if not marks_pastes:
            self._answers = {asked: said for asked, said in self._answers.items() if b"2004" not in asked}
        self._lock = threading.Lock()
        self._fd, self._near = pty.openpty()
        self._stalled, self._stalling = os.pipe()
        self._size(columns, rows)
        self.modes_before = self.modes()
        self.process = subprocess.Popen(
            [PYTHON, "-ISc", _TAKE_TERMINAL, *command],
            stdin=self._near,
            stdout=self._near,
            stderr=self._near,
            env=environ,
            start_new_session=True,
        )
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def __enter__(self) -> PtyScreen:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait()
        self.hang_up()
        for fd in (self._near, self._stalled, self._stalling):
            os.close(fd)

    def stall(self) -> None:
        """Take no more of what is written, as a line that is stuck does."""
        if self._thread.is_alive():
            os.write(self._stalling, b"!")
            self._thread.join()

    def hang_up(self) -> None:
        """Take the terminal away, as a closed window or a lost line does."""
        self.stall()
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def press(self, keys: str) -> None:
        self.press_bytes(keys.encode())

    def press_bytes(self, keys: bytes) -> None:
        os.write(self._fd, keys)

    def resize(self, columns: int, rows: int) -> None:
        with self._lock:
            self.screen.resize(rows, columns)
        self._size(columns, rows)

    def stop_and_go(self, seconds: float) -> None:
        """Halt the process for a while, as job control or a sleeping machine does."""
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.process.send_signal(signal.SIGCONT)

    def modes(self) -> list[object]:
        """The line's settings, such as echo."""
        return termios.tcgetattr(self._near)

    def text(self) -> str:
        with self._lock:
            return "\n".join(self.screen.display)

    def cells(self, left: int, top: int, columns: int, rows: int) -> list[list[tuple[str, str, str]]]:
        """Character, fore and back colour of each cell of a part of the screen."""
        with self._lock:
            buffer = self.screen.buffer
            return [
                [(buffer[y][x].data, buffer[y][x].fg, buffer[y][x].bg) for x in range(left, left + columns)]
                for y in range(top, top + rows)
            ]

    def until(self, holds: Callable[[], bool], seconds: float = PATIENCE) -> None:
        """Wait until ``holds`` is true of what has been received."""
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, f"not seen in time:\n{self.text()}"
            time.sleep(0.02)

    def exit_code(self, seconds: float = PATIENCE) -> int | None:
        """The program's exit code once it has ended and all it wrote is in ``raw``; None if it goes on."""
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        self._read_to_end()
        return code

    def _read_to_end(self) -> None:
        """Our own end of the terminal stays open, so that there is no end of file: a mark stands for it."""
        if not self._thread.is_alive():
            return
        os.write(self._near, _END_MARK)
        self.until(lambda: _END_MARK in self.raw)
        self.raw = self.raw.replace(_END_MARK, b"")

    def _size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _read(self) -> None:
        kept = b""
        while True:
            ready, _, _ = select.select([self._fd, self._stalled], [], [])
            if self._fd not in ready:
                return
            data = os.read(self._fd, 65536)
            self.received += len(data)
            self.raw += data
            with self._lock:
                self._stream.feed(data)
            for question, answer in self._answers.items():
                # A question may be cut in two.
                asked = (kept[1 - len(question) :] + data).count(question)
                os.write(self._fd, answer * asked)
            kept = (kept + data)[-8:]
