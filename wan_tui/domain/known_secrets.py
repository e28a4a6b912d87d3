"""Every secret that this process has come to know, and a text without any of them, however they are written in it.

A key needs no certain look: what is known is found by its value, plain, percent-encoded, in base64 (alone or within
``Authorization``), in hexadecimal, or as JSON and ``repr`` write it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LEAST = 8
"""Characters below which a text is no secret: taken out of every message, it would tear words apart."""
_MOST = 256
"""How many are remembered: each attempt in the key dialog may add one, each download its link's signature."""

_secrets: dict[str, None] = {}
_pattern: re.Pattern[str] | None = None


def remember(secret: str) -> None:
    """Have ``secret`` left out of all that ``without_secrets`` returns, from now on."""
    global _pattern
    secret = secret.strip()
    if len(secret) < LEAST or secret in _secrets:
        return
    _secrets[secret] = None
    if len(_secrets) > _MOST:
        del _secrets[next(iter(_secrets))]
    _pattern = None


def without_secrets(text: str) -> str:
    """``text`` with "…" for each secret that is known."""
    global _pattern
    if not _secrets:
        return text
    if _pattern is None:
        forms = {form for secret in _secrets for form in _forms(secret)}
        _pattern = re.compile(
            "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True)), re.IGNORECASE
        )
    return _pattern.sub("…", text)


def _forms(secret: str) -> Iterator[str]:
    from json import dumps
    from urllib.parse import quote, quote_plus

    raw = secret.encode("utf-8", "surrogatepass")
    yield secret
    yield quote(secret, safe="", errors="replace")
    yield quote(secret, errors="replace")
    yield quote_plus(secret, errors="replace")
    yield "".join(f"%{byte:02x}" for byte in raw)
    yield raw.hex()
    yield dumps(secret)[1:-1]
    yield repr(secret)[1:-1]
    yield repr(raw)[2:-1]
    for shift in range(3):
        yield from _base64(raw, shift)


def _base64(raw: bytes, shift: int) -> Iterator[str]:
    """What is the same in the base64 of ``raw``, ``shift`` bytes into a group of three, whatever stands around it."""
    from base64 import b64encode, urlsafe_b64encode

    first = -(-shift * 8 // 6)
    last = (shift + len(raw)) * 8 // 6
    for encode in (b64encode, urlsafe_b64encode):
        yield encode(bytes(shift) + raw).decode("ascii")[first:last]
