"""Which events are worth a word on top of everything, and in which words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

from wan_tui.domain.events import Event, JobChanged, LibraryLoaded, Trouble
from wan_tui.domain.job import Job, JobState
from wan_tui.domain.text import clean_line, clean_text

Severity = Literal["information", "warning", "error"]

ONE_BY_ONE = 3
"""More than this many in one batch are told as a number."""


@dataclass(frozen=True, slots=True)
class Toast:
    title: str
    message: str
    severity: Severity = "information"
    rings: bool = False
    """Worth a bell, where the user wants one."""


def toasts(events: Iterable[Event]) -> list[Toast]:
    """The toasts for one batch of events."""
    shown: list[Toast] = []
    done: list[Job] = []
    failed: list[Job] = []
    for event in events:
        if isinstance(event, JobChanged) and event.before and event.before.state is not event.job.state:
            if event.job.state is JobState.SAVED:
                done.append(event.job)
            elif event.job.state in (JobState.FAILED, JobState.EXPIRED):
                failed.append(event.job)
        elif isinstance(event, Trouble):
            shown.append(Toast("", clean_text(event.sentence, 400), "warning"))
        elif isinstance(event, LibraryLoaded):
            shown += [Toast("History", clean_text(w, 400), "warning") for w in event.warnings]
    return shown + _done(done) + _failed(failed)


def _done(jobs: list[Job]) -> list[Toast]:
    if len(jobs) > ONE_BY_ONE:
        return [Toast("✓ Saved", f"{len(jobs)} films are here.", rings=True)]
    return [
        Toast("✓ Saved", f"{clean_line(job.prompt, 80)}\n{PurePath(job.film_path or '').name}", rings=True)
        for job in jobs
    ]


def _failed(jobs: list[Job]) -> list[Toast]:
    if len(jobs) > ONE_BY_ONE:
        return [Toast("✗ Failed", f"{len(jobs)} films failed. The list tells why.", "error", rings=True)]
    return [
        Toast(
            f"✗ {job.state.value.capitalize()}",
            f"{clean_line(job.prompt, 60)}\n{clean_text(job.error.sentence, 400) if job.error else ''}".strip(),
            "error",
            rings=True,
        )
        for job in jobs
    ]
