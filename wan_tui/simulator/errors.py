"""Errors, in both formats of the service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus

BILLING_LINK = "https://aimlapi.com/app/billing"
PROBLEM_TYPE = "application/problem+json"


class ApiError(Exception):
    """An error answer: HTTP status, message, extra headers.

    `issues`: name and problem of each invalid field.
    """

    def __init__(
        self,
        status: int,
        message: str,
        headers: Mapping[str, str] | None = None,
        issues: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = dict(headers or {})
        self.issues = list(issues)


def bad_field(name: str, complaint: str) -> ApiError:
    """400: one invalid field or query parameter."""
    return bad_fields([(name, complaint)])


def bad_fields(issues: Sequence[tuple[str, str]]) -> ApiError:
    """400: the message names each bad field, what was expected and what was received."""
    return ApiError(400, "; ".join(f"{name}: {complaint}" for name, complaint in issues), issues=issues)


def error_body(status: int, message: str, path: str, request_id: str, timestamp: str) -> dict[str, object]:
    """The service's error object."""
    return {
        "message": message,
        "path": path,
        "requestId": request_id,
        "statusCode": status,
        "timestamp": timestamp,
    }


def problem_body(
    status: int, message: str, path: str, request_id: str, issues: Sequence[tuple[str, str]] = ()
) -> dict[str, object]:
    """The newer error object, `application/problem+json`, with the invalid fields in `data.issues`."""
    title = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Error"
    shown = "Validation failed" if issues else message
    body: dict[str, object] = {
        "title": title,
        "status": status,
        "message": shown,
        "instance": path,
        "requestId": request_id,
        "error": {"name": title.title().replace(" ", "") + "Exception", "message": shown},
    }
    if issues:
        body["data"] = {"issues": [{"path": [name], "message": complaint} for name, complaint in issues]}
    return body


def no_credits() -> ApiError:
    """403: the account cannot pay for the order."""
    return ApiError(
        403,
        "You've run out of credits. Please top up your balance or update your payment method to continue: "
        + BILLING_LINK,
    )
