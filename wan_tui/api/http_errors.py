"""Maps HTTP error answers to errors: refused (not charged), in doubt (look it up), or unavailable (retry).

A status means different things for an order, which costs money, and for a read, which can be retried; so there are two
functions.
"""

from __future__ import annotations

import json
import re
from typing import Any

from wan_tui.api.response import Response
from wan_tui.api.retry_after import retry_after
from wan_tui.api.sanitize import BILLING_LINK
from wan_tui.api.wire.error_text import ErrorText, error_text, truncated_error_text
from wan_tui.domain.errors import (
    BadRequest,
    Forbidden,
    NoCredits,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Refused,
    ServiceError,
    Unauthorized,
    Unavailable,
)
from wan_tui.domain.url import read_url

LOOKING_IT_UP = "wan-tui looks it up at the service; do not order it again until that is settled."
RETRYING = "Retrying automatically."
ENTER_KEY = "Enter a working key to resume."
NO_REQUEST = "The order could not be encoded"
_CHECK_URL = "Check the base URL in the settings."

_INVALID = (400, 413, 414, 422, 431)
_UNDECIDED = (408, 409, 425, 499)

# Phrases in a 402 or 403, in the order in which they are checked.
_SPEND_CAP = re.compile(
    r"(?i)spend(ing)?[ _-]*(cap|limit)|(daily|weekly|monthly)[ _-]*(spend|cap|limit|budget)|\bbudget\b"
)
_EMPTY = re.compile(
    r"(?i)(out of|\bno|not enough|insufficient|exhausted|buy|add|without)[ _-]*(\w+[ _-]+)?(credit|balance|fund)"
    r"|top[ _-]?up"
    r"|(credits?|balance|funds?)( is| are| has| have)?( been)? *(too low|low|insufficient|negative|zero)"
    r"|(credits?|balance|funds?)( is| are| has| have)?( been)? *(exhausted|depleted|used up|required)"
)
_SCOPE = re.compile(r"(?i)\bscopes?\b|permission|management key|not allowed|may not|not authori[sz]ed")
_MONEY = re.compile(r"(?i)\bcredits?\b|\bbalance\b|\bfunds?\b|\bpayment\b|\bbilling\b")


def order_failure(answer: Response, generation_ids: tuple[str, ...] = ()) -> ServiceError:
    """The error for a non-2xx answer to an order. ``generation_ids``: those in the answer.

    An id proves that the service received the order before it, or a gateway, answered. In the service's own refusal it
    may just name the request in its log; in any other answer the order may have been accepted.
    """
    error = _order_failure(answer, named=bool(generation_ids))
    error.generation_ids = generation_ids
    return error


def reading_failure(answer: Response) -> ServiceError:
    """The error for a non-2xx answer to a read."""
    found = _error_text(answer)
    if answer.status == 429:
        return _rate_limited(answer, found)
    # A gateway knows nothing about accounts and generations, so its answer proves nothing.
    if by_service(answer) and answer.status not in _UNDECIDED:
        if answer.status == 410:
            return _not_found(answer, found)
        # A 403 without a body may come from a gateway.
        refusal = None if answer.status == 403 and not answer.body else _refusal(answer, "the request")
        if refusal is not None:
            return refusal
    return Unavailable(
        _sentence("The service failed to answer", found, answer),
        next_step=RETRYING,
        **_details(answer, found),
    )


def is_refusal_status(status: int) -> bool:
    """Whether this status of an answer to an order means a refusal, judging by the status alone."""
    return 400 <= status < 500 and status not in _UNDECIDED


def by_service(answer: Response) -> bool:
    """Whether the answer may come from the service itself: JSON or no body."""
    return answer.text.lstrip("\ufeff \t\r\n")[:1] in ("", "{", "[")


def _order_failure(answer: Response, *, named: bool) -> ServiceError:
    found = _error_text(answer)
    redirected = 300 <= answer.status < 400
    if named and (redirected or (is_refusal_status(answer.status) and not by_service(answer))):
        return OutcomeUnknown(
            _sentence("The service received the order, but a gateway answered", found, answer),
            next_step=LOOKING_IT_UP,
            **_details(answer, found),
        )
    if redirected:
        return Refused(
            f"The service redirected the order to {_target(answer)}; redirects are not followed",
            next_step=_CHECK_URL,
            status=answer.status,
        )
    if not is_refusal_status(answer.status):
        return OutcomeUnknown(
            _sentence("The service failed while receiving the order", found, answer),
            next_step=LOOKING_IT_UP,
            **_details(answer, found),
        )
    if answer.status in (401, 402, 403) and not by_service(answer):
        return Refused(
            _sentence("The order did not reach the service", found, answer),
            next_step="Retry later or from another network (a firewall or VPN may block it).",
            **_details(answer, found),
        )
    return _refusal(answer, "the order") or Refused(
        _sentence("The service refused the order", found, answer),
        next_step=_CHECK_URL,
        **_details(answer, found),
    )


def _refusal(answer: Response, what: str) -> Refused | None:
    """Refusals that mean the same for an order and for a read."""
    found = _error_text(answer)
    match answer.status:
        case status if status in _INVALID:
            return BadRequest(
                _sentence(f"The service refused {what}", found, answer),
                field=found.field,
                next_step="Fix the request and order again." if what == "the order" else RETRYING,
                **_details(answer, found),
            )
        case 401:
            return Unauthorized(
                _sentence("The service does not accept the API key", found, answer),
                next_step=ENTER_KEY,
                **_details(answer, found),
            )
        case 402 | 403:
            return _forbidden(answer, found)
        case 404:
            return _not_found(answer, found)
        case 429:
            return _rate_limited(answer, found)
    return None


def _forbidden(answer: Response, found: ErrorText) -> Forbidden:
    """Tell a spend cap, an empty account and missing permissions apart by the text; a 402 is always about money."""
    words = f"{found.name} {found.words}"
    if _SPEND_CAP.search(words):
        return Forbidden(
            _sentence("The key has reached its spend cap", found, answer),
            next_step="Wait for the reset (00:00 UTC), raise the cap on the service's website, or use another key.",
            **_details(answer, found),
        )
    scope = _SCOPE.search(words) is not None
    if _EMPTY.search(words) or (not scope and (answer.status == 402 or _MONEY.search(words))):
        return NoCredits(
            _sentence("The account does not have enough credits", found, answer),
            next_step=f"Top up at {BILLING_LINK} or use another key.",
            **_details(answer, found),
        )
    return Forbidden(
        _sentence("The key is not allowed to do that", found, answer),
        next_step="Check the key's scopes and models on the service's website, or use another key.",
        **_details(answer, found),
    )


def _not_found(answer: Response, found: ErrorText) -> NotFound:
    return NotFound(
        _sentence("The service does not know this model, path or generation", found, answer),
        next_step="Check the model, the key and the base URL in the settings.",
        **_details(answer, found),
    )


def _rate_limited(answer: Response, found: ErrorText) -> RateLimited:
    details = _details(answer, found)
    wait = details["retry_after"]
    pause = f" in {wait:.0f} s" if wait is not None else ""
    return RateLimited(
        _sentence("The service limits the request rate", found, answer),
        next_step=f"Retrying automatically{pause}.",
        **details,
    )


def _error_text(answer: Response) -> ErrorText:
    try:
        data = json.loads(answer.body)
    except (ValueError, RecursionError):
        return truncated_error_text(answer.text, answer.shown)
    return error_text(data, answer.shown)


def _sentence(cause: str, found: ErrorText, answer: Response) -> str:
    if found.words:
        return f"{cause}: {found.words}"
    if by_service(answer):
        return f"{cause} (HTTP {answer.status})"
    words = answer.shown(answer.text, 80)
    said = f": “{words}”" if words else ""
    return f"{cause} (HTTP {answer.status} from a gateway{said})"


def _details(answer: Response, found: ErrorText) -> dict[str, Any]:
    return {
        "status": answer.status,
        "request_id": found.request_id or answer.request_id,
        "retry_after": retry_after(answer.headers.get("retry-after"), answer.headers.get("date")),
    }


def _target(answer: Response) -> str:
    """The host of a redirect."""
    try:
        host = read_url(answer.headers.get("location", "")).host
    except ValueError:
        host = ""
    return answer.shown(host, 100) or "another URL"
