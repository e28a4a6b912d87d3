"""Records the requests that reached the simulator, on both origins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class SeenRequest:
    """One request as received: header names in lower case, values and body unchanged."""

    origin: str
    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @classmethod
    def of(cls, scope: Mapping[str, Any], body: bytes, origin: str) -> SeenRequest:
        """The request of an ASGI scope; `path` and `query` are as sent, percent-encoded."""
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
        raw_path = scope.get("raw_path") or scope["path"].encode()
        return cls(
            origin,
            scope["method"],
            raw_path.decode("latin-1"),
            scope["query_string"].decode("latin-1"),
            headers,
            body,
        )

    @property
    def has_authorization(self) -> bool:
        """Whether a key, valid or not, was sent."""
        return any(name == "authorization" for name, _ in self.headers)

    def public(self) -> dict[str, object]:
        """The request without header values and body, as `GET /_requests` shows it."""
        return {
            "origin": self.origin,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "header_names": [name for name, _ in self.headers],
            "authorization": self.has_authorization,
        }
