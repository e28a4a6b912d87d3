"""The API key in a wrapper that never shows it: not by repr, str, format or pickle."""

from __future__ import annotations

import re
from typing import NoReturn

from wan_tui.domain.errors import SettingsError
from wan_tui.domain.known_secrets import remember

_USABLE = re.compile(r"[\x21-\x7e]{8,512}")


class ApiKey:
    """A validated key. Only ``reveal`` returns it, for the request header."""

    __slots__ = ("_secret",)

    def __init__(self, text: str) -> None:
        """Raises SettingsError if ``text`` cannot be a key; the message does not repeat it."""
        text = text.strip()
        remember(text)  # redact an invalid key too: part of it may be right
        if not _USABLE.fullmatch(text):
            raise SettingsError(
                "Not an API key: expected 8 to 512 printable ASCII characters without spaces",
                next_step="Copy the key again from your account page.",
            )
        self._secret = text

    def reveal(self) -> str:
        return self._secret

    def fingerprint(self, salt: str) -> str:
        """A salted hash that identifies the key an order was made with."""
        import hashlib  # slow to import

        return hashlib.sha256(f"{salt}:{self._secret}".encode()).hexdigest()[:16]

    def __repr__(self) -> str:
        return "ApiKey(…)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ApiKey) and other._secret == self._secret

    def __hash__(self) -> int:
        return hash(self._secret)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key is not to be stored")
