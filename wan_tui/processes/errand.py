"""A process that is run to its end in one thread and may be stopped from another.

Not asyncio's: a loop that is closed while one of those is being started or stopped leaves it behind.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Mapping, Sequence

from wan_tui.processes.child import end_session, start


class Stopped(Exception):
    """It was stopped before it began."""


class Errand:
    """Runs ``command`` once, detached, for at most ``seconds``.

    ``environ`` as for ``start``. Not ``heard``, its output goes nowhere: for a process that leaves others behind, which
    would hold the pipe open.
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
        """Run it to its end with ``given`` on its standard input; return its exit code and what it printed. Blocks.

        Raises OSError where it cannot be started, Stopped, and TimeoutError when its time is over: then it is killed
        with all that it has started.
        """
        with self._starting:
            if self._stopped:
                raise Stopped
            self._process = start(self._command, self._environ, given=True, heard=self._heard)
        with self._process as process:
            try:
                told, _ = process.communicate(given, timeout=self._seconds)
            except subprocess.TimeoutExpired:
                end_session(process)
                raise TimeoutError from None
            finally:
                process.kill()
        return process.returncode, told or b""

    def stop(self) -> None:
        """End it, if it is under way, or keep it from beginning."""
        with self._starting:
            self._stopped = True
            if self._process is not None:
                self._process.kill()
