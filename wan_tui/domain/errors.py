"""All errors, with cause, whether money was charged, and what to do next.

WanTuiError
├── SettingsError              an invalid setting, file or variable
│   ├── SpendingOff            settings that say where key and money go are invalid: ordering is off
│   └── KeyNotPrivate          others could read a key stored on this disk
├── InvalidRequest             problems by field; nothing was sent
├── ServiceError               the service or the connection to it
│   ├── NotSent                proof that no byte of the order was sent: safe to retry
│   │   ├── NotReady           an invalid proxy or certificate variable on this machine blocks all requests
│   │   ├── Unreachable        DNS, connection refused, connect timeout, proxy: retried automatically
│   │   └── Untrusted          TLS failed (certificate, clock): not retried automatically
│   ├── Refused                the service refused: not charged
│   │   ├── BadRequest         400, 413, 414, 422, 431
│   │   ├── Unauthorized       401: everything pauses until there is a working key
│   │   ├── Forbidden          402, 403: not allowed by the key's scope or spend cap
│   │   │   └── NoCredits      the same, and the service says that the account is empty
│   │   ├── NotFound           404: unknown model, path or generation
│   │   └── RateLimited        429: retry after ``retry_after`` seconds
│   ├── OutcomeUnknown         the order may or may not have arrived: look it up, never resend
│   └── Unavailable            a read failed: retry later
├── LibraryError               the library on disk
│   ├── LibraryBusy            another process holds the lock
│   ├── LibraryUnwritable      disk full, read-only, no permission: nothing was changed
│   ├── LibraryDamaged         an unreadable part was set aside
│   └── LibraryTooNew          written by a newer version: read-only
└── FilmError                  fetching or saving a film
    ├── LinkDead               the link has expired or was refused
    ├── LinkRefused            a link that the URL policy rejects
    ├── NotAFilm               the download is not a complete MP4
    ├── FilmBusy               another process is fetching this film
    ├── FilmFolderUnusable     the folder is missing, read-only or not ours
    └── DiskFull               disk full: resumes automatically when there is space
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
"""Maximum characters of a parameter's name from the service."""


class Money(StrEnum):
    """Whether money was charged."""

    FREE = "not charged"
    UNKNOWN = "may have been charged"
    CHARGED = "charged"

    @property
    def charged(self) -> bool | None:
        """As in JSON: false, true, or null if unknown."""
        return {Money.FREE: False, Money.CHARGED: True, Money.UNKNOWN: None}[self]

    @classmethod
    def from_charged(cls, charged: object) -> Money:
        """From JSON; anything but true or false is unknown."""
        if charged is True:
            return cls.CHARGED
        return cls.FREE if charged is False else cls.UNKNOWN


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem with one field of a request. A ``warning`` does not stop the order."""

    field: str
    message: str
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """An error as stored with a job and shown in JSON.

    ``field`` is the wire name of the parameter that the service rejected, if it named one.
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
        """Cause, money and next step."""
        return sentences(self.message, self.money.value.capitalize(), self.next_step)


class WanTuiError(Exception):
    """Base class of all errors. ``code`` is the stable code in ``--json`` output."""

    code: ClassVar[str] = "error"
    money: ClassVar[Money] = Money.FREE

    def __init__(self, message: str, *, next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    @property
    def sentence(self) -> str:
        """Cause and next step."""
        return sentences(self.message, self.next_step)

    def failure(self) -> Failure:
        """The error as stored with a job."""
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
            next_step="Fix the fields and order again.",
        )
        self.problems = tuple(problems)


class ServiceError(WanTuiError):
    """``status`` is the HTTP status, if any; ``request_id`` is what support asks for.

    ``generation_ids``: every id in the headers and body of the answer to an order, even a refusal. The service sends
    one with any answer; it may name a film, or just the failed request in its log, so it has to be looked up.
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
    """``field`` is the wire name of the rejected parameter, if the service named one."""

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
    """``host_time`` is the film host's own time (UTC) of the answer, if it sent one."""

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
