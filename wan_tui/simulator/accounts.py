"""Accounts by key: balance, generation slots, request rows. The key itself is not stored."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

from wan_tui.simulator.orders import Ending, Order

WRONG_KEY = "sk-demo-wrong-key"
KEY_WITHOUT_CREDITS = "sk-demo-no-credits"


def same_key(one: str, other: str) -> bool:
    """Compares two keys in constant time."""
    return hmac.compare_digest(one.encode("utf-8", "surrogateescape"), other.encode())


def fingerprint(key: str) -> str:
    """A short hash of a key, as its name."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:12]


@dataclass(frozen=True)
class LoggedRequest:
    """One request as `/v2/logs` shows it, from `visible_at` on. Times are Unix seconds."""

    created: float
    visible_at: float
    succeeded: bool
    model: str
    usd: float
    request_id: str
    inference_id: str
    client_request_id: str | None


@dataclass(frozen=True)
class LedgerEntry:
    """One balance movement; `usd` is positive, `direction` carries the sign."""

    number: int
    created: float
    direction: str
    type: str
    usd: float
    model: str | None
    reference_id: str | None


class RateWindow:
    """Counts calls in the last 60 seconds."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._calls: list[float] = []

    def wait(self, now: float) -> float:
        """Seconds until a call is allowed; 0 counts the call and allows it."""
        self._calls = [moment for moment in self._calls if moment > now - 60.0]
        if len(self._calls) >= self._limit:
            return self._calls[0] + 60.0 - now
        self._calls.append(now)
        return 0.0


@dataclass
class Account:
    """The account of one key; `slots` has the time at which each generation slot becomes free."""

    name: str
    slots: list[float]
    posts: RateWindow
    log_reads: RateWindow
    rows: list[LoggedRequest] = field(default_factory=list)
    ledger: list[LedgerEntry] = field(default_factory=list)

    @property
    def balance(self) -> float:
        """The balance in US dollars."""
        signed = (entry.usd if entry.direction == "TOPUP" else -entry.usd for entry in self.ledger)
        return round(sum(signed), 9)

    def open_with(self, usd: float, now: float) -> None:
        """Credits the initial balance."""
        if usd > 0:
            self.ledger.append(LedgerEntry(0, now, "TOPUP", "INIT", usd, None, None))

    def take_slot(self, ready_at: float, seconds: float) -> tuple[float, float]:
        """Reserves the slot that becomes free first; returns start and end of the generation."""
        slot = self.slots.index(min(self.slots))
        starts = max(ready_at, self.slots[slot])
        self.slots[slot] = starts + seconds
        return starts, starts + seconds

    def book(self, order: Order, log_delay: float) -> None:
        """Adds an order to the request rows and, if it ends in a film, to the ledger."""
        is_film = order.ending is Ending.FILM
        late = order.number_of_quirk if order.quirk == "fault:late-row" else 0
        seen = order.accepted_at + log_delay + late
        self.rows.append(
            LoggedRequest(
                created=order.accepted_at,
                # A failure is visible only after it has happened.
                visible_at=seen if is_film else max(seen, order.ends_at),
                succeeded=is_film,
                model=order.logged_model or order.model,
                usd=order.charged_usd,
                request_id=order.request_id,
                inference_id=order.id,
                client_request_id=order.client_request_id,
            )
        )
        if is_film:
            self.ledger.append(
                LedgerEntry(
                    len(self.ledger),
                    order.accepted_at,
                    "CHARGE",
                    "MODEL_USAGE",
                    order.usd,
                    order.logged_model or order.model,
                    order.id,
                )
            )
