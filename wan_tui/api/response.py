"""A response of the service."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from wan_tui.api.sanitize import shown
from wan_tui.domain.secret import ApiKey

BIG = 262_144
"""Bytes of JSON above which parsing it would block the screen, so it runs in a thread."""


@dataclass(frozen=True, slots=True)
class Response:
    """Status, headers (names in lower case) and body. ``whole`` is False if the body is truncated.

    Repeated headers are joined in ``headers`` and separate in ``lines``. ``key`` is the key sent, for redaction.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    whole: bool = True
    key: ApiKey | None = field(default=None, repr=False)
    lines: tuple[tuple[str, str], ...] = ()

    def values(self, name: str) -> list[str]:
        """All values of a header (lower-case name), also comma-separated ones (RFC 9110, 5.3)."""
        found = [value for header, value in self.lines if header == name]
        return [part.strip() for value in found for part in value.split(",") if part.strip()]

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def request_id(self) -> str | None:
        """The request id for support, from the headers."""
        return self.shown(self.headers.get("x-request-id", ""), 128) or None

    async def json(self) -> object:
        """The body parsed as JSON; None if it is not JSON."""
        if len(self.body) > BIG:
            return await asyncio.to_thread(_load, self.body)
        return _load(self.body)

    def shown(self, text: str, limit: int = 500) -> str:
        """``text`` from this answer, safe to show."""
        return shown(text, self.key, limit)


def _load(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
