"""What a failure answer proves: refused (free), in doubt (look it up), or try again later.

The same status means different things to an order, which costs money, and to a reading, which is free to
be asked again; so there are two functions.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from wan_tui.api.answer import Answer
from wan_tui.api.retry_after import retry_after
from wan_tui.api.service_text import BILLING_LINK, is_html
from wan_tui.api.wire.complaints import Complaint, complaint, cut_complaint
from wan_tui.domain.errors import (
    BadRequest,
    Doubtful,
    NoCredits,
    NotFound,
    RateLimited,
    Refused,
    ServiceError,
    Unauthorized,
    Unavailable,
)

LOOK_IT_UP = "It is being looked for at the service; do not order it again before that is settled."
ASKED_AGAIN = "It is asked again by itself."

_INVALID = (400, 413, 414, 422, 431)
_UNDECIDED = (408, 409, 425, 499)


def order_failure(answer: Answer) -> ServiceError:
    """What an answer other than 2xx to an order means."""
    if 300 <= answer.status < 400:
        return Refused(
            f"The service sent the order on to {_target(answer)}, which is not followed",
            next_step="Check the service's address in the settings.",
            status=answer.status,
        )
    if not 400 <= answer.status < 500 or answer.status in _UNDECIDED:
        told = _told(answer)
        return Doubtful(
            _sentence("The service failed while it took the order", told, answer),
            next_step=LOOK_IT_UP,
            **_details(answer, told),
        )
    return _refusal(answer, "the order") or Refused(
        _sentence("The service refused the order", _told(answer), answer),
        next_step="Check the service's address in the settings.",
        **_details(answer, _told(answer)),
    )


def reading_failure(answer: Answer) -> ServiceError:
    """What an answer other than 2xx to a reading means."""
    if answer.status == 410:
        return _not_found(answer, _told(answer))
    # A page instead of an error object comes from something in between, which knows nothing of accounts.
    in_between = answer.status in (402, 403) and is_html(answer.text)
    refusal = None if in_between or answer.status in _UNDECIDED else _refusal(answer, "the question")
    if refusal is not None:
        return refusal
    told = _told(answer)
    return Unavailable(
        _sentence("The service did not give an answer", told, answer),
        next_step=ASKED_AGAIN,
        **_details(answer, told),
    )


def _refusal(answer: Answer, what: str) -> Refused | None:
    """The refusals that mean the same to an order and to a reading."""
    told = _told(answer)
    match answer.status:
        case status if status in _INVALID:
            return BadRequest(
                _sentence(f"The service refused {what}", told, answer),
                field=told.field,
                next_step="Correct the request and order again." if what == "the order" else ASKED_AGAIN,
                **_details(answer, told),
            )
        case 401:
            return Unauthorized(
                _sentence("The service does not accept the API key", told, answer),
                next_step="Enter a working key; everything goes on with it.",
                **_details(answer, told),
            )
        case 402 | 403 if not is_html(answer.text):
            return NoCredits(
                _sentence("The account has no credits left, or the key may not do this", told, answer),
                next_step=f"Top up at {BILLING_LINK} or use another key.",
                **_details(answer, told),
            )
        case 404:
            return _not_found(answer, told)
        case 429:
            return _rate_limited(answer, told)
    return None


def _not_found(answer: Answer, told: Complaint) -> NotFound:
    return NotFound(
        _sentence("The service does not know this model, address or generation", told, answer),
        next_step="Check the model, the key and the service's address in the settings.",
        **_details(answer, told),
    )


def _rate_limited(answer: Answer, told: Complaint) -> RateLimited:
    details = _details(answer, told)
    wait = details["retry_after"]
    pause = f" in {wait:.0f} s" if wait is not None else " a little later"
    return RateLimited(
        _sentence("The service has too much to do", told, answer),
        next_step=f"It is tried again by itself{pause}.",
        **details,
    )


def _told(answer: Answer) -> Complaint:
    try:
        data = json.loads(answer.body)
    except (ValueError, RecursionError):
        return cut_complaint(answer.text, answer.shown)
    return complaint(data, answer.shown)


def _sentence(cause: str, told: Complaint, answer: Answer) -> str:
    if told.words:
        return f"{cause}: {told.words}"
    by = ", by a gateway in between" if is_html(answer.text) else ""
    return f"{cause} (HTTP {answer.status}{by})"


def _details(answer: Answer, told: Complaint) -> dict[str, Any]:
    return {
        "status": answer.status,
        "request_id": told.request_id or answer.request_id,
        "retry_after": retry_after(answer.headers.get("retry-after"), answer.headers.get("date")),
    }


def _target(answer: Answer) -> str:
    """The host of a redirect, and nothing else of it."""
    try:
        host = urlsplit(answer.headers.get("location", "")).hostname
    except ValueError:
        host = None
    return answer.shown(host or "", 100) or "another address"
