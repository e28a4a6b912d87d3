"""An app that lends its terminal to another program for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from textual.app import App

Result = TypeVar("Result")


class LendingApp(App[Result]):
    """``lent`` is true while the terminal is another program's: a ctrl+c typed there is not meant for us."""

    lent = False

    @contextmanager
    def lending(self) -> Iterator[None]:
        """Leave the terminal as it was before the start; the event loop goes on, nothing is painted.

        Raises SuspendNotSupported where there is no terminal to lend.
        """
        with self.batch_update():
            suspended = self.suspend()
            suspended.__enter__()
            self.lent = True
            try:
                yield
            finally:
                self.lent = False
                # Not by "with": an error on the way out would leave the terminal to the other program.
                suspended.__exit__(None, None, None)
