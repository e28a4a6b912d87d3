"""A job: one film ordered once, from the request to the file.

Jobs are immutable. ``advance(job, observation, now)`` in ``progress.py`` returns the next one; ``job_record.py``
converts them to and from JSON.
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
from wan_tui.domain.search import Search


class JobState(StrEnum):
    """State of a job. The first seven are in the order of a successful job."""

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
        """Final: nothing more to do."""
        return self in _SETTLED

    @property
    def running(self) -> bool:
        """The service is making the film, as far as we know."""
        return self in (JobState.QUEUED, JobState.GENERATING)


_LOST = frozenset({"not_found", "lost"})
"""Error codes meaning "lookup gave up", not "the order failed"."""

_NOT_FINAL = _LOST | {
    "rejected",
    "unauthorized",
    "forbidden",
    "no_credits",
    "rate_limited",
    "failed_at_service",
}
"""Error codes that do not rule out that the service made the film."""

_SETTLED = frozenset({JobState.SAVED, JobState.FAILED, JobState.EXPIRED, JobState.CANCELLED})


@dataclass(frozen=True, slots=True)
class Cost:
    """What a film cost. ``source`` is where that was read: answer, header or logs."""

    usd: float | None
    credits: int | None
    source: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One POST: the client id sent with it, for finding it again, and its time."""

    client_id: str
    at: datetime
    service_at: datetime | None = None
    """The same time by the service's clock, if its offset was known."""

    @property
    def instance(self) -> str:
        """Id of the process that made it; empty in records of older versions."""
        return self.client_id.split(".")[2] if self.client_id.count(".") == 2 else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One film ordered once. Times are UTC; money is US dollars.

    ``error`` is why it ended without a film; ``problem`` is what blocks it for now.
    """

    id: str
    state: JobState
    model: str
    parameters: Mapping[str, Value]
    endpoint: Dialect
    created_at: datetime
    generation_id: str | None = None
    generation_ids: tuple[str, ...] = ()
    """Every id the service gave for it, oldest first; more than one means that it was charged more than once."""
    refused_ids: tuple[str, ...] = ()
    """Ids in refusals of the order, looked up before it is sent again."""
    submitted_at: datetime | None = None
    completed_at: datetime | None = None
    seen_running_at: datetime | None = None
    """When it was last seen running, before it was seen completed."""
    saved_at: datetime | None = None
    video_url: str | None = None
    url_expires_at: datetime | None = None
    film: str | None = None
    """The film's name in its films folder, so that a library can be moved; None in records of old versions."""
    film_path: str | None = None
    """Absolute path of the film, as last known."""
    film_size: int | None = None
    cost: Cost | None = None
    error: Failure | None = None
    problem: Failure | None = None
    status_word: str | None = None
    """The service's last status word, cleaned."""
    request_id: str | None = None
    attempts: tuple[Attempt, ...] = ()
    search: Search | None = None
    """Unsuccessful lookups of the order or its generation."""
    key_fingerprint: str | None = None
    price_usd: float | None = None
    """The price shown when it was ordered, if known."""
    reply: str | None = None
    """The raw answer to the order, truncated: evidence for support."""
    followed: bool = True
    """False: the user asked to stop polling it."""
    starred: bool = False
    trashed_at: datetime | None = None
    parent: str | None = None
    """The job it was ordered again from."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Unknown fields of a newer version, kept unchanged."""

    @property
    def prompt(self) -> str:
        return str(self.parameters.get("prompt", ""))

    @property
    def seed(self) -> int | None:
        return self.request.seed

    @property
    def request(self) -> GenerationRequest:
        return GenerationRequest(self.model, self.parameters)

    def client_id(self, instance: str) -> str:
        """The id for the next POST by the process ``instance``: ``JOB.ATTEMPT.PROCESS``, unique across processes."""
        return f"{self.id}.{len(self.attempts) + 1}.{instance}"

    def sent_as(self, client_id: str | None) -> bool:
        """Whether ``client_id`` belongs to this job, whichever process sent it: this history may be an older copy."""
        return client_id is not None and (
            client_id.startswith(f"{self.id}.") or any(client_id == one.client_id for one in self.attempts)
        )

    @property
    def pending(self) -> bool:
        """The engine still has work to do for it."""
        return not self.state.settled and self.followed

    @property
    def recoverable(self) -> bool:
        """It failed for a reason that does not rule out that the service has it: it may still be found."""
        error = self.error
        return self.state is JobState.FAILED and error is not None and error.code in _NOT_FINAL

    @property
    def awaits_link(self) -> bool:
        """The service has the order but has not given a link yet: poll it."""
        return self.state.running or (self.state is JobState.COMPLETED and self.video_url is None)

    @property
    def given_up(self) -> bool:
        """The lookup gave up, and money may have been charged: it may still be found."""
        error = self.error
        return (
            self.state is JobState.FAILED
            and error is not None
            and error.code in _LOST
            and error.money is not Money.FREE
        )
