"""Why a command stopped waiting for a job: the reason, whether money was charged, and what to run next.

The engine's messages promise automatic retries. A command that exits retries nothing, so it says what to run instead.
"""

from __future__ import annotations

from dataclasses import replace

from wan_tui.cli.waiting import blocker
from wan_tui.domain.errors import DiskFull, Failure, FilmFolderUnusable, Money
from wan_tui.domain.events import Connection
from wan_tui.domain.job import Job, JobState
from wan_tui.domain.standing import Standing, standing_of
from wan_tui.domain.text import sentences
from wan_tui.engine import Engine
from wan_tui.key_variables import KEY_VARIABLES

KEY_NEEDED = f"Set another key in {KEY_VARIABLES[0]}, or change it in the studio; then run wan-tui sync"

_LOCAL_CAUSES = (DiskFull.code, FilmFolderUnusable.code)
"""Error codes whose cause is on this machine and must be fixed by the user."""

_MONEY = {Standing.WAITING: Money.FREE, Standing.SENDING: Money.UNKNOWN, Standing.IN_DOUBT: Money.UNKNOWN}

_DO_NOT_REORDER = "Do not order it again: run wan-tui sync to look it up"

_NEXT_STEPS = {
    Standing.WAITING: "The order stays waiting: wan-tui sync sends it, x in the studio withdraws it",
    Standing.SENDING: _DO_NOT_REORDER,
    Standing.IN_DOUBT: _DO_NOT_REORDER,
}


def with_reason(engine: Engine, job: Job) -> Job:
    """Return the job with the reason why it is not done in ``error`` or ``problem``."""
    if job.error is not None:
        return _refused(job)
    if engine.connection is Connection.KEY_REFUSED:
        message = "The service refuses the key, so the job cannot be polled"
        return replace(job, problem=Failure("unauthorized", message, _money(job), KEY_NEEDED))
    if (failure := blocker(engine, job)) is not None:
        needs_user = engine.stuck(job) and failure != engine.unwritten
        return replace(job, problem=failure if needs_user else _with_next_step(engine, job, failure))
    if job.problem is not None:
        return job
    if job.state is JobState.CANCELLED:
        return replace(job, problem=Failure("cancelled", "It was withdrawn", Money.FREE, ""))
    message = "The job is no longer followed, so its film was not fetched"
    return replace(job, problem=Failure("not_followed", message, Money.CHARGED, ""))


def _refused(job: Job) -> Job:
    """A refused order does not resume with a new key; it must be ordered again."""
    if job.error is None or job.error.code != "unauthorized":
        return job
    step = f"Set a working key in {KEY_VARIABLES[0]} and order again"
    return replace(job, error=replace(job.error, next_step=step))


def _money(job: Job) -> Money:
    return _MONEY.get(standing_of(job) or Standing.RUNNING, Money.CHARGED)


def _with_next_step(engine: Engine, job: Job, failure: Failure) -> Failure:
    standing = standing_of(job) or Standing.RUNNING
    local = failure == engine.unwritten or failure.code in _LOCAL_CAUSES
    step = _NEXT_STEPS.get(standing, "Run wan-tui sync to resume")
    return replace(
        failure,
        money=_money(job),
        next_step=sentences(failure.next_step, step) if local else step,
    )
