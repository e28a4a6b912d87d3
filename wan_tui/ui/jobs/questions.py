"""The questions asked before something is done with jobs. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from wan_tui.domain.errors import Money
from wan_tui.domain.job import Job, JobState
from wan_tui.ui.dialogs.question import Question
from wan_tui.ui.formatting import count, money
from wan_tui.ui.jobs.operations import refused_prompt


def with_hidden(question: Question | None, number: int, hidden: int) -> Question | None:
    """What to ask before something is done to ``number`` marked jobs, ``hidden`` of which the filter hides."""
    if not hidden:
        return question
    text = f"The filter hides {hidden:,} of the {count(number, 'marked job')}."
    if question is None:
        return Question("Act on all marked jobs?", text, "continue")
    return Question(question.title, f"{question.text} {text}", question.yes)


def before_ordering(jobs: Sequence[Job], alike: Sequence[Job], price: float | None) -> Question:
    """What to ask before the ``jobs`` are ordered again; ``alike`` are unfinished ones with the same parameters.

    ``price`` is that of all of them together, in US dollars.
    """
    cost = f"about {money(price)}" if price is not None else "an unknown price"
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
        return "This film is paid for and may still be fetched (f)."
    if any(map(refused_prompt, jobs)):
        return "The service refused this prompt, and may do so again; e lets you change it first."
    return None


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
        "Unfollow?",
        f"The service cannot be told to stop: it still makes and charges {what}. "
        "Nothing is fetched until you follow again (x).",
        "unfollow",
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
