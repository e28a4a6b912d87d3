"""A generation's state, as the service tells it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from wan_tui.api.response import Response
from wan_tui.api.url_policy import check_link, link_expiry
from wan_tui.api.wire.complaints import complaint
from wan_tui.api.wire.values import amount, decimal, identifier, mapping, text
from wan_tui.domain.errors import Failure, LinkRefused, Money
from wan_tui.domain.job import Cost
from wan_tui.domain.observations import Phase, StatusReport

CREDITS_PER_USD = 2_000_000
"""The vendor's fixed rate."""

CREDITS_HEADER = "x-aimlapi-credits-used"
USD_HEADER = "x-aimlapi-usd-spent"

# Words of this service and of its neighbours; compared in lower case, blanks and hyphens as underscores.
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
    """The id that the answer is about."""
    return identifier(mapping(data).get("id")) or identifier(mapping(data).get("generation_id"))


def generation_ids_in(data: object, answer: Response) -> tuple[str, ...]:
    """Every generation that an answer to an order names, body before headers, each once."""
    fields = mapping(data)
    # An error may have an id of its own: beside a refusal only a body that tells a state speaks of a film.
    of_a_film = answer.ok or _phase(fields.get("status")) is not None
    names = ("id", "generation_id", "inference_id") if of_a_film else ("generation_id", "inference_id")
    found: list[str] = []
    for one in (*(identifier(fields.get(name)) for name in names), *header_ids(answer)):
        if one and not any(same_generation(one, known) for known in found):
            found.append(one)
    return tuple(found)


def header_ids(answer: Response) -> tuple[str, ...]:
    """What the headers name: the service puts an id there on any answer, and a gateway may add one of its own."""
    found = (identifier(value) for value in answer.values("x-inference-id"))
    return tuple(dict.fromkeys(one for one in found if one))


def same_generation(one: str, other: str) -> bool:
    """The service writes one id with and without ``:model`` behind it."""
    return one.partition(":")[0] == other.partition(":")[0]


def is_status(data: object) -> bool:
    """Whether this can be an answer about a generation at all; an error object has an HTTP status for its status."""
    state = mapping(data).get("status")
    numbered = re.fullmatch(r"[1-5][0-9]{2}(\.0)?", str(state).strip()) is not None
    return not numbered and (generation_id(data) is not None or "status" in mapping(data))


def status_report(
    data: object, answer: Response, asked_for: str, now: datetime, *, allow_loopback: bool
) -> StatusReport:
    """What ``data`` says of the generation. ``asked_for`` names it where the answer does not.

    With DONE, ``failure`` is set where the service gave a link that may not be followed.
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
    """What was charged, by the answer's usage or else by its headers."""
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
    found = complaint(error, answer.shown)
    # Failed generations are free by the vendor's word; a charge beside the error contradicts it.
    money = Money.FREE if cost is None else Money.UNKNOWN
    if any(mark in f"{found.name} {found.words}".lower() for mark in _MODERATION):
        message = f"The service's content check refused it: {found.words or found.name}"
        next_step = "Change the prompt; in the studio e brings it into the form"
        return Failure("moderation", message, money, next_step, answer.request_id)
    words = found.words or found.name or f"its status is “{word}” and it gives no reason"
    return Failure(
        "generation_error",
        f"The service could not make the film: {words}",
        money,
        "Order again, perhaps with another prompt or seed",
        answer.request_id,
    )
