"""All about one job."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.scroll_view import ScrollView

from wan_tui.domain.events import Event

if TYPE_CHECKING:
    from wan_tui.engine import Engine


class JobDetails(ScrollView, can_focus=True):
    """Everything known of one job, as plain text that scrolls."""

    def __init__(self, engine: Engine, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._engine = engine

    def show(self, job_id: str | None) -> None:
        """Show this job from its first line; None: none is chosen."""

    def news(self, events: Sequence[Event]) -> None:
        """Take a batch of the engine's news in."""
