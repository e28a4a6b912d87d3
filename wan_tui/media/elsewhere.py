"""Reading films in a process of its own: its memory is bounded and goes with it, and no film can take us down."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable

from wan_tui.domain.text import clean_line
from wan_tui.media.cannot_play import CannotPlay, FilmSpoiled
from wan_tui.media.door import confine

_TIME_LIMIT = 30.0
_UNPLAYABLE, _SPOILED = 3, 4


class Elsewhere:
    """A process of one of our modules that is run in one thread and stopped from another.

    Not asyncio's: a loop that is closed while one of those is being started or stopped leaves it behind.
    """

    def __init__(self, module: str, *arguments: str) -> None:
        self._command = [sys.executable, "-m", module, *arguments]
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False
        self._starting = threading.Lock()

    def run(self) -> None:
        """Run it to its end. Raises CannotPlay, also what it told, OSError."""
        with self._starting:
            if self._stopped:
                raise CannotPlay("Reading this film was broken off.")
            self._process = subprocess.Popen(  # noqa: S603 - an argument list, never a shell
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment(),
                start_new_session=True,
            )
        with self._process as process:
            try:
                told, _ = process.communicate(timeout=_TIME_LIMIT)
            except subprocess.TimeoutExpired:
                raise CannotPlay("Reading this film takes too long.") from None
            finally:
                process.kill()
        _raise_told(process.returncode, told)

    def stop(self) -> None:
        """End it, if it is under way, or keep it from beginning."""
        with self._starting:
            self._stopped = True
            if self._process is not None:
                self._process.kill()


def run(module: str, *arguments: str) -> None:
    """Run a module to its end. Raises CannotPlay."""
    try:
        Elsewhere(module, *arguments).run()
    except OSError as error:
        raise CannotPlay(f"Reading this film failed: {clean_line(error.strerror or '', 100)}.") from None


def told_to_parent(work: Callable[[], None]) -> int:
    """In the process: bound its memory, do ``work``, tell why it cannot be done; returns the exit code."""
    confine()
    try:
        work()
    except CannotPlay as problem:
        told = f"{problem.message}\n{problem.next_step}"
        sys.stdout.buffer.write(told.encode("utf-8", "replace"))
        return _SPOILED if isinstance(problem, FilmSpoiled) else _UNPLAYABLE
    except MemoryError:
        sys.stdout.buffer.write(b"This film takes more memory than it may.\n")
        return _UNPLAYABLE
    return 0


def _raise_told(code: int, told: bytes) -> None:
    if code in (_UNPLAYABLE, _SPOILED):
        kind = FilmSpoiled if code == _SPOILED else CannotPlay
        message, _, step = told[:2000].decode("utf-8", "replace").partition("\n")
        raise kind(clean_line(message, 300), next_step=clean_line(step, 300))
    if code:
        raise CannotPlay("Reading this film failed.")


def _environment() -> dict[str, str]:
    names = ("PATH", "HOME", "LANG", "SYSTEMROOT", "LD_LIBRARY_PATH", "TMPDIR")
    kept = {name: os.environ[name] for name in names if name in os.environ}
    return {**kept, "PYTHONPATH": os.pathsep.join(sys.path)}
