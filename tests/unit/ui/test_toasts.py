"""What is told on top of everything."""

from __future__ import annotations

from dataclasses import replace

from tests.ui.conftest import make_job
from wan_tui.domain.events import Event, JobChanged, LibraryLoaded, Trouble
from wan_tui.domain.job import JobState
from wan_tui.ui.shell.toasts import toasts


def change(number: int, before: JobState, after: JobState, prompt: str = "") -> JobChanged:
    job = make_job(number, after, prompt)
    return JobChanged(job, replace(job, state=before))


def test_a_saved_film_is_told_with_its_file() -> None:
    """One toast a film, and worth a bell."""
    (toast,) = toasts([change(1, JobState.COMPLETED, JobState.SAVED, "a fox")])
    assert toast.title == "✓ Saved"
    assert toast.message == "a fox\n2026-11-24_paper-boat_0001.mp4"
    assert toast.rings


def test_a_failure_is_told_with_cause_money_and_next_step() -> None:
    """The sentence of the failure is all there."""
    (toast,) = toasts([change(1, JobState.GENERATING, JobState.FAILED, "a fox")])
    assert toast.severity == "error"
    assert toast.message == (
        "a fox\nThe service's filter refused the prompt. Not charged. Word it otherwise."
    )


def test_many_at_once_become_one() -> None:
    """Coming back to fifty finished films is one toast."""
    (toast,) = toasts([change(n, JobState.COMPLETED, JobState.SAVED) for n in range(50)])
    assert toast.message == "50 films are here."
    (toast,) = toasts([change(n, JobState.QUEUED, JobState.FAILED) for n in range(4)])
    assert toast.message == "4 films failed. The list tells why."


def test_what_is_no_news_is_not_told() -> None:
    """Steps on the way, marks on old films, and jobs that came from another process stay quiet."""
    job = make_job(1, JobState.SAVED)
    events: list[Event] = [
        change(2, JobState.QUEUED, JobState.GENERATING),
        JobChanged(replace(job, starred=True), job),
        JobChanged(job, None),
        LibraryLoaded(3),
    ]
    assert toasts(events) == []


def test_trouble_and_damage_are_told() -> None:
    """With the next step, and cleaned."""
    trouble, damage = toasts(
        [Trouble("The disk is full", "Make room.\x1b[2J."), LibraryLoaded(3, ("2 records set aside",))]
    )
    assert trouble.message == "The disk is full. Make room.[2J."
    assert damage.message == "2 records set aside"
