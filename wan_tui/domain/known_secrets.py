"""Every secret that this process has come to know, and a text without any of them, however they are written in it.

A key needs no certain look: what is known is found by its value, plain, percent-encoded, in base64 (alone or within
``Authorization``), in hexadecimal, or as JSON and ``repr`` write it. Of a key that others have masked, what they left
to be seen is found beside their mask.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, pairwise
from string import ascii_lowercase, ascii_uppercase

LEAST = 8
"""Characters below which a text is no secret: taken out of every message, it would tear words apart. The short ends
of a masked key, by which its owner tells it from others, are shorter.
"""
_MOST = 64
"""How many keys, and how many signatures of links, are remembered: each attempt in the key dialog may add one, each
status of a finished film another."""

_MASK = re.compile(
    r"[\[(<{ ]?(?:[*…•●∙·█■]|%2a|%e2%80%a[26]|\\u202[26]|&(?:hellip|bull);|\.{2,}|x{3,}|#{3,})+[\])>} ]?"
    r"|[\[(<{](?:redacted|masked|hidden|removed|truncated)[\])>}]"
)
"""What stands for the rest of a key, in small letters, with the brackets around it."""

_REACH = 2048
"""Characters beside a mask that are looked at: more than any form of a key has."""

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
    found += _left_by_masks(lower)
    for start, end in reversed(_joined(found)):
        text = f"{text[:start]}…{text[end:]}"
    return text


def _left_by_masks(lower: str) -> Iterator[tuple[int, int]]:
    """Where a mask, and beside it the beginning, the end or a part of a key stands.

    A part only between two masks: some keys are made of words, which may stand before any "…".
    """
    masks = [match.span() for match in _MASK.finditer(lower)]
    forms = list(chain.from_iterable(_keys.values())) if masks else []
    there = [form for form in forms if form[:LEAST] in lower or form[-LEAST:] in lower]
    for (start, end), (following, _) in pairwise([*masks, (len(lower), 0)]):
        before, behind = lower[max(0, start - _REACH) : start], lower[end : end + _REACH]
        first, last = start + (lower[start] == " "), end - (lower[end - 1] == " ")  # blanks stay
        for form in there:
            if shown := _shown(before, form, at_end=True):
                yield start - shown, last
            if shown := _shown(behind, form, at_end=False):
                yield first, end + shown
        part = lower[end:following] if following < len(lower) else ""
        if len(part) >= LEAST and any(part in form for form in forms):
            yield first, following


def _shown(text: str, form: str, *, at_end: bool) -> int:
    """How many characters ``text`` ends with that ``form`` begins with, or the other way round; 0 where too few."""
    if (text[-LEAST:] if at_end else text[:LEAST]) not in form:
        return 0
    for length in range(min(len(text), len(form)), LEAST - 1, -1):
        if text.endswith(form[:length]) if at_end else text.startswith(form[-length:]):
            return length
    return 0


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
