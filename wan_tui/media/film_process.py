"""Reads films in a child process: its memory is bounded and freed when it ends, and no film can crash the program."""

from __future__ import annotations

import sys
from collections.abc import Callable

from wan_tui.domain.text import clean_line
from wan_tui.media.cannot_play import CannotPlay, FilmSpoiled
from wan_tui.media.confinement import confine
from wan_tui.processes.errand import Errand, Stopped
from wan_tui.processes.python import module_command

_TIME_LIMIT = 30.0
_UNPLAYABLE, _SPOILED = 3, 4


class FilmProcess:
    """A child process that runs one of our modules in one thread and can be stopped from another."""

    def __init__(self, module: str, *arguments: str) -> None:
        self._errand = Errand(module_command(module, *arguments), _TIME_LIMIT)

    def run(self) -> None:
        """Run it to completion. Raises CannotPlay, also for errors that it reports, and OSError."""
        try:
            code, output = self._errand.run()
        except Stopped:
            raise CannotPlay("Reading this film was stopped.") from None
        except TimeoutError:
            raise CannotPlay("Reading this film takes too long.") from None
        finally:
            self.stop()
        _raise_reported(code, output)

    def stop(self) -> None:
        """Kill it if it is running, or prevent it from starting."""
        self._errand.stop()


def run(module: str, *arguments: str) -> None:
    """Run a module to completion. Raises CannotPlay."""
    try:
        FilmProcess(module, *arguments).run()
    except OSError as error:
        raise CannotPlay(f"Reading this film failed: {clean_line(error.strerror or '', 100)}.") from None


def report_to_parent(work: Callable[[], None]) -> int:
    """In the child process: limit the memory, run ``work``, print an error; returns the exit code."""
    confine()
    try:
        work()
    except CannotPlay as problem:
        report = f"{problem.message}\n{problem.next_step}"
        sys.stdout.buffer.write(report.encode("utf-8", "replace"))
        return _SPOILED if isinstance(problem, FilmSpoiled) else _UNPLAYABLE
    except MemoryError:
        sys.stdout.buffer.write(b"This film needs more memory than allowed.\n")
        return _UNPLAYABLE
    return 0


def _raise_reported(code: int, output: bytes) -> None:
    if code in (_UNPLAYABLE, _SPOILED):
        kind = FilmSpoiled if code == _SPOILED else CannotPlay
        message, _, step = output[:2000].decode("utf-8", "replace").partition("\n")
        raise kind(clean_line(message, 300), next_step=clean_line(step, 300))
    if code:
        raise CannotPlay("Reading this film failed.")
