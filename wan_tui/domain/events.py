"""What the engine announces. Listeners get these on the event loop, in order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from wan_tui.domain.job import Job
from wan_tui.domain.text import sentences


class Connection(StrEnum):
    """How the service can be reached at the moment."""

    UNKNOWN = "connecting"
    ONLINE = "online"
    OFFLINE = "offline"
    NO_KEY = "no key"
    KEY_REFUSED = "key refused"


@dataclass(frozen=True, slots=True)
class LibraryLoaded:
    """The history is in memory; the index can be read. ``warnings`` tell what was damaged and set aside."""

    jobs: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JobChanged:
    """A job is new or different. ``before`` is None for a new one or one changed by another process."""

    job: Job
    before: Job | None = None


@dataclass(frozen=True, slots=True)
class DownloadProgress:
    """Bytes of a film fetched so far; ``total`` where the film host told."""

    job_id: str
    received: int
    total: int | None


@dataclass(frozen=True, slots=True)
class ConnectionChanged:
    """The service became reachable, unreachable, or refuses the key. ``detail`` is one cleaned sentence."""

    connection: Connection
    detail: str = ""


@dataclass(frozen=True, slots=True)
class BalanceChanged:
    """What is left in the account, in US dollars; None where it cannot be known."""

    usd: float | None


@dataclass(frozen=True, slots=True)
class PriceKnown:
    """What one film of ``model`` costs, in US dollars; None: unknown."""

    model: str
    usd: float | None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something the user should know that belongs to no single job."""

    message: str
    next_step: str = ""

    @property
    def sentence(self) -> str:
        """What happened and what to do, as sentences."""
        return sentences(self.message, self.next_step)


Event = (
    LibraryLoaded | JobChanged | DownloadProgress | ConnectionChanged | BalanceChanged | PriceKnown | Trouble
)
Listener = Callable[[Event], None]
