"""Observations of a job; ``progress.advance`` applies them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from wan_tui.domain.errors import Failure
from wan_tui.domain.job import Cost
from wan_tui.domain.search import Search


class Phase(StrEnum):
    """A generation's state, mapped from the service's status word."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    GONE = "gone"
    """The service does not know the generation, or no longer does."""


@dataclass(frozen=True, slots=True)
class StatusReport:
    """One poll of a generation. ``word`` is the service's status word, cleaned.

    ``failure`` is why it FAILED, or why the link of a DONE generation is unusable. ``running_at`` is when the poller
    last saw it running.
    """

    generation_id: str
    phase: Phase
    word: str
    video_url: str | None = None
    url_expires_at: datetime | None = None
    failure: Failure | None = None
    cost: Cost | None = None
    request_id: str | None = None
    running_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sending:
    """The order is about to be sent with ``client_id``. ``service_at``: now by the service's clock, if known."""

    client_id: str
    key_fingerprint: str | None = None
    price_usd: float | None = None
    service_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NothingSent:
    """Proof that the order with ``client_id`` was not sent, or was rejected."""

    client_id: str
    failure: Failure
    generation_ids: tuple[str, ...] = ()
    """Ids in the refusal; the service does not know them as far as it was asked."""


@dataclass(frozen=True, slots=True)
class IdSeen:
    """The response header named the generation before the body was read."""

    generation_id: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """The service accepted the order. ``reply`` is its raw answer, truncated."""

    report: StatusReport
    reply: str | None = None


@dataclass(frozen=True, slots=True)
class TurnedDown:
    """The service refused the order: not charged."""

    failure: Failure
    generation_ids: tuple[str, ...] = ()
    """See ``NothingSent.generation_ids``."""


@dataclass(frozen=True, slots=True)
class InDoubt:
    """The order may have arrived; the engine looks for it."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class FoundInLog:
    """The service's log or ledger lists the order under this generation id."""

    generation_id: str
    cost: Cost | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """Another lookup of the order or its generation found nothing."""

    search: Search


@dataclass(frozen=True, slots=True)
class GaveUp:
    """The search ended without a result, or the job can no longer be traced; ``failure`` says which."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class FilmSaved:
    """The complete film is on disk under its final name. ``size`` in bytes."""

    path: str
    size: int


@dataclass(frozen=True, slots=True)
class LinkExpired:
    """The link has expired and the service gives no other."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class Blocked:
    """Something blocks the job for now; None: no longer."""

    failure: Failure | None


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The order was withdrawn before it was sent; ``failure`` is why, if it could not be sent."""

    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Edited:
    """The user's marks. None leaves a mark unchanged."""

    starred: bool | None = None
    trashed: bool | None = None
    followed: bool | None = None


Observation = (
    StatusReport
    | Sending
    | NothingSent
    | IdSeen
    | Accepted
    | TurnedDown
    | InDoubt
    | FoundInLog
    | Looked
    | GaveUp
    | FilmSaved
    | LinkExpired
    | Blocked
    | Withdrawn
    | Edited
)
