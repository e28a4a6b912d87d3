"""A job: one film ordered once, from the wish to the file, and how news of it changes it.

A job is a value. ``advance(job, observation, now)`` in ``progress.py`` gives the next one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
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
    """What a film cost. ``source`` says who told: answer, header, logs or ledger."""

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
    def given_up(self) -> bool:
        """Looking for it has ended in vain, and money may have gone: it may still turn up."""
        error = self.error
        return (
            self.state is JobState.FAILED
            and error is not None
            and error.code in _LOST
            and error.money is not Money.FREE
        )

    def to_json(self) -> dict[str, Any]:
        """The public shape, as the command line prints it."""
        cost = self.cost
        return {
            "id": self.id,
            "generation_id": self.generation_id,
            "state": self.state.value,
            "model": self.model,
            "prompt": self.prompt,
            "parameters": dict(self.parameters),
            "seed": self.seed,
            "created_at": iso(self.created_at),
            "submitted_at": iso(self.submitted_at),
            "completed_at": iso(self.completed_at),
            "saved_at": iso(self.saved_at),
            "video_url": self.video_url,
            "url_expires_at": iso(self.url_expires_at),
            "film_path": self.film_path,
            "cost": {
                "usd": cost.usd if cost else None,
                "credits": cost.credits if cost else None,
                "source": cost.source if cost else None,
            },
            "error": _failure_json(self.error or self.problem),
            "endpoint": self.endpoint.value,
        }

    def to_record(self) -> dict[str, Any]:
        """The shape on disk: the public one, what only we need, and what a newer version added."""
        return {
            **self.extra,
            **self.to_json(),
            "error": _failure_json(self.error),
            "problem": _failure_json(self.problem),
            "generation_ids": list(self.generation_ids),
            "film_size": self.film_size,
            "status_word": self.status_word,
            "request_id": self.request_id,
            "attempts": [{"client_id": a.client_id, "at": iso(a.at)} for a in self.attempts],
            "key_fingerprint": self.key_fingerprint,
            "price_usd": self.price_usd,
            "reply": self.reply,
            "followed": self.followed,
            "starred": self.starred,
            "trashed_at": iso(self.trashed_at),
            "parent": self.parent,
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Job:
        """Read a record. Raises ValueError where it cannot be a job; a damaged detail is dropped instead."""
        try:
            job = cls(
                id=_required_text(record["id"]),
                state=JobState(record["state"]),
                model=_required_text(record["model"]),
                parameters=_parameters(record["parameters"]),
                endpoint=Dialect(record.get("endpoint", Dialect.VENDOR)),
                created_at=_required_time(record["created_at"]),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a job: {error!r}") from None
        cost = record.get("cost")
        generation_ids = _generation_ids(record)
        return replace(
            job,
            generation_id=_text(record.get("generation_id")) or next(iter(generation_ids), None),
            generation_ids=generation_ids,
            submitted_at=parse_iso(record.get("submitted_at")),
            completed_at=parse_iso(record.get("completed_at")),
            saved_at=parse_iso(record.get("saved_at")),
            video_url=_text(record.get("video_url")),
            url_expires_at=parse_iso(record.get("url_expires_at")),
            film_path=_text(record.get("film_path")),
            film_size=_number(record.get("film_size")),
            cost=_cost(cost) if isinstance(cost, dict) else None,
            error=_failure(record.get("error")),
            problem=_failure(record.get("problem")),
            status_word=_text(record.get("status_word")),
            request_id=_text(record.get("request_id")),
            attempts=_attempts(record.get("attempts")),
            key_fingerprint=_text(record.get("key_fingerprint")),
            price_usd=_amount(record.get("price_usd")),
            reply=_text(record.get("reply")),
            followed=record.get("followed") is not False,
            starred=record.get("starred") is True,
            trashed_at=parse_iso(record.get("trashed_at")),
            parent=_text(record.get("parent")),
            extra={name: value for name, value in record.items() if name not in _KNOWN},
        )


_KNOWN = frozenset(
    [
        "id",
        "generation_id",
        "generation_ids",
        "state",
        "model",
        "prompt",
        "parameters",
        "seed",
        "created_at",
        "submitted_at",
        "completed_at",
        "saved_at",
        "video_url",
        "url_expires_at",
        "film_path",
        "film_size",
        "cost",
        "error",
        "problem",
        "endpoint",
        "status_word",
        "request_id",
        "attempts",
        "key_fingerprint",
        "price_usd",
        "reply",
        "followed",
        "starred",
        "trashed_at",
        "parent",
    ]
)


_ABSURD = 1e15
"""An amount that nobody has; NaN and infinity are not below it either."""


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC with milliseconds and a Z."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_iso(text: object) -> datetime | None:
    """Read ISO 8601; a time without an offset is UTC; anything else is None."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _required_time(text: object) -> datetime:
    moment = parse_iso(text)
    if moment is None:
        raise ValueError("not a job: created_at is not a time")
    return moment


def _required_text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("not a job: a name is missing")
    return value


def _parameters(value: Mapping[str, Any]) -> dict[str, Value]:
    return {str(name): v for name, v in value.items() if isinstance(v, str | int | bool)}


def _generation_ids(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Every id in the record: the one in use is put first where the list has it not."""
    listed, used = record.get("generation_ids"), _text(record.get("generation_id"))
    ids = [g for g in listed if isinstance(g, str) and g] if isinstance(listed, list) else []
    return tuple(ids) if used is None or used in ids else (used, *ids)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _amount(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if abs(value) < _ABSURD else None


def _cost(data: Mapping[str, Any]) -> Cost | None:
    usd, spent = _amount(data.get("usd")), _number(data.get("credits"))
    return None if usd is None and spent is None else Cost(usd, spent, str(data.get("source") or "answer"))


def _failure(data: object) -> Failure | None:
    return Failure.from_json(data) if isinstance(data, dict) else None


def _failure_json(failure: Failure | None) -> dict[str, Any] | None:
    return failure.to_json() if failure else None


def _attempts(data: object) -> tuple[Attempt, ...]:
    attempts: list[Attempt] = []
    for row in data if isinstance(data, list) else ():
        at = parse_iso(row.get("at")) if isinstance(row, dict) else None
        if at is not None and isinstance(row.get("client_id"), str):
            attempts.append(Attempt(row["client_id"], at))
    return tuple(attempts)
