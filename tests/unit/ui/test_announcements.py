"""What is announced."""

from __future__ import annotations

from dataclasses import replace

from tests.ui.conftest import make_job
from wan_tui.domain.events import Event, JobChanged, LibraryLoaded, Trouble
from wan_tui.domain.job import JobState
from wan_tui.ui.shell.announcements import announcements


def change(number: int, before: JobState, after: JobState, prompt: str = "") -> JobChanged:
    job = make_job(number, after, prompt)
    return JobChanged(job, replace(job, state=before))


def test_a_saved_film_is_told_with_its_file() -> None:
    """One line a film, and worth a bell."""
    (one,) = announcements([change(1, JobState.COMPLETED, JobState.SAVED, "a fox")])
    assert one.title == "Saved"
    assert one.message == "a fox (2026-11-24_paper-boat_0001.mp4)"
    assert one.rings


def test_a_failure_is_told_with_cause_money_and_next_step() -> None:
    """The sentence of the failure is all there."""
    (one,) = announcements([change(1, JobState.GENERATING, JobState.FAILED, "a fox")])
    assert one.severity == "error"
    assert one.message == ("The service's filter refused the prompt. Not charged. Word it otherwise. (a fox)")


def test_many_at_once_become_one() -> None:
    """Coming back to fifty finished films is one one."""
    (one,) = announcements([change(n, JobState.COMPLETED, JobState.SAVED) for n in range(50)])
    assert one.message == "50 films"
    (one,) = announcements([change(n, JobState.QUEUED, JobState.FAILED) for n in range(4)])
    assert one.message == "4 films. Their details say why."


def test_what_is_no_news_is_not_told() -> None:
    """Steps on the way, marks on old films, and jobs that came from another process stay quiet."""
    job = make_job(1, JobState.SAVED)
    events: list[Event] = [
        change(2, JobState.QUEUED, JobState.GENERATING),
        JobChanged(replace(job, starred=True), job),
        JobChanged(job, None),
        LibraryLoaded(3),
    ]
    assert announcements(events) == []


def test_trouble_and_damage_are_told() -> None:
    """With the next step, and cleaned."""
    trouble, damage = announcements(
        [Trouble("The disk is full", "Make room.\x1b[2J."), LibraryLoaded(3, ("2 records set aside",))]
    )
    assert trouble.message == "The disk is full. Make room.[2J."
    assert damage.message == "2 records set aside"
