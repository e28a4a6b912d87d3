"""Events of the engine, delivered to listeners in order on the event loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from wan_tui.domain.job import Job
from wan_tui.domain.text import sentences


class Connection(StrEnum):
    """Whether the service can be reached and accepts the key."""

    UNKNOWN = "connecting"
    ONLINE = "online"
    OFFLINE = "offline"
    NO_KEY = "no key"
    KEY_REFUSED = "key refused"


@dataclass(frozen=True, slots=True)
class LibraryLoaded:
    """The history is in memory and the index readable. ``warnings`` name damaged parts that were set aside."""

    jobs: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JobChanged:
    """A job is new or changed. ``before`` is None for a new job or one changed by another process."""

    job: Job
    before: Job | None = None


@dataclass(frozen=True, slots=True)
class DownloadProgress:
    """Bytes of a film received so far; ``total`` is None if the film host did not send it."""

    job_id: str
    received: int
    total: int | None


@dataclass(frozen=True, slots=True)
class ConnectionChanged:
    """The service became reachable, unreachable, or refused the key. ``detail`` is one cleaned sentence."""

    connection: Connection
    detail: str = ""


@dataclass(frozen=True, slots=True)
class BalanceChanged:
    """The account's balance in US dollars; None if unknown."""

    usd: float | None


@dataclass(frozen=True, slots=True)
class PriceKnown:
    """The price of one film of ``model`` in US dollars; None if unknown."""

    model: str
    usd: float | None


@dataclass(frozen=True, slots=True)
class Trouble:
    """A message for the user that concerns no single job."""

    message: str
    next_step: str = ""

    @property
    def sentence(self) -> str:
        """What happened and what to do."""
        return sentences(self.message, self.next_step)


Event = (
    LibraryLoaded | JobChanged | DownloadProgress | ConnectionChanged | BalanceChanged | PriceKnown | Trouble
)
Listener = Callable[[Event], None]
