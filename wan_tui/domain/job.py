"""A job: one film ordered once, from the wish to the file.

A job is a value. ``advance(job, observation, now)`` in ``progress.py`` gives the next one; ``job_record.py`` writes
it down and reads it back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from wan_tui.domain.errors import Failure, Money
from wan_tui.domain.parameters import Dialect, Value
from wan_tui.domain.request import GenerationRequest


class JobState(StrEnum):
    """Where a job stands. The order of the first seven is the way of a job that goes well."""

    WAITING = "waiting"
    SUBMITTING = "submitting"
    UNCONFIRMED = "unconfirmed"
    QUEUED = "queued"
    GENERATING = "generating"
    COMPLETED = "completed"
    SAVED = "saved"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"

    @property
    def settled(self) -> bool:
        """Nothing more is to be done for it."""
        return self in _SETTLED

    @property
    def running(self) -> bool:
        """The service is at work on it, as far as we know."""
        return self in (JobState.QUEUED, JobState.GENERATING)


_LOST = frozenset({"not_found", "lost"})
"""Codes of errors that say how long was looked in vain, not what became of the order."""

_SETTLED = frozenset({JobState.SAVED, JobState.FAILED, JobState.EXPIRED, JobState.CANCELLED})


@dataclass(frozen=True, slots=True)
class Cost:
    """What a film cost. ``source`` says who told: answer, header or logs."""

    usd: float | None
    credits: int | None
    source: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One POST: the id sent with it, by which it can be found again, and when."""

    client_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One film ordered once. Times are UTC; money is US dollars.

    ``error`` is why it ended without a film; ``problem`` is what stands in its way for now.
    """

    id: str
    state: JobState
    model: str
    parameters: Mapping[str, Value]
    endpoint: Dialect
    created_at: datetime
    generation_id: str | None = None
    generation_ids: tuple[str, ...] = ()
    """Every id the service ever gave for it, oldest first: more than one means it was charged more than once."""
    submitted_at: datetime | None = None
    completed_at: datetime | None = None
    seen_running_at: datetime | None = None
    """When it was last known to be at work before it was seen completed."""
    saved_at: datetime | None = None
    video_url: str | None = None
    url_expires_at: datetime | None = None
    film_path: str | None = None
    film_size: int | None = None
    cost: Cost | None = None
    error: Failure | None = None
    problem: Failure | None = None
    status_word: str | None = None
    """What the service last called its state, cleaned."""
    request_id: str | None = None
    attempts: tuple[Attempt, ...] = ()
    key_fingerprint: str | None = None
    price_usd: float | None = None
    """The price shown when it was ordered, where one was known."""
    reply: str | None = None
    """The raw answer to the order, bounded: evidence for support."""
    followed: bool = True
    """False: the user asked to stop polling it."""
    starred: bool = False
    trashed_at: datetime | None = None
    parent: str | None = None
    """The job it was ordered again from."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Fields of a newer version, kept as they are."""

    @property
    def prompt(self) -> str:
        return str(self.parameters.get("prompt", ""))

    @property
    def seed(self) -> int | None:
        return self.request.seed

    @property
    def request(self) -> GenerationRequest:
        return GenerationRequest(self.model, self.parameters)

    @property
    def next_client_id(self) -> str:
        """The id for the next POST: ours, unique by attempt, of characters that the service keeps."""
        return f"{self.id}.{len(self.attempts) + 1}"

    @property
    def pending(self) -> bool:
        """Something is still to be done for it by the engine."""
        return not self.state.settled and self.followed

    @property
    def awaits_link(self) -> bool:
        """The service has the order and has not given a link to the film yet: it is to be asked."""
        return self.state.running or (self.state is JobState.COMPLETED and self.video_url is None)

    @property
    def given_up(self) -> bool:
        """Looking for it has ended in vain, and money may have gone: it may still turn up."""
        error = self.error
        return (
            self.state is JobState.FAILED
            and error is not None
            and error.code in _LOST
            and error.money is not Money.FREE
        )
