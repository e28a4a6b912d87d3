"""Groups unfinished jobs by what happened to the order and the money; the source of all messages about pending jobs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

from wan_tui.domain.errors import Money
from wan_tui.domain.job import Job, JobState


class Standing(StrEnum):
    """State of an unfinished order. The values are the words shown with the number of such jobs."""

    RUNNING = "running"
    """The service has the order."""
    SENDING = "sending"
    """The order is being sent."""
    WAITING = "waiting"
    """The order was not sent: not charged."""
    IN_DOUBT = "in doubt"
    """It is unknown whether the order arrived: it may have been charged."""
    TO_SAVE = "to save"
    """The film is made and paid for, but not fetched yet."""


_STANDINGS = {
    JobState.WAITING: Standing.WAITING,
    JobState.SUBMITTING: Standing.SENDING,
    JobState.UNCONFIRMED: Standing.IN_DOUBT,
    JobState.QUEUED: Standing.RUNNING,
    JobState.GENERATING: Standing.RUNNING,
    JobState.COMPLETED: Standing.TO_SAVE,
}


def standing(state: JobState, *, doubtful: bool) -> Standing | None:
    """The standing of a job in ``state``; None if it is finished.

    ``doubtful``: its problem may have been charged, as when an earlier attempt of a waiting order has to be looked up.
    """
    found = _STANDINGS.get(state)
    return Standing.IN_DOUBT if found is Standing.WAITING and doubtful else found


def standing_of(job: Job) -> Standing | None:
    return standing(job.state, doubtful=job.problem is not None and job.problem.money is Money.UNKNOWN)


_LEFT = {
    Standing.RUNNING: (
        "{} film is being made at the service; it will be fetched {}.",
        "{} films are being made at the service; they will be fetched {}.",
    ),
    Standing.TO_SAVE: (
        "{} film is paid for but not fetched yet; it will be fetched {}.",
        "{} films are paid for but not fetched yet; they will be fetched {}.",
    ),
    Standing.IN_DOUBT: (
        "{} order may have been charged; do not order it again: it will be looked up {}.",
        "{} orders may have been charged; do not order them again: they will be looked up {}.",
    ),
    Standing.WAITING: (
        "{} order was not sent and not charged; it stays waiting.",
        "{} orders were not sent and not charged; they stay waiting.",
    ),
}


def left_behind(standings: Iterable[Standing], when: str) -> list[str]:
    """Messages about unfinished jobs at exit, one line per standing. ``when`` says how they resume."""
    # Once the program ends, an order being sent is in doubt.
    number: Counter[Standing] = Counter(
        Standing.IN_DOUBT if one is Standing.SENDING else one for one in standings
    )
    return [_LEFT[one][number[one] > 1].format(f"{number[one]:,}", when) for one in _LEFT if number[one]]
