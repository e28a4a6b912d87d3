"""An accepted order and its status over time."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from enum import StrEnum

from wan_tui.simulator.catalog import CREDITS_PER_USD

_ID_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


class Status(StrEnum):
    """The four status words of the service."""

    QUEUED = "queued"
    GENERATING = "generating"
    COMPLETED = "completed"
    ERROR = "error"


class Ending(StrEnum):
    """How a generation ends."""

    FILM = "film"
    BLOCKED = "blocked"
    FAILED = "failed"


@dataclass(frozen=True)
class Incoming:
    """A received order: endpoint path, parsed body, the client's id and ours."""

    path: str
    body: object
    client_request_id: str | None
    request_id: str


@dataclass(frozen=True)
class Order:
    """An accepted order. Times are Unix seconds; the whole course is fixed at acceptance.

    `logged_model`: the model's name in logs and ledger; None: the name in the order.
    """

    number: int
    id: str
    account: str
    client_request_id: str | None
    request_id: str
    path: str
    body: dict[str, object]
    ignored: list[str]
    seed: int
    seconds: float
    usd: float
    accepted_at: float
    starts_at: float
    ends_at: float
    ending: Ending
    quirk: str | None
    film: str
    number_of_quirk: int = 0
    logged_model: str | None = None

    @property
    def other_id(self) -> str:
        """An id like the order's own that names no generation."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, self.id))

    @property
    def model(self) -> str:
        return str(self.body["model"])

    @property
    def charged_usd(self) -> float:
        return self.usd if self.ending is Ending.FILM else 0.0

    @property
    def credits(self) -> int:
        return credits_for(self.charged_usd)

    def status(self, now: float) -> Status:
        """The status word at a moment in Unix seconds."""
        if now < self.starts_at:
            return Status.QUEUED
        if now < self.ends_at:
            return Status.GENERATING
        return Status.COMPLETED if self.ending is Ending.FILM else Status.ERROR


def credits_for(usd: float) -> int:
    """Credits of a price in US dollars."""
    return round(usd * CREDITS_PER_USD)


def new_id(number: int, model: str, salt: str) -> str:
    """A generation id in one of the shapes the service has used, in turn: UUID, 21-character token,
    `UUID:model`. The same number, model and salt give the same id.
    """
    digest = hashlib.sha256(f"{salt}/{number}/{model}".encode()).digest()
    plain = str(uuid.UUID(bytes=digest[:16], version=4))
    match number % 3:
        case 0:
            return "".join(_ID_LETTERS[byte % len(_ID_LETTERS)] for byte in digest[:21])
        case 1:
            return plain
        case _:
            return f"{plain}:{model}"
