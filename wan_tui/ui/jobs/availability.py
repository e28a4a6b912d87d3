"""What can be done with jobs, and what has to be asked before it is done. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from wan_tui.domain.errors import Money
from wan_tui.domain.film_state import LOST, FilmState
from wan_tui.domain.job import Job, JobState
from wan_tui.ui.dialogs.question import Question
from wan_tui.ui.formatting import count, money


def link_lives(job: Job, now: datetime) -> bool:
    """Whether the job's link may still lead to its film."""
    return job.video_url is not None and (job.url_expires_at is None or job.url_expires_at > now)


def can_withdraw(job: Job) -> bool:
    """Waiting orders are taken back; running ones are let go, or followed again."""
    return job.state is JobState.WAITING or job.state.running


def can_try_now(job: Job, film: FilmState | None) -> bool:
    """A paid film that is not here whole can be fetched; what is held up or was given up can be tried once more."""
    if job.state is JobState.SAVED:
        return film in LOST
    if job.state in (JobState.COMPLETED, JobState.EXPIRED) or job.given_up:
        return True
    return job.problem is not None and not job.state.settled


_NO_FILM = {
    JobState.WAITING: "There is no film yet: the order waits to be sent.",
    JobState.SUBMITTING: "There is no film yet: the order is being sent.",
    JobState.UNCONFIRMED: "There is no film yet: it is being looked up whether the order arrived.",
    JobState.QUEUED: "There is no film yet: it is queued at the service.",
    JobState.GENERATING: "There is no film yet: the service is making it.",
    JobState.COMPLETED: "The film is made but not here yet; f fetches it now.",
    JobState.SAVED: "The film is no longer where it was saved; f fetches it again.",
    JobState.FAILED: "This job failed and has no film. The details (enter) say why; r orders it again.",
    JobState.EXPIRED: "The link died before the film was fetched; f tries all the same.",
    JobState.CANCELLED: "This order was withdrawn and has no film; r orders it again.",
}
"""Why nothing can be watched or opened."""

_REFUSED = "The service refused the prompt, so there is no film; e lets you change it and order anew."
"""Said of a moderated job, whatever was asked of it: the same prompt is refused again."""

_NOT_TRIED = {
    JobState.SAVED: "There is nothing to fetch: the film is here.",
    JobState.FAILED: "A failed job is not tried again: r orders it anew, e lets you change it first.",
    JobState.CANCELLED: "This order was withdrawn; r orders it again.",
}
"""Why nothing is tried once more; other jobs go on by themselves."""

_KEPT = {
    JobState.SUBMITTING: "This order is on its way and cannot be taken back.",
    JobState.UNCONFIRMED: "This order may have arrived and cannot be taken back.",
    JobState.COMPLETED: "There is nothing to let go: the film is made.",
    JobState.SAVED: "There is nothing to let go: the film is made. d puts the job into the trash.",
    JobState.FAILED: "There is nothing to let go: this job failed. d puts it into the trash.",
    JobState.EXPIRED: "There is nothing to let go: the link has died. d puts the job into the trash.",
    JobState.CANCELLED: "This order is withdrawn already. d puts it into the trash.",
}
"""Why nothing is withdrawn."""


def why_not(action: str, job: Job | None) -> str:
    """Why ``action`` does nothing with ``job``, the one under the cursor, and what to do instead."""
    if action == "undo":
        return "There is nothing left to take back; the filter is:trashed shows what is in the trash."
    if job is None:
        return "The list holds no job to do that with."
    if action == "withdraw":
        return _KEPT[job.state]
    if refused_prompt(job):
        return _REFUSED
    if job.state.running and not job.followed:
        return "This job is no longer followed; x follows it again."
    if action == "try_now":
        return _NOT_TRIED.get(job.state, "Nothing stands in this job's way: it goes on by itself.")
    if job.given_up:
        return "The film was looked for in vain; f looks once more."
    return _NO_FILM[job.state]


def films_of_marked(films: int, marked: int) -> str:
    """Said when not all of the ``marked`` jobs can be played."""
    return f"Of the {marked} marked jobs only {films} {'has' if films == 1 else 'have'} a film here."


def with_hidden(question: Question | None, number: int, hidden: int) -> Question | None:
    """What to ask before something is done to ``number`` marked jobs, ``hidden`` of which the filter hides."""
    if not hidden:
        return question
    text = f"The list does not show {hidden:,} of the {count(number, 'marked job')} as it is filtered now."
    if question is None:
        return Question("With all marked jobs?", text, "go on")
    return Question(question.title, f"{question.text} {text}", question.yes)


def before_ordering(jobs: Sequence[Job], alike: Sequence[Job], price: float | None) -> Question:
    """What to ask before the ``jobs`` are ordered again; ``alike`` are unfinished ones with the same parameters.

    ``price`` is that of all of them together, in US dollars.
    """
    cost = f"about {money(price)}" if price is not None else "a price that is not known"
    if len(jobs) > 1:
        order = f"Order {count(len(jobs), 'film')} for {cost}, each with its own parameters and seed?"
    else:
        seed = f"seed {jobs[0].seed}" if jobs[0].seed is not None else "no seed"
        order = f"Order again for {cost}, with the same parameters and {seed}?"
    return Question("Order again?", " ".join(filter(None, (_reason(jobs, alike), order))), "order")


def _reason(jobs: Sequence[Job], alike: Sequence[Job]) -> str | None:
    """Why it may be wrong to order them again."""
    if any(map(may_have_been_charged, jobs)):
        return "The earlier order may have been charged: ordering again may cost a second time."
    if alike:
        return "An order with exactly these parameters is not finished yet."
    if any(job.state in (JobState.COMPLETED, JobState.EXPIRED) or job.given_up for job in jobs):
        return "This film is already paid for and can perhaps still be fetched (f)."
    if any(map(refused_prompt, jobs)):
        return "The service refused this prompt, and may do so again; e lets you change it first."
    return None


def refused_prompt(job: Job) -> bool:
    """The service's content check refused it: only another prompt helps."""
    return job.error is not None and job.error.code == "moderation"


def may_have_been_charged(job: Job) -> bool:
    """Nobody knows whether the order arrived: it is being looked for, or was looked for in vain."""
    if job.state in (JobState.SUBMITTING, JobState.UNCONFIRMED):
        return True
    return job.error is not None and job.error.money is Money.UNKNOWN


def before_letting_go(jobs: Sequence[Job]) -> Question | None:
    """What to ask before ``jobs`` are withdrawn or no longer followed."""
    running = [job for job in jobs if job.state.running and job.followed]
    if not running:
        return None
    what = "this film" if len(running) == 1 else f"{len(running)} films"
    return Question(
        "Stop following?",
        f"The service cannot be told to stop: it still makes and charges {what}. "
        "Nothing is fetched until you follow again (x).",
        "stop following",
    )


def before_trashing(jobs: Sequence[Job]) -> Question | None:
    """What to ask before ``jobs`` go to the trash: they are needed as long as money or a film hangs on them."""
    open_ones = [job for job in jobs if not job.state.settled]
    if not open_ones:
        return None
    what = "This job is" if len(open_ones) == 1 else f"{len(open_ones)} jobs are"
    words = sorted({job.state.value for job in open_ones})
    return Question(
        "To the trash?",
        f"{what} not finished ({', '.join(words)}). "
        "What was ordered is still made and charged; in the trash you may overlook it.",
        "trash",
    )
