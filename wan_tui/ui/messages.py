"""Messages between the parts of the screen. They go up; the studio screen or the app handles them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from textual.message import Message
from textual.signal import Signal

if TYPE_CHECKING:
    from pathlib import Path

    from wan_tui.domain.events import Event
    from wan_tui.domain.request import GenerationRequest


Severity = Literal["information", "success", "warning", "error"]


class Feedback(Message):
    """What became of a key, in plain text. The app shows it in one line, whichever screen is open."""

    def __init__(self, text: str, severity: Severity = "information") -> None:
        super().__init__()
        self.text = text
        self.severity: Severity = severity


class OrderPlaced(Message):
    """The user ordered ``request``; ``parent`` is the job whose parameters it began with, if any."""

    def __init__(self, request: GenerationRequest, parent: str | None = None) -> None:
        super().__init__()
        self.request = request
        self.parent = parent


class JobHighlighted(Message):
    """The cursor of the job list stands on another job, or on none."""

    def __init__(self, job_id: str | None) -> None:
        super().__init__()
        self.job_id = job_id


class JobOpened(Message):
    """The user opened the details of a job (enter)."""

    def __init__(self, job_id: str) -> None:
        super().__init__()
        self.job_id = job_id


class FilmChosen(Message):
    """The user clicked a film outside the list."""

    def __init__(self, job_id: str) -> None:
        super().__init__()
        self.job_id = job_id


class SpoiledFilmFound(Message):
    """A viewer found the file ``film`` to be damaged."""

    def __init__(self, film: Path) -> None:
        super().__init__()
        self.film = film


class FilterChanged(Message):
    """The job list shows only what matches ``query``; empty: everything."""

    def __init__(self, query: str) -> None:
        super().__init__()
        self.query = query


class KeyWanted(Message):
    """The user tried to order without an API key."""


EngineEvents = Signal[Sequence["Event"]]
"""The engine's events since the last batch, in order; at most four batches a second.

Widgets subscribe when mounted; events are not relayed. The order of subscribers means nothing.
"""
