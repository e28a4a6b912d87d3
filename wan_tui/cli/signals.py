"""Signal handling for commands: SIGINT, SIGTERM and SIGHUP end the process even if a disk or the service hangs.

A call on a hung disk blocks its thread, and Python handles signals in the main thread only. So a command runs in a
worker thread while the main thread waits for its end or a signal.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from wan_tui.cli.printer import print_line

T = TypeVar("T")

SHUTDOWN_SECONDS = 13.5
"""Maximum seconds from a signal to the exit of the process."""
_NOTICE_AFTER = 3.0
"""Seconds after a signal until a message says that the program is shutting down."""

ENDING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


def force_exit_after(code: int, seconds: float = SHUTDOWN_SECONDS) -> threading.Timer:
    """Start a timer that exits the process with ``code`` after ``seconds``; return it for cancelling."""
    timer = threading.Timer(seconds, os._exit, (code,))
    timer.daemon = True
    timer.start()
    return timer


class _Command:
    """A running command and how a signal ends it."""

    def __init__(self) -> None:
        self.received = 0
        self.cancel: Callable[[], object] | None = None
        self._terminal = _line_settings()

    def interrupt(self, number: int, _: object) -> None:
        """Cancel the command with a time limit; exit at once if it has nothing to clean up."""
        if self.received:
            return
        self.received = number
        if self.cancel is None:
            _restore(self._terminal)
            os._exit(128 + number)
        force_exit_after(128 + number, SHUTDOWN_SECONDS)
        waiting = threading.Timer(
            _NOTICE_AFTER, print_line, (f"Shutting down within {SHUTDOWN_SECONDS:.0f} seconds…", "stderr")
        )
        waiting.daemon = True
        waiting.start()
        self.cancel()


_running: list[_Command] = []


def interruptible(work: Callable[[], T]) -> T:
    """Run ``work`` in a thread with signal handling; return its result or raise its error."""
    if threading.current_thread() is not threading.main_thread() or _running:
        return work()
    command = _Command()
    outcome: list[Callable[[], T]] = []
    done = threading.Event()

    def do() -> None:
        try:
            result = work()
            outcome.append(lambda: result)
        except BaseException as error:
            outcome.append(_raiser(error))
        finally:
            done.set()

    _running.append(command)
    before = {number: signal.signal(number, command.interrupt) for number in ENDING}
    try:
        threading.Thread(target=do, name="command", daemon=True).start()
        done.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        _running.remove(command)
    return outcome[0]()


@contextlib.contextmanager
def cancelled_by(cancel: Callable[[], object]) -> Iterator[Callable[[], int]]:
    """Within the context a signal calls ``cancel`` in the main thread. Yields a getter of the signal, 0 for none."""
    command = _running[-1] if _running else _Command()
    command.cancel = cancel
    yield lambda: command.received


def _raiser(error: BaseException) -> Callable[[], Any]:
    def fail() -> Any:
        raise error

    return fail


def _line_settings() -> list[Any] | None:
    with contextlib.suppress(ImportError, OSError, ValueError, AttributeError):
        import termios

        return termios.tcgetattr(sys.stdin.fileno()) if sys.stdin.isatty() else None
    return None


def _restore(settings: list[Any] | None) -> None:
    """Restore the terminal's line settings, which a probe may have changed."""
    if settings is None:
        return
    import termios

    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    with contextlib.suppress(OSError, termios.error):
        termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, settings)
