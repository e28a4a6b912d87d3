"""Which events are announced to the user, and in which words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath

from wan_tui.domain.events import Event, JobChanged, LibraryLoaded, Trouble
from wan_tui.domain.job import Job, JobState
from wan_tui.domain.text import clean_line, clean_text
from wan_tui.ui.messages import Severity

ONE_BY_ONE = 3
"""More than this many in one batch are announced as a number."""


@dataclass(frozen=True, slots=True)
class Announcement:
    title: str
    message: str
    severity: Severity = "information"
    rings: bool = False
    """Worth a bell, where the user wants one."""

    @property
    def line(self) -> str:
        """All of it on one line."""
        return f"{self.title}: {self.message}" if self.title else self.message


def announcements(events: Iterable[Event]) -> list[Announcement]:
    """What to announce of one batch of events."""
    found: list[Announcement] = []
    done: list[Job] = []
    failed: list[Job] = []
    for event in events:
        if isinstance(event, JobChanged) and event.before and event.before.state is not event.job.state:
            if event.job.state is JobState.SAVED:
                done.append(event.job)
            elif event.job.state in (JobState.FAILED, JobState.EXPIRED):
                failed.append(event.job)
        elif isinstance(event, Trouble):
            found.append(Announcement("", clean_text(event.sentence, 400), "warning"))
        elif isinstance(event, LibraryLoaded):
            found += [Announcement("History", clean_text(w, 400), "warning") for w in event.warnings]
    return found + _done(done) + _failed(failed)


def _done(jobs: list[Job]) -> list[Announcement]:
    if len(jobs) > ONE_BY_ONE:
        return [Announcement("Saved", f"{len(jobs)} films", "success", rings=True)]
    return [
        Announcement(
            "Saved",
            f"{clean_line(job.prompt, 80)} ({PurePath(job.film_path or '').name})",
            "success",
            rings=True,
        )
        for job in jobs
    ]


def _failed(jobs: list[Job]) -> list[Announcement]:
    if len(jobs) > ONE_BY_ONE:
        return [Announcement("Failed", f"{len(jobs)} films. Their details say why.", "error", rings=True)]
    return [
        Announcement(
            job.state.value.capitalize(),
            # The reason first: it says what became of the money.
            f"{clean_text(job.error.sentence, 400) if job.error else ''} ({clean_line(job.prompt, 60)})".strip(),
            "error",
            rings=True,
        )
        for job in jobs
    ]
