"""Redacts the secrets this process knows from any text, in every encoding.

Secrets are found by value, not by pattern: plain, percent-encoded, in base64 (alone or inside ``Authorization``), in
hexadecimal, or as escaped by JSON and ``repr``. The visible rest of a key that others have masked is found beside the
mask.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, pairwise
from string import ascii_lowercase, ascii_uppercase

MIN_LENGTH = 8
"""Minimum characters of a secret: redacting shorter texts would damage ordinary words. The ends that a masked key
shows for recognition are shorter, so they stay.
"""
_MAX_KNOWN = 64
"""Number of keys, and of link signatures, remembered: each try in the key dialog adds a key, each finished film a
signature."""

_MASK = re.compile(
    r"[\[(<{ ]?(?:[*…•●∙·█■]|%2a|%e2%80%a[26]|\\u202[26]|&(?:hellip|bull);|\.{2,}|x{3,}|#{3,})+[\])>} ]?"
    r"|[\[(<{](?:redacted|masked|hidden|removed|truncated)[\])>}]"
)
"""A mask in place of part of a key, in lower case, with its brackets."""

_REACH = 2048
"""Characters searched on each side of a mask: more than any encoded key has."""

_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)

_keys: dict[str, tuple[str, ...]] = {}
_signatures: dict[str, tuple[str, ...]] = {}
"""Each secret with its encoded forms in lower case, longest first. Two dicts, so that films cannot evict a key."""


def remember(secret: str) -> None:
    """Redact ``secret``, a key, in ``without_secrets`` from now on."""
    _remember(secret, _keys)


def remember_signature(query: str) -> None:
    """Redact the ``query`` of a link from now on."""
    _remember(query, _signatures)


def without_secrets(text: str) -> str:
    """Return ``text`` with each known secret replaced by "…"."""
    found: list[tuple[int, int]] = []
    lower = text.translate(_LOWER)
    for form in chain.from_iterable((*_keys.values(), *_signatures.values())):
        at = lower.find(form)
        while at >= 0:
            found.append((at, at + len(form)))
            at = lower.find(form, at + len(form))
    found += _left_by_masks(lower)
    for start, end in reversed(_joined(found)):
        text = f"{text[:start]}…{text[end:]}"
    return text


def _left_by_masks(lower: str) -> Iterator[tuple[int, int]]:
    """Spans of a mask together with the start or end of a key beside it, or a middle part between two masks.

    A middle part counts only between two masks: some keys consist of words, which may precede any "…".
    """
    masks = [match.span() for match in _MASK.finditer(lower)]
    forms = list(chain.from_iterable(_keys.values())) if masks else []
    candidates = [form for form in forms if form[:MIN_LENGTH] in lower or form[-MIN_LENGTH:] in lower]
    for (start, end), (following, _) in pairwise([*masks, (len(lower), 0)]):
        before, behind = lower[max(0, start - _REACH) : start], lower[end : end + _REACH]
        first, last = start + (lower[start] == " "), end - (lower[end - 1] == " ")  # blanks stay
        for form in candidates:
            if shown := _shown(before, form, at_end=True):
                yield start - shown, last
            if shown := _shown(behind, form, at_end=False):
                yield first, end + shown
        part = lower[end:following] if following < len(lower) else ""
        if len(part) >= MIN_LENGTH and any(part in form for form in forms):
            yield first, following


def _shown(text: str, form: str, *, at_end: bool) -> int:
    """Length of the longest end of ``text`` that starts ``form``, or start that ends it; 0 if below ``MIN_LENGTH``."""
    if (text[-MIN_LENGTH:] if at_end else text[:MIN_LENGTH]) not in form:
        return 0
    for length in range(min(len(text), len(form)), MIN_LENGTH - 1, -1):
        if text.endswith(form[:length]) if at_end else text.startswith(form[-length:]):
            return length
    return 0


def _remember(secret: str, known: dict[str, tuple[str, ...]]) -> None:
    secret = secret.strip()
    if len(secret) < MIN_LENGTH or secret in known:
        return
    forms = {form.translate(_LOWER) for form in _forms(secret)}
    known[secret] = tuple(sorted(forms, key=len, reverse=True))
    if len(known) > _MAX_KNOWN:
        del known[next(iter(known))]


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans sorted, with overlapping ones merged."""
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
    """The base64 of ``raw`` at offset ``shift`` in a 3-byte group, without the characters its neighbours affect."""
    from base64 import b64encode, urlsafe_b64encode

    first = -(-shift * 8 // 6)
    last = (shift + len(raw)) * 8 // 6
    for encode in (b64encode, urlsafe_b64encode):
        yield encode(bytes(shift) + raw).decode("ascii")[first:last]
