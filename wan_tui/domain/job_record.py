"""Jobs as JSON: what the command line prints, and the record on disk, which is read back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from wan_tui.domain.errors import Failure
from wan_tui.domain.job import Attempt, Cost, Job, JobState
from wan_tui.domain.json_values import as_amount, as_text, as_whole
from wan_tui.domain.parameters import Dialect, Value
from wan_tui.domain.times import iso, parse_iso

_KNOWN = frozenset(field.name for field in fields(Job)) - {"extra"} | {"prompt", "seed"}
"""What a record holds to this version's knowledge; ``prompt`` and ``seed`` stand in it for other readers."""


def to_json(job: Job) -> dict[str, Any]:
    """The public shape, as the command line prints it."""
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


def to_record(job: Job) -> dict[str, Any]:
    """The shape on disk: the public one, what only we need, and what a newer version added."""
    return {
        **job.extra,
        **to_json(job),
        "error": _failure_json(job.error),
        "problem": _failure_json(job.problem),
        "generation_ids": list(job.generation_ids),
        "seen_running_at": iso(job.seen_running_at),
        "film_size": job.film_size,
        "status_word": job.status_word,
        "request_id": job.request_id,
        "attempts": [{"client_id": a.client_id, "at": iso(a.at)} for a in job.attempts],
        "key_fingerprint": job.key_fingerprint,
        "price_usd": job.price_usd,
        "reply": job.reply,
        "followed": job.followed,
        "starred": job.starred,
        "trashed_at": iso(job.trashed_at),
        "parent": job.parent,
    }


def from_record(record: Mapping[str, Any]) -> Job:
    """Read a record. Raises ValueError where it cannot be a job; a damaged detail is dropped instead."""
    try:
        needed: dict[str, Any] = {
            "id": _required_text(record["id"]),
            "state": JobState(record["state"]),
            "model": _required_text(record["model"]),
            "parameters": _parameters(record["parameters"]),
            "endpoint": Dialect(record.get("endpoint", Dialect.VENDOR)),
            "created_at": _required_time(record["created_at"]),
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a job: {error!r}") from None
    cost = record.get("cost")
    generation_ids = _generation_ids(record)
    return Job(
        **needed,
        generation_id=as_text(record.get("generation_id")) or next(iter(generation_ids), None),
        generation_ids=generation_ids,
        submitted_at=parse_iso(record.get("submitted_at")),
        completed_at=parse_iso(record.get("completed_at")),
        seen_running_at=parse_iso(record.get("seen_running_at")),
        saved_at=parse_iso(record.get("saved_at")),
        video_url=as_text(record.get("video_url")),
        url_expires_at=parse_iso(record.get("url_expires_at")),
        film_path=as_text(record.get("film_path")),
        film_size=as_whole(record.get("film_size")),
        cost=_cost(cost) if isinstance(cost, dict) else None,
        error=_failure(record.get("error")),
        problem=_failure(record.get("problem")),
        status_word=as_text(record.get("status_word")),
        request_id=as_text(record.get("request_id")),
        attempts=_attempts(record.get("attempts")),
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
    """Every id in the record: the one in use is put first where the list has it not."""
    listed, used = record.get("generation_ids"), as_text(record.get("generation_id"))
    ids = [g for g in listed if isinstance(g, str) and g] if isinstance(listed, list) else []
    return tuple(ids) if used is None or used in ids else (used, *ids)


def _cost(data: Mapping[str, Any]) -> Cost | None:
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
            attempts.append(Attempt(row["client_id"], at))
    return tuple(attempts)
