"""An answer of the service, as it came."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from wan_tui.api.sanitize import shown
from wan_tui.domain.secret import ApiKey

BIG = 262_144
"""Bytes of JSON above which reading it would hold up the screen: done in a thread."""


@dataclass(frozen=True, slots=True)
class Response:
    """Status, headers (names in lower case) and body. ``whole`` is False where the body broke off or hit its cap.

    A header that came several times is in ``headers`` as one value, in ``lines`` as it came. ``key`` is the one that
    was sent, to take it out of whatever is shown.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    whole: bool = True
    key: ApiKey | None = field(default=None, repr=False)
    lines: tuple[tuple[str, str], ...] = ()

    def values(self, name: str) -> list[str]:
        """Every value of a header (lower case), also of several in one line (RFC 9110, 5.3)."""
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
        """What support asks for, by the headers."""
        return self.shown(self.headers.get("x-request-id", ""), 128) or None

    async def json(self) -> object:
        """The body read as JSON; None where it is none."""
        if len(self.body) > BIG:
            return await asyncio.to_thread(_load, self.body)
        return _load(self.body)

    def shown(self, text: str, limit: int = 500) -> str:
        """Words from this answer as they may be shown."""
        return shown(text, self.key, limit)


def _load(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
