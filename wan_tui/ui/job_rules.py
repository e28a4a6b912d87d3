"""What can be done with jobs, and what has to be asked before it is done. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from wan_tui.domain.errors import Money
from wan_tui.domain.film_state import LOST, FilmState
from wan_tui.domain.job import Job, JobState
from wan_tui.ui.formatting import count, money


@dataclass(frozen=True, slots=True)
class Question:
    """Asked before something that costs or cannot be undone. ``yes`` names what then happens."""

    title: str
    text: str
    yes: str


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


def why_not(action: str, job: Job | None) -> str:
    """Why ``action`` does nothing with ``job``, the one under the cursor."""
    if action == "undo":
        return "Nothing was put into the trash lately."
    if job is None:
        return "There is no job here."
    state = job.state.value
    match action:
        case "withdraw":
            return f"There is nothing to let go: the job is {state}."
        case "try_now" if job.state is JobState.SAVED:
            return "There is nothing to fetch: the film is here."
        case "try_now":
            return f"There is nothing to try: the job is {state}."
        case "open" if job.film_path is None and job.video_url is not None:
            return "The link has died, and the film is not here."
    if job.film_path is not None:
        return "The film is no longer where it was saved."
    return f"There is no film here: the job is {state}."


def films_of_marked(films: int, marked: int) -> str:
    """Said when not all of the ``marked`` jobs can be played."""
    return f"Of the {marked} marked jobs only {films} {'has' if films == 1 else 'have'} a film here."


def before_ordering(jobs: Sequence[Job], alike: Sequence[Job], price: float | None) -> Question | None:
    """What to ask before the ``jobs`` are ordered again; ``alike`` are unfinished ones with the same parameters.

    ``price`` is that of all of them together, in US dollars.
    """
    doubtful = [job for job in jobs if may_have_been_charged(job)]
    paid = [job for job in jobs if job.state in (JobState.COMPLETED, JobState.EXPIRED) or job.given_up]
    text = _reason(jobs, doubtful, paid, alike)
    if text is None:
        return None
    cost = (
        f"{count(len(jobs), 'film')} for about {money(price)}"
        if price is not None
        else (f"{count(len(jobs), 'film')}; the price is not known")
    )
    return Question("Order again?", f"{text} This orders {cost}.", "order")


def _reason(
    jobs: Sequence[Job], doubtful: Sequence[Job], paid: Sequence[Job], alike: Sequence[Job]
) -> str | None:
    if doubtful:
        return "The earlier order may have been charged: ordering again may cost a second time."
    if alike:
        return "A film with exactly these parameters is already on its way."
    if paid:
        return "This film is already paid for and can perhaps still be fetched (f)."
    return "" if len(jobs) > 1 else None


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
