"""A refusal, in the shape the service gives its errors."""

from __future__ import annotations

from collections.abc import Mapping

BILLING_LINK = "https://aimlapi.com/app/billing"


class ApiError(Exception):
    """An answer other than success: HTTP status, message for the caller, extra headers."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = dict(headers or {})


def error_body(status: int, message: str, path: str, request_id: str, timestamp: str) -> dict[str, object]:
    """The service's error object."""
    return {
        "message": message,
        "path": path,
        "requestId": request_id,
        "statusCode": status,
        "timestamp": timestamp,
    }


def no_credits() -> ApiError:
    """403: the account cannot pay for the order."""
    return ApiError(
        403,
        "You've run out of credits. Please top up your balance or update your payment method to continue: "
        + BILLING_LINK,
    )
