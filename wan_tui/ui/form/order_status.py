"""The form's note on the last order until its outcome is known."""

from __future__ import annotations

from dataclasses import dataclass

from wan_tui.domain.job import Job, JobState
from wan_tui.domain.text import clean_text


@dataclass(frozen=True, slots=True)
class OrderStatus:
    """``settled``: this note on the order is final. ``good``: the service accepted it."""

    sentence: str
    error: bool = False
    good: bool = False
    settled: bool = False


def order_status(job: Job) -> OrderStatus:
    """The sentence for the state of ``job``."""
    seed = f", with seed {job.seed}" if job.seed is not None else ""
    problem = f" {clean_text(job.problem.sentence, 300)}" if job.problem else ""
    match job.state:
        case JobState.WAITING:
            return OrderStatus(f"Waiting{seed}.{problem}" if problem else f"Placed{seed}…")
        case JobState.SUBMITTING:
            return OrderStatus(f"Sending{seed}…")
        case JobState.UNCONFIRMED:
            return OrderStatus(f"Unconfirmed{seed}: checking whether the order arrived.{problem}", error=True)
        case JobState.FAILED:
            reason = clean_text(job.error.sentence, 400) if job.error else "There will be no film."
            return OrderStatus(f"Failed: {reason}", error=True, settled=True)
        case JobState.CANCELLED:
            return OrderStatus("Withdrawn: nothing was sent.", settled=True)
    return OrderStatus(f"Ordered{seed}.", good=True, settled=True)
