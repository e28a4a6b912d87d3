"""Runs a process to its end in one thread; another thread can stop it.

Not with asyncio: a loop that is closed while a process starts or stops leaves it running.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Mapping, Sequence

from wan_tui.processes.child import end_session, start


class Stopped(Exception):
    """Stopped before it started."""


class Errand:
    """Runs ``command`` once, detached, for at most ``seconds``.

    ``environ`` as for ``start``. ``heard=False`` discards the output: for a process that leaves others running, which
    would keep the pipe open.
    """

    def __init__(
        self,
        command: Sequence[str],
        seconds: float | None = None,
        environ: Mapping[str, str] | None = None,
        *,
        heard: bool = True,
    ) -> None:
        self._command = command
        self._seconds = seconds
        self._environ = environ
        self._heard = heard
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False
        self._starting = threading.Lock()

    def run(self, given: bytes = b"") -> tuple[int, bytes]:
        """Run with ``given`` on stdin; return exit code and stdout. Blocks.

        Raises OSError if it cannot be started, Stopped, and TimeoutError after killing it and its children.
        """
        with self._starting:
            if self._stopped:
                raise Stopped
            self._process = start(self._command, self._environ, given=True, heard=self._heard)
        with self._process as process:
            try:
                output, _ = process.communicate(given, timeout=self._seconds)
            except subprocess.TimeoutExpired:
                end_session(process)
                raise TimeoutError from None
            finally:
                process.kill()
        return process.returncode, output or b""

    def stop(self) -> None:
        """Kill it if it is running, or prevent it from starting."""
        with self._starting:
            self._stopped = True
            if self._process is not None:
                self._process.kill()
