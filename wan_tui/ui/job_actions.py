"""The pane with list and details, and the keys that act on jobs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Container

from wan_tui.domain.events import Event
from wan_tui.terminal.environment import Surroundings
from wan_tui.ui.widgets.job_details import JobDetails
from wan_tui.ui.widgets.job_list import JobList

if TYPE_CHECKING:
    from wan_tui.engine import Engine
    from wan_tui.settings import Settings


class JobPane(Container):
    """Holds JobList (``#jobs``) and JobDetails (``#details``), and the bindings that act on jobs.

    The studio mounts this one and styles it: with the focus anywhere in it, the job keys hold. It shows the
    highlighted job in the details by itself; JobOpened, EditRequested, OrderPlaced and FilterChanged go up.
    """

    def __init__(
        self, engine: Engine, settings: Settings, surroundings: Surroundings, *, id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self._engine = engine
        self._settings = settings
        self._surroundings = surroundings

    def compose(self) -> ComposeResult:
        yield JobList(self._engine, id="jobs")
        yield JobDetails(self._engine, id="details")

    def news(self, events: Sequence[Event]) -> None:
        """Hand a batch of the engine's news to list and details."""
        self.query_one(JobList).news(events)
        self.query_one(JobDetails).news(events)
