"""Every secret that this process has come to know, and a text without any of them, however they are written in it.

A key needs no certain look: what is known is found by its value, plain, percent-encoded, in base64 (alone or within
``Authorization``), in hexadecimal, or as JSON and ``repr`` write it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from string import ascii_lowercase, ascii_uppercase

LEAST = 8
"""Characters below which a text is no secret: taken out of every message, it would tear words apart."""
_MOST = 64
"""How many keys, and how many signatures of links, are remembered: each attempt in the key dialog may add one, each
status of a finished film another."""

_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)

_keys: dict[str, tuple[str, ...]] = {}
_signatures: dict[str, tuple[str, ...]] = {}
"""Each secret with its forms in lower case, the longest first. Apart, so that no number of films displaces a key."""


def remember(secret: str) -> None:
    """Have ``secret``, a key, left out of all that ``without_secrets`` returns, from now on."""
    _remember(secret, _keys)


def remember_signature(query: str) -> None:
    """The same for the ``query`` of a link."""
    _remember(query, _signatures)


def without_secrets(text: str) -> str:
    """``text`` with "…" for each secret that is known."""
    found: list[tuple[int, int]] = []
    lower = text.translate(_LOWER)
    for form in chain.from_iterable((*_keys.values(), *_signatures.values())):
        at = lower.find(form)
        while at >= 0:
            found.append((at, at + len(form)))
            at = lower.find(form, at + len(form))
    for start, end in reversed(_joined(found)):
        text = f"{text[:start]}…{text[end:]}"
    return text


def _remember(secret: str, known: dict[str, tuple[str, ...]]) -> None:
    secret = secret.strip()
    if len(secret) < LEAST or secret in known:
        return
    forms = {form.translate(_LOWER) for form in _forms(secret)}
    known[secret] = tuple(sorted(forms, key=len, reverse=True))
    if len(known) > _MOST:
        del known[next(iter(known))]


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans in order, those that overlap as one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


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
