"""What can be seen of a job; ``progress.advance`` says what each observation changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from wan_tui.domain.errors import Failure
from wan_tui.domain.job import Cost
from wan_tui.domain.search import Search


class Phase(StrEnum):
    """What the service's word for the state means to us."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    GONE = "gone"
    """It says that it does not know the generation (any more)."""


@dataclass(frozen=True, slots=True)
class StatusReport:
    """One reading of a generation. ``word`` is the service's own, cleaned.

    ``failure`` is why it FAILED, or why the link of one that is DONE cannot be used. ``running_at`` is when whoever
    asked last saw it at work.
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
    """The order is about to leave under ``client_id``. ``service_at``: now, by the service's clock, where known."""

    client_id: str
    key_fingerprint: str | None = None
    price_usd: float | None = None
    service_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NothingSent:
    """Proof that the order sent under ``client_id`` did not leave, or was turned away."""

    client_id: str
    failure: Failure
    generation_ids: tuple[str, ...] = ()
    """Ids that the refusal carried; the service does not know them as far as it was asked."""


@dataclass(frozen=True, slots=True)
class IdSeen:
    """The answer's header named the generation, before its body was read."""

    generation_id: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """The service took the order. ``reply`` is its raw answer, bounded."""

    report: StatusReport
    reply: str | None = None


@dataclass(frozen=True, slots=True)
class TurnedDown:
    """The service refused the order: free."""

    failure: Failure
    generation_ids: tuple[str, ...] = ()
    """As with ``NothingSent``."""


@dataclass(frozen=True, slots=True)
class InDoubt:
    """The order may have arrived; it is being looked for."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class FoundInLog:
    """The service's log or ledger knows the order under this generation id."""

    generation_id: str
    cost: Cost | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """One more look for the order, or its generation, showed nothing."""

    search: Search


@dataclass(frozen=True, slots=True)
class GaveUp:
    """A day of looking found nothing, or the job's trace is lost; ``failure`` says which."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class FilmSaved:
    """The film is on disk, whole, under its final name."""

    path: str
    size: int


@dataclass(frozen=True, slots=True)
class LinkExpired:
    """The link is dead and the service gives no other."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class Blocked:
    """Something stands in the way for now (None: no longer)."""

    failure: Failure | None


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The order was taken back before it was sent; ``failure`` is why, where it could not be sent."""

    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Edited:
    """The user's marks. None leaves a mark as it is."""

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
