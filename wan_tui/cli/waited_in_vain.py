"""What is told of a job that did not get where it was to get: why, whether money went, and what happens without us.

The engine's own words promise that things go on by themselves. In a command nobody is left to go on.
"""

from __future__ import annotations

from dataclasses import replace

from wan_tui.cli.waiting import obstacle
from wan_tui.domain.errors import DiskFull, Failure, FilmFolderUnusable, Money
from wan_tui.domain.events import Connection
from wan_tui.domain.job import Job, JobState
from wan_tui.domain.standing import Standing, standing_of
from wan_tui.domain.text import sentences
from wan_tui.engine import Engine
from wan_tui.key_variables import KEY_VARIABLES

KEY_NEEDED = f"Set another key in {KEY_VARIABLES[0]}, or change it in the studio; then run wan-tui sync"

_UNTIL_MENDED = (DiskFull.code, FilmFolderUnusable.code)
"""What lasts until the user does something on this machine."""

_MONEY = {Standing.WAITING: Money.FREE, Standing.SENDING: Money.UNKNOWN, Standing.IN_DOUBT: Money.UNKNOWN}

_WITHOUT_US = {
    Standing.WAITING: "The order stays in the list as waiting: wan-tui sync sends it, x in the studio withdraws it",
    Standing.SENDING: "Do not order it again: wan-tui sync finds out",
    Standing.IN_DOUBT: "Do not order it again: wan-tui sync finds out",
}


def with_reason(engine: Engine, job: Job) -> Job:
    """The job with the reason why it got no further, in its ``error`` or ``problem``."""
    if job.error is not None:
        return _refused(job)
    if engine.connection is Connection.KEY_REFUSED:
        message = "The service refuses the key, so it cannot be asked for the film"
        return replace(job, problem=Failure("unauthorized", message, Money.CHARGED, KEY_NEEDED))
    if (held_up := obstacle(engine, job)) is not None:
        users_turn = engine.stuck(job) and held_up != engine.unwritten
        return replace(job, problem=held_up if users_turn else _without_us(engine, job, held_up))
    if job.problem is not None:
        return job
    if job.state is JobState.CANCELLED:
        return replace(job, problem=Failure("cancelled", "It was withdrawn", Money.FREE, ""))
    message = "It is not followed any more, so no film was fetched"
    return replace(job, problem=Failure("not_followed", message, Money.CHARGED, ""))


def _refused(job: Job) -> Job:
    """A refused order is over: with another key it does not go on, it is ordered again."""
    if job.error is None or job.error.code != "unauthorized":
        return job
    step = f"Set a working key in {KEY_VARIABLES[0]} and order again"
    return replace(job, error=replace(job.error, next_step=step))


def _without_us(engine: Engine, job: Job, held_up: Failure) -> Failure:
    standing = standing_of(job) or Standing.RUNNING
    ours = held_up == engine.unwritten or held_up.code in _UNTIL_MENDED
    step = _WITHOUT_US.get(standing, "Run wan-tui sync: it goes on from here")
    return replace(
        held_up,
        money=_MONEY.get(standing, Money.CHARGED),
        next_step=sentences(held_up.next_step, step) if ours else step,
    )
