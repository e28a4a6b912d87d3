"""The bodies of the video endpoints in the exact schema of each dialect, and JSON encoding."""

from __future__ import annotations

import json

from wan_tui.simulator.catalog import VENDOR_PATH
from wan_tui.simulator.orders import Ending, Order, Status

_ERRORS = {
    Ending.BLOCKED: {
        "name": "DataInspectionFailed",
        "message": "Input data may contain inappropriate content.",
    },
    Ending.FAILED: {
        "name": "GenerationFailed",
        "message": "The model could not make this video. Please try again.",
    },
}
_ODD_STATUS = "warming_up_✨"


def json_bytes(value: object) -> bytes:
    """ASCII-only JSON, so that any text of a client can be returned, including lone surrogates."""
    return json.dumps(value).encode("ascii")


def generation_answer(
    order: Order, path: str, url: str | None, now: float, *, has_usd: bool
) -> dict[str, object]:
    """The answer about an order on one endpoint; `url` is the film's link, `now` Unix seconds.

    `has_usd`: whether the answers of the order's model have a field for dollars.
    """
    status = order.status(now)
    odd = order.quirk == "fault:odd-status" and status is Status.GENERATING
    answer: dict[str, object] = {"id": order.id, "status": _ODD_STATUS if odd else status.value}
    if path == VENDOR_PATH:
        answer["video"] = {"url": url, "duration": order.seconds} if url else None
        answer["duration"] = order.seconds if url else None
    else:
        answer["video"] = {"url": url} if url else None
    answer["error"] = _error(order) if status is Status.ERROR else None
    answer["meta"] = {"usage": _usage(order, path, has_usd)} if status is Status.COMPLETED else None
    return answer


def _error(order: Order) -> object:
    error = _ERRORS[order.ending]
    return error["message"] if order.quirk == "fault:string-error" else error


def _usage(order: Order, path: str, has_usd: bool) -> dict[str, object]:
    if path == VENDOR_PATH:
        return {"tokens_used": order.credits}
    usage: dict[str, object] = {"credits_used": order.credits}
    return {**usage, "usd_spent": order.charged_usd} if has_usd else usage
