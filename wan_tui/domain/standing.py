"""Where an unfinished job stands, and whether money went: the one source of every sentence about pending jobs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

from wan_tui.domain.errors import Money
from wan_tui.domain.job import Job, JobState


class Standing(StrEnum):
    """What has become of an order so far, named by the word that counts such jobs."""

    RUNNING = "running"
    """The service has the order."""
    SENDING = "sending"
    """The order is on its way at this moment."""
    WAITING = "waiting"
    """The order was never sent: not charged."""
    IN_DOUBT = "in doubt"
    """Nobody knows whether the order arrived: it may have been charged."""
    TO_SAVE = "to save"
    """The film is made and paid for, and not here yet."""


_STANDINGS = {
    JobState.WAITING: Standing.WAITING,
    JobState.SUBMITTING: Standing.SENDING,
    JobState.UNCONFIRMED: Standing.IN_DOUBT,
    JobState.QUEUED: Standing.RUNNING,
    JobState.GENERATING: Standing.RUNNING,
    JobState.COMPLETED: Standing.TO_SAVE,
}


def standing(state: JobState, *, doubtful: bool) -> Standing | None:
    """Where a job in ``state`` stands; None: it is finished.

    ``doubtful``: its problem says that money may have gone, as when an earlier try at a waiting order has to be
    looked up.
    """
    found = _STANDINGS.get(state)
    return Standing.IN_DOUBT if found is Standing.WAITING and doubtful else found


def standing_of(job: Job) -> Standing | None:
    return standing(job.state, doubtful=job.problem is not None and job.problem.money is Money.UNKNOWN)


_LEFT = {
    Standing.RUNNING: (
        "{} film is being made at the service; it is fetched {}.",
        "{} films are being made at the service; they are fetched {}.",
    ),
    Standing.TO_SAVE: (
        "{} film is made and paid for but not here yet; it is fetched {}.",
        "{} films are made and paid for but not here yet; they are fetched {}.",
    ),
    Standing.IN_DOUBT: (
        "{} order may have been charged; do not order it again: it is looked for {}.",
        "{} orders may have been charged; do not order them again: they are looked for {}.",
    ),
    Standing.WAITING: (
        "{} order was not sent and not charged; it stays in the list as waiting.",
        "{} orders were not sent and not charged; they stay in the list as waiting.",
    ),
}


def left_behind(standings: Iterable[Standing], when: str) -> list[str]:
    """What to say of these jobs when the program ends, a line for each kind. ``when`` they are gone on with."""
    # An order on its way that nobody waits for any longer is one in doubt.
    number: Counter[Standing] = Counter(
        Standing.IN_DOUBT if one is Standing.SENDING else one for one in standings
    )
    return [_LEFT[one][number[one] > 1].format(f"{number[one]:,}", when) for one in _LEFT if number[one]]
