"""Suspends the app while another program uses the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from textual.app import App

Result = TypeVar("Result")

LATE_SECONDS = 1.0


class SuspendingApp(App[Result]):
    """``lent``: whether another program has the terminal, so that ctrl+c is not meant for us."""

    _loans = 0

    @property
    def lent(self) -> bool:
        """Also true briefly afterwards: the signal may be handled only after that program has ended."""
        return self._loans > 0

    def _paid_back(self) -> None:
        self._loans -= 1

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """Restore the terminal as it was before the start; the event loop continues, nothing is painted.

        Raises SuspendNotSupported if there is no terminal.
        """
        with self.batch_update():
            suspended = self.suspend()
            suspended.__enter__()
            self._loans += 1
            try:
                yield
            finally:
                self.set_timer(LATE_SECONDS, self._paid_back)
                # Not with "with": Textual does not resume the app after an exception.
                suspended.__exit__(None, None, None)
