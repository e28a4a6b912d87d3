"""Reads a generation's state from the service's answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from wan_tui.api.response import Response
from wan_tui.api.url_policy import check_link, link_expiry
from wan_tui.api.wire.error_text import error_text
from wan_tui.api.wire.values import amount, decimal, identifier, mapping, text
from wan_tui.domain.errors import Failure, LinkRefused, Money
from wan_tui.domain.job import Cost
from wan_tui.domain.observations import Phase, StatusReport

CREDITS_PER_USD = 2_000_000
"""Fixed by the vendor."""

CREDITS_HEADER = "x-aimlapi-credits-used"
USD_HEADER = "x-aimlapi-usd-spent"

# Status words of this service and similar ones; compared in lower case, with spaces and hyphens as underscores.
PHASES: Mapping[str, Phase] = {
    **dict.fromkeys(["queued", "pending", "waiting", "submitted"], Phase.QUEUED),
    **dict.fromkeys(["generating", "processing", "running", "in_progress", "starting"], Phase.RUNNING),
    **dict.fromkeys(["completed", "succeeded", "success", "done", "finished", "ready"], Phase.DONE),
    **dict.fromkeys(
        ["error", "failed", "canceled", "cancelled", "timeout", "timed_out", "expired", "rejected"],
        Phase.FAILED,
    ),
    "unknown": Phase.GONE,
}
_MODERATION = ("datainspection", "moderation", "inappropriate", "content_policy", "contentpolicy", "nsfw")


def generation_id(data: object) -> str | None:
    """The generation id in the answer."""
    return identifier(mapping(data).get("id")) or identifier(mapping(data).get("generation_id"))


def generation_ids_in(data: object, answer: Response) -> tuple[str, ...]:
    """All generation ids in the answer to an order, body before headers, without duplicates."""
    fields = mapping(data)
    # An error object may have an id of its own, so in a refusal "id" counts only beside a status.
    of_a_film = answer.ok or _phase(fields.get("status")) is not None
    names = ("id", "generation_id", "inference_id") if of_a_film else ("generation_id", "inference_id")
    found: list[str] = []
    for one in (*(identifier(fields.get(name)) for name in names), *header_ids(answer)):
        if one and not any(same_generation(one, known) for known in found):
            found.append(one)
    return tuple(found)


def header_ids(answer: Response) -> tuple[str, ...]:
    """The ids in the headers: the service adds one to any answer, and a gateway may add another."""
    found = (identifier(value) for value in answer.values("x-inference-id"))
    return tuple(dict.fromkeys(one for one in found if one))


def same_generation(one: str, other: str) -> bool:
    """Compare ids, ignoring the optional ``:model`` suffix."""
    return one.partition(":")[0] == other.partition(":")[0]


def is_status(data: object) -> bool:
    """Whether ``data`` is about a generation; an error object has an HTTP status as its status."""
    state = mapping(data).get("status")
    numbered = re.fullmatch(r"[1-5][0-9]{2}(\.0)?", str(state).strip()) is not None
    return not numbered and (generation_id(data) is not None or "status" in mapping(data))


def status_report(
    data: object, answer: Response, asked_for: str, now: datetime, *, allow_loopback: bool
) -> StatusReport:
    """The state of the generation in ``data``. ``asked_for``: its id, if the answer has none.

    With DONE, ``failure`` is set if the link is rejected.
    """
    fields = mapping(data)
    word = _word(fields.get("status"), answer)
    phase = _phase(word) or Phase.RUNNING
    cost = read_cost(fields, answer)
    url, failure = None, None
    if phase is Phase.DONE:
        url, failure = _film_link(fields.get("video"), allow_loopback)
    elif phase is Phase.FAILED:
        failure = _failure(fields.get("error"), word, cost, answer)
    return StatusReport(
        generation_id=generation_id(data) or asked_for,
        phase=phase,
        word=word,
        video_url=url,
        url_expires_at=link_expiry(url, now) if url else None,
        failure=failure,
        cost=cost,
        request_id=answer.request_id,
    )


def read_cost(fields: Mapping[str, object], answer: Response) -> Cost | None:
    """The cost from the answer's usage or else its headers."""
    usage = mapping(mapping(fields.get("meta")).get("usage")) or mapping(fields.get("usage"))
    units = amount(usage.get("credits_used")) or amount(usage.get("tokens_used"))
    usd = amount(usage.get("usd_spent"))
    source = "answer"
    if units is None and usd is None:
        units, usd = decimal(answer.headers.get(CREDITS_HEADER)), decimal(answer.headers.get(USD_HEADER))
        source = "header"
    if units is None and usd is None:
        return None
    return Cost(usd or (units or 0) / CREDITS_PER_USD, round(units) if units else None, source)


def _phase(word: object) -> Phase | None:
    return (
        PHASES.get(word.strip().lower().replace("-", "_").replace(" ", "_"))
        if isinstance(word, str)
        else None
    )


def _word(value: object, answer: Response) -> str:
    return "" if value is None else answer.shown(str(value)[:200], 40)


def _film_link(video: object, allow_loopback: bool) -> tuple[str | None, Failure | None]:
    if isinstance(video, list) and video:
        video = video[0]
    link = video.get("url") if isinstance(video, dict) else video
    if link is None:
        return None, None
    try:
        return check_link(text(link) or "", allow_loopback=allow_loopback), None
    except LinkRefused as refused:
        return None, refused.failure()


def _failure(error: object, word: str, cost: Cost | None, answer: Response) -> Failure:
    found = error_text(error, answer.shown)
    # The vendor says that failed generations are free; a cost in the answer contradicts that.
    money = Money.FREE if cost is None else Money.UNKNOWN
    if any(mark in f"{found.name} {found.words}".lower() for mark in _MODERATION):
        message = f"Rejected by the service's content check: {found.words or found.name}"
        next_step = "Change the prompt; e in the studio copies it into the form"
        return Failure("moderation", message, money, next_step, answer.request_id)
    words = found.words or found.name or f"status “{word}” without a reason"
    return Failure(
        "generation_error",
        f"The service could not make the film: {words}",
        money,
        "Order again, maybe with another prompt or seed",
        answer.request_id,
    )
