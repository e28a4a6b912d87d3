"""Helpers of all routes: account, common headers, and errors in the service's format."""

from __future__ import annotations

import re
import uuid
from typing import cast

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from wan_tui.simulator.accounts import Account
from wan_tui.simulator.answers import json_bytes
from wan_tui.simulator.errors import PROBLEM_TYPE, ApiError, error_body, problem_body
from wan_tui.simulator.service import Service
from wan_tui.simulator.times import iso

_CLIENT_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


def service_of(request: Request) -> Service:
    """The service behind a request."""
    return cast(Service, request.app.state.service)


def account_of(request: Request) -> Account:
    """The account whose key came with the request. Raises `ApiError` 401."""
    return service_of(request).account(request.headers.get("authorization"))


def request_id(request: Request) -> str:
    """The service's id of this request, created at the first call."""
    if not hasattr(request.state, "request_id"):
        request.state.request_id = str(uuid.uuid4())
    return str(request.state.request_id)


def client_request_id(request: Request) -> str | None:
    """The caller's id; None if it is missing or invalid, in which case the service ignores it."""
    given = request.headers.get("x-client-request-id", "")
    return given if _CLIENT_ID.fullmatch(given) else None


def answer(
    request: Request,
    value: object,
    status: int = 200,
    headers: dict[str, str] | None = None,
    media_type: str = "application/json; charset=utf-8",
) -> Response:
    """A JSON answer with the headers every answer carries."""
    all_headers = {"x-request-id": request_id(request), **(headers or {})}
    echoed = client_request_id(request)
    if echoed is not None:
        all_headers["x-client-request-id"] = echoed
    return Response(json_bytes(value), status, all_headers, media_type)


def error_answer(request: Request, error: Exception) -> Response:
    """Any exception as the service's error object; Starlette calls it."""
    service, path = service_of(request), request.url.path
    refusal = _api_error(request, error)
    if service.settings.problem_json:
        body = problem_body(refusal.status, refusal.message, path, request_id(request), refusal.issues)
        return answer(request, body, refusal.status, refusal.headers, PROBLEM_TYPE)
    body = error_body(refusal.status, refusal.message, path, request_id(request), iso(service.now()))
    return answer(request, body, refusal.status, refusal.headers)


def _api_error(request: Request, error: Exception) -> ApiError:
    if isinstance(error, ApiError):
        return error
    if isinstance(error, HTTPException) and error.status_code in (404, 405):
        headers = {
            name: ", ".join(sorted(value.split(", "))) for name, value in (error.headers or {}).items()
        }
        return ApiError(error.status_code, f"Cannot {request.method} {request.url.path}", headers)
    return ApiError(500, "Internal server error")
