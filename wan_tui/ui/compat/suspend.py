"""Suspends the app while another program uses the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from textual.app import App

Result = TypeVar("Result")

LATE_SECONDS = 1.0


class SuspendingApp(App[Result]):
    """``lent`` is true while another program has the terminal: a ctrl+c typed there is not meant for us."""

    _loans = 0

    @property
    def lent(self) -> bool:
        """Also for a moment afterwards: the signal may be handled only after the program that it ended."""
        return self._loans > 0

    def _paid_back(self) -> None:
        self._loans -= 1

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """Leave the terminal as it was before the start; the event loop goes on, nothing is painted.

        Raises SuspendNotSupported where there is no terminal to lend.
        """
        with self.batch_update():
            suspended = self.suspend()
            suspended.__enter__()
            self._loans += 1
            try:
                yield
            finally:
                self.set_timer(LATE_SECONDS, self._paid_back)
                # Not by "with": an error on the way out would leave the terminal to the other program.
                suspended.__exit__(None, None, None)
