"""The list of jobs: a filter, a header and the table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual.containers import Vertical

from wan_tui.domain.events import Event

if TYPE_CHECKING:
    from wan_tui.engine import Engine


class JobList(Vertical):
    """All jobs of the library, newest first. Posts JobHighlighted, JobOpened and FilterChanged."""

    def __init__(self, engine: Engine, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._engine = engine

    @property
    def current(self) -> str | None:
        """The id of the job under the cursor."""
        return None

    @property
    def marked(self) -> frozenset[str]:
        """The ids of the marked jobs."""
        return frozenset()

    def news(self, events: Sequence[Event]) -> None:
        """Take a batch of the engine's news in, with one repaint."""

    def reload(self) -> None:
        """Read the rows again; the cursor stays on its job."""

    def jobs_changed(self, job_ids: Iterable[str]) -> None:
        """Repaint those of ``job_ids`` that can be seen, in one go."""
