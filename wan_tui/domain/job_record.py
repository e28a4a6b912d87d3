"""Jobs as JSON: the shape that the command line prints, and the record on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from wan_tui.domain.errors import Failure
from wan_tui.domain.job import Attempt, Cost, Job, JobState
from wan_tui.domain.json_values import as_amount, as_text, as_whole
from wan_tui.domain.parameters import Dialect, Value
from wan_tui.domain.search import Search
from wan_tui.domain.times import iso, parse_iso

_KNOWN = frozenset(field.name for field in fields(Job)) - {"extra"} | {"prompt", "seed"}
"""Field names this version knows; ``prompt`` and ``seed`` are written for other readers."""


def to_json(job: Job) -> dict[str, Any]:
    """The public JSON of a job."""
    cost = job.cost
    return {
        "id": job.id,
        "generation_id": job.generation_id,
        "state": job.state.value,
        "model": job.model,
        "prompt": job.prompt,
        "parameters": dict(job.parameters),
        "seed": job.seed,
        "created_at": iso(job.created_at),
        "submitted_at": iso(job.submitted_at),
        "completed_at": iso(job.completed_at),
        "saved_at": iso(job.saved_at),
        "video_url": job.video_url,
        "url_expires_at": iso(job.url_expires_at),
        "film_path": job.film_path,
        "cost": {
            "usd": cost.usd if cost else None,
            "credits": cost.credits if cost else None,
            "source": cost.source if cost else None,
        },
        "error": _failure_json(job.error or job.problem),
        "endpoint": job.endpoint.value,
    }


_POLLED = (JobState.QUEUED, JobState.GENERATING)


def to_record(job: Job) -> dict[str, Any]:
    """The record on disk: the public JSON, internal fields, and unknown fields of a newer version."""
    return {
        **job.extra,
        **to_json(job),
        "error": _failure_json(job.error),
        "problem": _failure_json(job.problem),
        "generation_ids": list(job.generation_ids),
        "refused_ids": list(job.refused_ids),
        "film": job.film,
        "seen_running_at": iso(job.seen_running_at),
        "film_size": job.film_size,
        "status_word": job.status_word,
        "request_id": job.request_id,
        "attempts": [
            {"client_id": a.client_id, "at": iso(a.at), "service_at": iso(a.service_at)} for a in job.attempts
        ],
        "search": _search_json(job.search),
        "key_fingerprint": job.key_fingerprint,
        "price_usd": job.price_usd,
        "reply": job.reply,
        "followed": job.followed,
        "starred": job.starred,
        "trashed_at": iso(job.trashed_at),
        "parent": job.parent,
    }


def state_of(record: Mapping[str, Any]) -> JobState:
    """The state of a record; *unconfirmed* if it says that the service runs an order whose generation id is missing.

    Such a record was put together of two, when a backup replaced the history while it was in use. The order may have
    been accepted, and without an id it could never be polled: it is looked up by its client id instead.
    Raises KeyError if there is no state, ValueError if it is not a known one.
    """
    try:
        state = JobState(record["state"])
    except ValueError as error:
        raise ValueError(f"not a job: {error}") from None
    polled = state in _POLLED or (state is JobState.COMPLETED and not as_text(record.get("video_url")))
    if not polled or not record.get("attempts"):
        return state
    return state if as_text(record.get("generation_id")) or _generation_ids(record) else JobState.UNCONFIRMED


def from_record(record: Mapping[str, Any]) -> Job:
    """Read a record; invalid details are dropped. Raises ValueError if it cannot be a job."""
    try:
        needed: dict[str, Any] = {
            "id": _required_text(record["id"]),
            "state": state_of(record),
            "model": _required_text(record["model"]),
            "parameters": _parameters(record["parameters"]),
            "endpoint": Dialect(record.get("endpoint", Dialect.VENDOR)),
            "created_at": _required_time(record["created_at"]),
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a job: {error!r}") from None
    generation_ids = _generation_ids(record)
    return Job(
        **needed,
        generation_id=as_text(record.get("generation_id")) or next(iter(generation_ids), None),
        generation_ids=generation_ids,
        refused_ids=_texts(record.get("refused_ids")),
        submitted_at=parse_iso(record.get("submitted_at")),
        completed_at=parse_iso(record.get("completed_at")),
        seen_running_at=parse_iso(record.get("seen_running_at")),
        saved_at=parse_iso(record.get("saved_at")),
        video_url=as_text(record.get("video_url")),
        url_expires_at=parse_iso(record.get("url_expires_at")),
        film=as_text(record.get("film")),
        film_path=as_text(record.get("film_path")),
        film_size=as_whole(record.get("film_size")),
        cost=cost_of(record),
        error=_failure(record.get("error")),
        problem=_failure(record.get("problem")),
        status_word=as_text(record.get("status_word")),
        request_id=as_text(record.get("request_id")),
        attempts=_attempts(record.get("attempts")),
        search=_search(record.get("search")),
        key_fingerprint=as_text(record.get("key_fingerprint")),
        price_usd=as_amount(record.get("price_usd")),
        reply=as_text(record.get("reply")),
        followed=record.get("followed") is not False,
        starred=record.get("starred") is True,
        trashed_at=parse_iso(record.get("trashed_at")),
        parent=as_text(record.get("parent")),
        extra={name: value for name, value in record.items() if name not in _KNOWN},
    )


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
    """Every generation id in the record; the one in use is put first if the list lacks it."""
    ids, used = _texts(record.get("generation_ids")), as_text(record.get("generation_id"))
    return ids if used is None or used in ids else (used, *ids)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str) and item) if isinstance(value, list) else ()


def _search_json(search: Search | None) -> dict[str, Any] | None:
    if search is None:
        return None
    return {"seconds": search.seconds, "looks": search.looks, "last_at": iso(search.last_at)}


def _search(data: object) -> Search | None:
    if not isinstance(data, dict):
        return None
    seconds, looks = as_amount(data.get("seconds")), as_whole(data.get("looks"))
    if seconds is None or looks is None or seconds < 0 or looks < 0:
        return None
    return Search(seconds, looks, parse_iso(data.get("last_at")))


def cost_of(record: Mapping[str, Any]) -> Cost | None:
    """The job's cost from its record; None if it failed without being charged."""
    data, error = record.get("cost"), record.get("error")
    charged = isinstance(error, dict) and error.get("charged") is True
    if not isinstance(data, dict) or (record.get("state") == JobState.FAILED and not charged):
        return None
    usd, spent = as_amount(data.get("usd")), as_whole(data.get("credits"))
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
            attempts.append(Attempt(row["client_id"], at, parse_iso(row.get("service_at"))))
    return tuple(attempts)
