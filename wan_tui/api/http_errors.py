"""What a failure answer proves: refused (free), in doubt (look it up), or try again later.

The same status means different things to an order, which costs money, and to a reading, which is free to
be asked again; so there are two functions.
"""

from __future__ import annotations

import json
import re
from typing import Any

from wan_tui.api.response import Response
from wan_tui.api.retry_after import retry_after
from wan_tui.api.sanitize import BILLING_LINK
from wan_tui.api.wire.complaints import Complaint, complaint, cut_complaint
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

LOOK_IT_UP = "It is being looked for at the service; do not order it again before that is settled."
ASKED_AGAIN = "It is asked again by itself."

_INVALID = (400, 413, 414, 422, 431)
_UNDECIDED = (408, 409, 425, 499)

# Words of a 402 or 403, in the order in which they are looked for.
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
    """What an answer other than 2xx to an order means. ``generation_ids``: those that it names.

    An id proves that the service had the order before it, or whatever stands in front of it, answered. Beside the
    service's own refusal it may be that of a row in its log; with any other answer the order may have been taken.
    """
    error = _order_failure(answer, named=bool(generation_ids))
    error.generation_ids = generation_ids
    return error


def reading_failure(answer: Response) -> ServiceError:
    """What an answer other than 2xx to a reading means."""
    found = _complaint(answer)
    if answer.status == 429:
        return _rate_limited(answer, found)
    # What stands in front of the service knows nothing of accounts and generations: that is no answer to us.
    if by_service(answer) and answer.status not in _UNDECIDED:
        if answer.status == 410:
            return _not_found(answer, found)
        # Without a word of why, 403 is as good as a gateway's.
        refusal = None if answer.status == 403 and not answer.body else _refusal(answer, "the question")
        if refusal is not None:
            return refusal
    return Unavailable(
        _sentence("The service did not give an answer", found, answer),
        next_step=ASKED_AGAIN,
        **_details(answer, found),
    )


def turned_away(status: int) -> bool:
    """Whether an order that is answered so was refused, as far as the status alone can tell."""
    return 400 <= status < 500 and status not in _UNDECIDED


def by_service(answer: Response) -> bool:
    """Whether the service itself can have answered so: in JSON, or without a body."""
    return answer.text.lstrip("\ufeff \t\r\n")[:1] in ("", "{", "[")


def _order_failure(answer: Response, *, named: bool) -> ServiceError:
    found = _complaint(answer)
    redirected = 300 <= answer.status < 400
    if named and (redirected or (turned_away(answer.status) and not by_service(answer))):
        return OutcomeUnknown(
            _sentence("The service knows the order, but did not answer it itself", found, answer),
            next_step=LOOK_IT_UP,
            **_details(answer, found),
        )
    if redirected:
        return Refused(
            f"The service sent the order on to {_target(answer)}, which is not followed",
            next_step="Check the service's address in the settings.",
            status=answer.status,
        )
    if not turned_away(answer.status):
        return OutcomeUnknown(
            _sentence("The service failed while it took the order", found, answer),
            next_step=LOOK_IT_UP,
            **_details(answer, found),
        )
    if answer.status in (401, 402, 403) and not by_service(answer):
        return Refused(
            _sentence("The order did not get as far as the service", found, answer),
            next_step="Try again later or from another network (a firewall or VPN in between?).",
            **_details(answer, found),
        )
    return _refusal(answer, "the order") or Refused(
        _sentence("The service refused the order", found, answer),
        next_step="Check the service's address in the settings.",
        **_details(answer, found),
    )


def _refusal(answer: Response, what: str) -> Refused | None:
    """The refusals that mean the same to an order and to a reading."""
    found = _complaint(answer)
    match answer.status:
        case status if status in _INVALID:
            return BadRequest(
                _sentence(f"The service refused {what}", found, answer),
                field=found.field,
                next_step="Correct the request and order again." if what == "the order" else ASKED_AGAIN,
                **_details(answer, found),
            )
        case 401:
            return Unauthorized(
                _sentence("The service does not accept the API key", found, answer),
                next_step="Enter a working key; everything goes on with it.",
                **_details(answer, found),
            )
        case 402 | 403:
            return _forbidden(answer, found)
        case 404:
            return _not_found(answer, found)
        case 429:
            return _rate_limited(answer, found)
    return None


def _forbidden(answer: Response, found: Complaint) -> Forbidden:
    """A key has scopes and a spend cap of its own: the account is empty only where the words say so.

    402 says by itself that it is about money.
    """
    words = f"{found.name} {found.words}"
    if _SPEND_CAP.search(words):
        return Forbidden(
            _sentence("The key has reached its spend cap", found, answer),
            next_step="Wait until the cap is reset (00:00 UTC), raise it on the service's website, or use another key.",
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
        _sentence("The service does not let this key do that", found, answer),
        next_step="Check the key's scopes and models on the service's website, or use another key.",
        **_details(answer, found),
    )


def _not_found(answer: Response, found: Complaint) -> NotFound:
    return NotFound(
        _sentence("The service does not know this model, address or generation", found, answer),
        next_step="Check the model, the key and the service's address in the settings.",
        **_details(answer, found),
    )


def _rate_limited(answer: Response, found: Complaint) -> RateLimited:
    details = _details(answer, found)
    wait = details["retry_after"]
    pause = f" in {wait:.0f} s" if wait is not None else " a little later"
    return RateLimited(
        _sentence("The service has too much to do", found, answer),
        next_step=f"It is tried again by itself{pause}.",
        **details,
    )


def _complaint(answer: Response) -> Complaint:
    try:
        data = json.loads(answer.body)
    except (ValueError, RecursionError):
        return cut_complaint(answer.text, answer.shown)
    return complaint(data, answer.shown)


def _sentence(cause: str, found: Complaint, answer: Response) -> str:
    if found.words:
        return f"{cause}: {found.words}"
    if by_service(answer):
        return f"{cause} (HTTP {answer.status})"
    words = answer.shown(answer.text, 80)
    said = f", which says “{words}”" if words else ""
    return f"{cause} (HTTP {answer.status}, by a gateway in between{said})"


def _details(answer: Response, found: Complaint) -> dict[str, Any]:
    return {
        "status": answer.status,
        "request_id": found.request_id or answer.request_id,
        "retry_after": retry_after(answer.headers.get("retry-after"), answer.headers.get("date")),
    }


def _target(answer: Response) -> str:
    """The host of a redirect, and nothing else of it."""
    try:
        host = read_url(answer.headers.get("location", "")).host
    except ValueError:
        host = ""
    return answer.shown(host, 100) or "another address"
