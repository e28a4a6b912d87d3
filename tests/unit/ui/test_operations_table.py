"""The table of what can be done with jobs."""

from __future__ import annotations

import pytest

from tests.ui.conftest import NOW, make_job
from wan_tui.domain.film_state import FilmState
from wan_tui.domain.job import JobState
from wan_tui.ui.jobs.job_pane import JobPane
from wan_tui.ui.jobs.operations import OPERATIONS, Operation, Selection


def of(*states: JobState) -> Selection:
    """The first job is under the cursor; all are marked where there are several."""
    jobs = [make_job(number, state) for number, state in enumerate(states, 1)]
    return Selection(jobs, jobs[0] if jobs else None, lambda _: FilmState.HERE, NOW)


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda operation: operation.id)
def test_each_is_done_by_the_pane(operation: Operation) -> None:
    """There is a method for it, it has its words, and where it cannot be done there is a sentence that says so."""
    assert callable(getattr(JobPane, f"action_{operation.action}"))
    assert operation.id.startswith("job.")
    assert operation.label
    assert operation.tooltip
    assert operation.why_not(of()).endswith(".")


def test_no_id_and_no_key_twice() -> None:
    """Else one of two would be out of reach."""
    assert len({operation.id for operation in OPERATIONS.values()}) == len(OPERATIONS)
    assert len({operation.key for operation in OPERATIONS.values()}) == len(OPERATIONS)


@pytest.mark.parametrize(
    ("states", "actions"),
    [
        ((), {"refresh"}),
        ((JobState.SAVED,), {"play", "stills", "open"}),
        ((JobState.COMPLETED,), {"try_now", "open"}),
        ((JobState.WAITING,), {"withdraw"}),
        ((JobState.FAILED,), set()),
        ((JobState.FAILED, JobState.SAVED, JobState.WAITING), {"play", "stills", "withdraw"}),
    ],
)
def test_what_is_possible(states: tuple[JobState, ...], actions: set[str]) -> None:
    """What needs nothing but a job is so with any; the rest depends on its state, of several on any of them."""
    always = {"copy", "edit", "again", "trash", "star", "refresh"} if states else {"refresh"}
    selection = of(*states)
    assert {name for name, one in OPERATIONS.items() if one.possible(selection)} == actions | always


def test_withdrawing_is_named_by_what_it_does() -> None:
    """The key says what it does: withdraw what waits, unfollow what runs, and follow it again."""
    waiting = make_job(3, JobState.WAITING)
    followed, not_followed = make_job(1, JobState.QUEUED), make_job(2, JobState.QUEUED, followed=False)
    label = OPERATIONS["withdraw"].other_label
    assert label is not None
    assert label(Selection([not_followed], not_followed, lambda _: None, NOW)) == "Follow"
    assert label(Selection([followed, not_followed], followed, lambda _: None, NOW)) == "Unfollow"
    assert label(Selection([followed, waiting], followed, lambda _: None, NOW)) is None
