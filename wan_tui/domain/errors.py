"""Everything that can go wrong, with its cause, whether money went, and what to do next.

WanTuiError
├── SettingsError              a setting, file or variable that cannot be used
│   ├── SpendingOff            what says where money and keys go cannot be understood: nothing is ordered
│   └── KeyNotPrivate          the disk would let others read a stored key
├── InvalidRequest             problems by field; nothing was sent
├── ServiceError               the service or the way to it
│   ├── NotSent                proof that no byte of the order left: free to try again
│   │   ├── NotReady           a proxy or certificate variable of this machine stands in the way of every request
│   │   ├── Unreachable        DNS, refused, connect timeout, proxy: tried again by itself
│   │   └── Untrusted          TLS failed (certificate, clock): not tried again by itself
│   ├── Refused                the service said no: free
│   │   ├── BadRequest         400, 413, 414, 422, 431
│   │   ├── Unauthorized       401: everything pauses until there is a working key
│   │   ├── Forbidden          402, 403: the key may not do this, by its scope or its spend cap
│   │   │   └── NoCredits      the same, and the service's words say that the account is empty
│   │   ├── NotFound           404: unknown model, path or generation
│   │   └── RateLimited        429: later, after ``retry_after`` seconds
│   ├── OutcomeUnknown               the order may or may not have arrived: look it up, never send again
│   └── Unavailable            a reading failed; try again later
├── LibraryError               what is on disk
│   ├── LibraryBusy            another process holds the lock
│   ├── LibraryUnwritable      disk full, read-only, no rights: nothing was changed
│   ├── LibraryDamaged         a part could not be read and was set aside
│   └── LibraryTooNew          written by a newer version: read only
└── FilmError                  fetching or keeping a film
    ├── LinkDead               the link has expired or was refused
    ├── LinkRefused            a link this program will not follow
    ├── NotAFilm               what came is not a whole MP4
    ├── FilmBusy               another process is at this film: wait for what it finds
    ├── FilmFolderUnusable     the folder is gone, read-only or not ours
    └── DiskFull               no room; goes on by itself when there is
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from wan_tui.domain.text import clean_line, sentences

NO_KEY = "No API key"

_LONGEST_NAME = 80
"""Characters of a parameter's name, which comes from outside."""


class Money(StrEnum):
    """Whether a failed order cost something."""

    FREE = "not charged"
    UNKNOWN = "may have been charged"
    CHARGED = "charged"

    @property
    def charged(self) -> bool | None:
        """The same as JSON has it: false, true, or null where nobody knows."""
        return {Money.FREE: False, Money.CHARGED: True, Money.UNKNOWN: None}[self]

    @classmethod
    def from_charged(cls, charged: object) -> Money:
        """Read what JSON says; anything but a plain true or false is unknown."""
        if charged is True:
            return cls.CHARGED
        return cls.FREE if charged is False else cls.UNKNOWN


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field of a request. A ``warning`` does not stop the order."""

    field: str
    message: str
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """An error as a job remembers it and as JSON shows it.

    ``field`` is the wire name of the parameter that the service complained about, where it named one.
    """

    code: str
    message: str
    money: Money
    next_step: str = ""
    request_id: str | None = None
    field: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "message": self.message,
            "request_id": self.request_id,
            "charged": self.money.charged,
            "hint": self.next_step or None,
            "field": self.field,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Failure:
        return cls(
            code=str(data.get("code") or "unknown"),
            message=str(data.get("message") or ""),
            money=Money.from_charged(data.get("charged")),
            next_step=str(data.get("hint") or ""),
            request_id=str(data["request_id"]) if data.get("request_id") else None,
            field=str(data["field"]) if data.get("field") else None,
        )

    @property
    def sentence(self) -> str:
        """Cause, money and next step in one line or two."""
        return sentences(self.message, self.money.value.capitalize(), self.next_step)


class WanTuiError(Exception):
    """Base of all errors. ``code`` is the stable word that ``--json`` shows."""

    code: ClassVar[str] = "error"
    money: ClassVar[Money] = Money.FREE

    def __init__(self, message: str, *, next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    @property
    def sentence(self) -> str:
        """What went wrong, and what to do."""
        return sentences(self.message, self.next_step)

    def failure(self) -> Failure:
        """The error as a job remembers it."""
        return Failure(self.code, self.message, self.money, self.next_step)


class SettingsError(WanTuiError):
    code = "settings"


class SpendingOff(SettingsError):
    code = "config"


class KeyNotPrivate(SettingsError):
    code = "key_not_private"


class InvalidRequest(WanTuiError):
    code = "invalid"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(
            " ".join(f"{p.field}: {p.message}" for p in problems),
            next_step="Correct the fields and order again.",
        )
        self.problems = tuple(problems)


class ServiceError(WanTuiError):
    """``status`` is the HTTP status where there was one; ``request_id`` is what support asks for.

    ``generation_ids``: every id that the answer to an order named, in its headers and its body, also beside a refusal.
    The service writes one on any answer: it is a film's, or only that of a failed request in its log. Asking tells.
    """

    code = "service"

    def __init__(
        self,
        message: str,
        *,
        next_step: str = "",
        status: int | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        generation_ids: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message, next_step=next_step)
        self.status = status
        self.request_id = request_id
        self.retry_after = retry_after
        self.generation_ids = generation_ids

    def failure(self) -> Failure:
        return Failure(self.code, self.message, self.money, self.next_step, self.request_id)


class NotSent(ServiceError):
    code = "not_sent"


class NotReady(NotSent):
    code = "not_ready"


class Unreachable(NotSent):
    code = "unreachable"


class Untrusted(NotSent):
    code = "untrusted"


class Refused(ServiceError):
    code = "rejected"


class BadRequest(Refused):
    """``field`` is the wire name the service complained about, where it named one."""

    def __init__(self, message: str, *, field: str | None = None, **details: Any) -> None:
        super().__init__(message, **details)
        self.field = field

    def failure(self) -> Failure:
        return replace(super().failure(), field=clean_line(self.field or "", _LONGEST_NAME) or None)


class Unauthorized(Refused):
    code = "unauthorized"


class Forbidden(Refused):
    code = "forbidden"


class NoCredits(Forbidden):
    code = "no_credits"


class NotFound(Refused):
    code = "not_found"


class RateLimited(Refused):
    code = "rate_limited"


class OutcomeUnknown(ServiceError):
    code = "unconfirmed"
    money = Money.UNKNOWN


class Unavailable(ServiceError):
    code = "unavailable"


class LibraryError(WanTuiError):
    code = "library"


class LibraryBusy(LibraryError):
    code = "library_busy"


class LibraryUnwritable(LibraryError):
    code = "library_unwritable"


class LibraryDamaged(LibraryError):
    code = "library_damaged"


class LibraryTooNew(LibraryError):
    code = "library_too_new"


class FilmError(WanTuiError):
    """The film was made, so it was paid for."""

    code = "film"
    money = Money.CHARGED


class LinkDead(FilmError):
    """``host_time`` is the film host's own time (UTC) when it said so, where it told."""

    code = "link_dead"

    def __init__(self, message: str, *, next_step: str = "", host_time: datetime | None = None) -> None:
        super().__init__(message, next_step=next_step)
        self.host_time = host_time


class LinkRefused(FilmError):
    code = "link_refused"


class NotAFilm(FilmError):
    code = "not_a_film"


class FilmBusy(FilmError):
    code = "film_busy"


class FilmFolderUnusable(FilmError):
    code = "film_folder"


class DiskFull(FilmError):
    code = "disk_full"
