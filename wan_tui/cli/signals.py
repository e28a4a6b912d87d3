"""Ending for sure: Ctrl-C, a hang-up and a request to end are acted on whatever a disk or the service does.

A call on a disk that does not answer holds its thread, and Python acts on signals in the main thread only. So a
command works in a thread of its own while the main thread waits for its end, or for a signal.
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

LAST_SECONDS = 13.5
"""After a signal the process is gone within this time, whatever hangs."""
_TOLD_AFTER = 3.0
"""Seconds after which whoever pressed Ctrl-C is told why the program is still there."""

ENDING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


def end_for_sure(code: int, seconds: float = LAST_SECONDS) -> threading.Timer:
    """Have the process end with ``code`` in so many seconds if it is still there then; the timer can be cancelled."""
    timer = threading.Timer(seconds, os._exit, (code,))
    timer.daemon = True
    timer.start()
    return timer


class _Command:
    """A command at work, and what a signal is to do to it."""

    def __init__(self) -> None:
        self.received = 0
        self.cancel: Callable[[], object] | None = None
        self._terminal = _line_settings()

    def interrupt(self, number: int, _: object) -> None:
        """End in order where that was prepared, with a limit; else at once: nothing is left to be put in order."""
        if self.received:
            return
        self.received = number
        if self.cancel is None:
            _restore(self._terminal)
            os._exit(128 + number)
        end_for_sure(128 + number, LAST_SECONDS)
        waiting = threading.Timer(
            _TOLD_AFTER, print_line, (f"Ending within {LAST_SECONDS:.0f} seconds…", "stderr")
        )
        waiting.daemon = True
        waiting.start()
        self.cancel()


_at_work: list[_Command] = []


def interruptible(work: Callable[[], T]) -> T:
    """Do ``work`` in a thread and return its result, or raise what it raised; signals to end are acted on meanwhile."""
    if threading.current_thread() is not threading.main_thread() or _at_work:
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

    _at_work.append(command)
    before = {number: signal.signal(number, command.interrupt) for number in ENDING}
    try:
        threading.Thread(target=do, name="command", daemon=True).start()
        done.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        _at_work.remove(command)
    return outcome[0]()


@contextlib.contextmanager
def cancelled_by(cancel: Callable[[], object]) -> Iterator[Callable[[], int]]:
    """Meanwhile a signal calls ``cancel``, in the main thread; what is yielded tells which signal came, or 0."""
    command = _at_work[-1] if _at_work else _Command()
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
    """Give the terminal back as it was: it may be in the middle of being asked what it can do."""
    if settings is None:
        return
    import termios

    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    with contextlib.suppress(OSError, termios.error):
        termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, settings)
