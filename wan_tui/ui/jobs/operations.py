"""The table of operations on jobs: key, words, when each is possible, and why not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from textual.binding import Binding, BindingType

from wan_tui.domain.film_state import LOST, FilmState
from wan_tui.domain.job import Job, JobState


@dataclass(frozen=True, slots=True)
class Selection:
    """The jobs that an operation would act on, and what must be known of them."""

    jobs: Sequence[Job]
    """All marked jobs, else the one under the cursor."""
    current: Job | None
    """The one under the cursor, for what is done with one alone."""
    film_state: Callable[[Job], FilmState | None]
    service_now: datetime
    can_undo: bool = False

    def has_film(self, job: Job) -> bool:
        """Whether there is a film to play, as far as is known."""
        return job.film_path is not None and self.film_state(job) is not FilmState.MISSING

    @property
    def films(self) -> list[Job]:
        """Those of several jobs that have a film."""
        return [job for job in self.jobs if self.has_film(job)] if len(self.jobs) > 1 else []

    @property
    def can_be_withdrawn(self) -> list[Job]:
        """Waiting orders are withdrawn; running ones are no longer followed, or followed again."""
        return [job for job in self.jobs if job.state is JobState.WAITING or job.state.running]

    @property
    def can_be_tried(self) -> list[Job]:
        return [job for job in self.jobs if self._can_be_tried(job)]

    def _can_be_tried(self, job: Job) -> bool:
        """A paid film that is not here whole can be fetched; what is held up or was given up can be tried again."""
        if job.state is JobState.SAVED:
            return self.film_state(job) in LOST
        if job.state in (JobState.COMPLETED, JobState.EXPIRED) or job.given_up:
            return True
        return job.problem is not None and not job.state.settled


def link_lives(job: Job, service_now: datetime) -> bool:
    """Whether the job's link may still lead to its film, by the service's clock, which dated it."""
    return job.video_url is not None and (job.url_expires_at is None or job.url_expires_at > service_now)


def refused_prompt(job: Job) -> bool:
    """The service's content check refused it: only another prompt helps."""
    return job.error is not None and job.error.code == "moderation"


# Why nothing can be done

_NO_JOB = "No job is selected."
_NOTHING_TO_UNDO = "Nothing to undo; the filter is:trashed shows the trash."

_NO_FILM = {
    JobState.WAITING: "No film yet: the order waits to be sent.",
    JobState.SUBMITTING: "No film yet: the order is being sent.",
    JobState.UNCONFIRMED: "No film yet: checking whether the order arrived.",
    JobState.QUEUED: "No film yet: it is queued at the service.",
    JobState.GENERATING: "No film yet: the service is making it.",
    JobState.COMPLETED: "The film is made but not here yet; f fetches it now.",
    JobState.SAVED: "The film is missing from where it was saved; f fetches it again.",
    JobState.FAILED: "This job failed and has no film. Its details (enter) say why; r orders it again.",
    JobState.EXPIRED: "The link expired before the film was fetched; f tries anyway.",
    JobState.CANCELLED: "This order was withdrawn and has no film; r orders it again.",
}
"""Why nothing can be watched or opened."""

_REFUSED = "The service refused the prompt, so there is no film. e lets you change it and order again."
"""Said of a moderated job, whatever was asked of it: the same prompt is refused again."""

_NOT_TRIED = {
    JobState.SAVED: "Nothing to fetch: the film is here.",
    JobState.FAILED: "A failed job is not retried: r orders it again, e lets you change it first.",
    JobState.CANCELLED: "This order was withdrawn; r orders it again.",
}
"""Why nothing is tried once more; other jobs go on by themselves."""

_KEPT = {
    JobState.SUBMITTING: "This order is being sent and cannot be withdrawn.",
    JobState.UNCONFIRMED: "This order may have arrived and cannot be withdrawn.",
    JobState.COMPLETED: "Nothing to withdraw: the film is made.",
    JobState.SAVED: "Nothing to withdraw: the film is made. d moves the job to the trash.",
    JobState.FAILED: "Nothing to withdraw: this job failed. d moves it to the trash.",
    JobState.EXPIRED: "Nothing to withdraw: the link has expired. d moves the job to the trash.",
    JobState.CANCELLED: "This order is already withdrawn. d moves it to the trash.",
}
"""Why nothing is withdrawn."""


def _no_film(job: Job) -> str:
    if general := _hopeless(job):
        return general
    return "The film was not found; f looks again." if job.given_up else _NO_FILM[job.state]


def _not_tried(job: Job) -> str:
    return _hopeless(job) or _NOT_TRIED.get(job.state, "Nothing to do: this job goes on by itself.")


def _hopeless(job: Job) -> str | None:
    """Why its film neither comes by itself nor can be fetched."""
    if refused_prompt(job):
        return _REFUSED
    if job.state.running and not job.followed:
        return "This job is no longer followed; x follows it again."
    return None


def _kept(job: Job) -> str:
    return _KEPT[job.state]


# Whether it can be done


def _any_job(selection: Selection) -> bool:
    return bool(selection.jobs)


def _one_job(selection: Selection) -> bool:
    return selection.current is not None


def _film_to_play(selection: Selection) -> bool:
    job = selection.current
    return bool(selection.films) or (job is not None and selection.has_film(job))


def _film_or_link(selection: Selection) -> bool:
    job = selection.current
    return job is not None and (selection.has_film(job) or link_lives(job, selection.service_now))


def _unfollow_or_follow(selection: Selection) -> str | None:
    """What withdrawing is where nothing waits to be sent."""
    jobs = selection.can_be_withdrawn
    if not jobs or any(job.state is JobState.WAITING for job in jobs):
        return None
    return "Unfollow" if any(job.followed for job in jobs) else "Follow"


@dataclass(frozen=True, slots=True)
class Operation:
    """``id`` is that of its binding; ``action_…`` of the job pane does it."""

    id: str
    action: str
    key: str
    label: str
    tooltip: str
    possible: Callable[[Selection], bool] = _any_job
    reason: Callable[[Job], str] = lambda _: _NO_JOB
    """Why it cannot be done with a job, and what to do instead."""
    without_job: str = _NO_JOB
    """The reason where there is no job."""
    takes_marked: bool = False
    """It acts on all marked jobs if there are any, else on the one under the cursor."""
    other_label: Callable[[Selection], str | None] | None = None
    """What it is called where it does the opposite of what its label says; None: it never does."""
    shown: bool = True
    """Its key is in the footer."""
    key_display: str | None = None

    def why_not(self, selection: Selection) -> str:
        """What to say where it is not ``possible``."""
        job = self.subject(selection)
        return self.without_job if job is None else self.reason(job)

    def subject(self, selection: Selection) -> Job | None:
        """The job that is spoken of: the one under the cursor, if it is done with that one."""
        elsewhere = self.takes_marked and selection.current not in selection.jobs
        return next(iter(selection.jobs), None) if elsewhere else selection.current

    @property
    def binding(self) -> Binding:
        return Binding(
            self.key,
            self.action,
            self.label,
            show=self.shown,
            key_display=self.key_display,
            tooltip=self.tooltip,
            id=self.id,
        )


_TABLE = (
    Operation(
        "job.play",
        "play",
        "p",
        "Play",
        "Play here; two marked: side by side; more: n for the next",
        possible=_film_to_play,
        reason=_no_film,
    ),
    Operation(
        "job.fetch",
        "try_now",
        "f",
        "Try now",
        "Fetch the film, or retry now",
        possible=lambda selection: bool(selection.can_be_tried),
        reason=_not_tried,
        takes_marked=True,
    ),
    Operation(
        "job.stills",
        "stills",
        "t",
        "Stills",
        "The film in six stills",
        possible=_film_to_play,
        reason=_no_film,
        shown=False,
    ),
    Operation(
        "job.open",
        "open",
        "o",
        "Open",
        "Open the film or its link in another program",
        possible=_film_or_link,
        reason=_no_film,
    ),
    Operation("job.copy", "copy", "y", "Copy", "Copy link, prompt, file path, id or curl", possible=_one_job),
    Operation("job.edit", "edit", "e", "Edit", "Load the parameters into the form", possible=_one_job),
    Operation(
        "job.again",
        "again",
        "r",
        "Again",
        "Order again with the same parameters; asks first",
        takes_marked=True,
    ),
    Operation(
        "job.withdraw",
        "withdraw",
        "x",
        "Withdraw",
        "Withdraw (waiting), unfollow or follow",
        possible=lambda selection: bool(selection.can_be_withdrawn),
        reason=_kept,
        takes_marked=True,
        other_label=_unfollow_or_follow,
    ),
    Operation("job.trash", "trash", "d", "Trash", "Move to the trash, or restore", takes_marked=True),
    Operation(
        "job.undo",
        "undo",
        "u",
        "Undo",
        "Undo the last move to the trash",
        possible=lambda selection: selection.can_undo,
        reason=lambda _: _NOTHING_TO_UNDO,
        without_job=_NOTHING_TO_UNDO,
    ),
    Operation(
        "job.star",
        "star",
        "asterisk",
        "Star",
        "Toggle star",
        takes_marked=True,
        shown=False,
        key_display="*",
    ),
    Operation(
        "job.refresh",
        "refresh",
        "R",
        "Refresh",
        "Ask the service about every job now",
        possible=lambda _: True,
        shown=False,
    ),
)
OPERATIONS = {operation.action: operation for operation in _TABLE}
"""By the actions that do them, the most wanted first: a narrow window shows no more keys than those."""

BINDINGS: list[BindingType] = [operation.binding for operation in _TABLE]
