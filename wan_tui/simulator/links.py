"""Signed film links that expire, like those of an object store."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import urlencode

_ACCESS_KEY_ID = "LTAI5tSimulatedFilms"
_SECRET = b"nothing is at stake behind this signature"


def signed_link(film_url: str, film: str, expires: int) -> str:
    """The link to a film file, valid until `expires` (Unix seconds)."""
    query = urlencode(
        {"Expires": expires, "OSSAccessKeyId": _ACCESS_KEY_ID, "Signature": _signature(film, expires)}
    )
    return f"{film_url}/generations/{film}?{query}"


def link_problem(film: str, query: Mapping[str, str], now: float) -> str | None:
    """Why a link is refused, as code and message of the store's XML answer; None for a valid one."""
    try:
        expires = int(query.get("Expires", ""))
    except ValueError:
        return _problem("AccessDenied", "Anonymous access is forbidden for this operation.")
    if not hmac.compare_digest(query.get("Signature", "").encode(), _signature(film, expires).encode()):
        return _problem(
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided.",
        )
    if now >= expires:
        return _problem("AccessDenied", "Request has expired.")
    return None


def missing_film() -> str:
    """The store's XML answer for a missing name."""
    return _problem("NoSuchKey", "The specified key does not exist.")


def not_yet() -> str:
    """The store's XML answer for a temporary permission error."""
    return _problem("AccessDenied", "You have no right to access this object because of bucket acl.")


def _problem(code: str, message: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error>\n  <Code>{code}</Code>\n  <Message>{message}</Message>\n</Error>\n"
    )


def _signature(film: str, expires: int) -> str:
    digest = hmac.new(_SECRET, f"GET\n{expires}\n{film}".encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()
