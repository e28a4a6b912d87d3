"""Cleans every string from outside: prompts, service answers, file names, errors.

Cleaned text is safe to show: no control, bidi or zero-width characters, no lone surrogates, bounded length. It is
plain text, so widgets must not parse markup in it.
"""

from __future__ import annotations

import re
import unicodedata

from wan_tui.domain.known_secrets import without_secrets

# C0 and C1 controls, soft hyphen, zero-width and bidi marks, line/paragraph separators, BOM, interlinear
# annotations, shorthand and musical format controls, tags, and lone surrogates. ZWJ (200D) and variation
# selectors stay: emoji are made with them.
_HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\ud800-\udfff\U000e0000-\U000e0fff]"
)
# No script needs more than three marks on a letter; more would overlap the neighbouring rows.
_COMBINING_STORM = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{3})"
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SPACES = re.compile(r"\s+")
_SECRETS = re.compile(r"(?i)\b(bearer\s+|sk-)[\w.~+/=-]{6,}")
_QUERY = re.compile(r"(https?://[^\s?\"'<>]+)\?[^\s\"'<>]*")
_SIGNATURE = re.compile(
    r"(?i)((?:signature|accesskeyid|access_key|credential|security-token|api[_-]?key)"
    r"""['"]?\s*(?:=|%3d|:)\s*b?['"]?)[^\s&"'<>,]{4,}"""
)
_PASSWORD = re.compile(r"(\w://)[^\s/@\"'<>]+@")

# Controls, joiners, selectors and fillers: invisible parts of a word.
_INVISIBLE = re.compile(
    "[\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)
_NAME_BYTES = 90
"""Maximum bytes of a slug: the whole file name stays below the 143 bytes that some file systems allow."""

ELLIPSIS = "…"


def clean_text(text: str, limit: int = 20_000) -> str:
    """Return ``text`` safe to show, with line breaks and tabs, at most ``limit`` characters long."""
    text = text[: limit * 4].replace("\r\n", "\n").replace("\r", "\n")
    text = _COMBINING_STORM.sub(r"\1", _HARMFUL.sub("", text))
    return text if len(text) <= limit else text[: limit - 1] + ELLIPSIS


def without_controls(text: str) -> str:
    """Return ``text`` without control characters other than tab and line breaks, which no text field can hold.

    Joiners and direction marks stay: this is what a field stores and sends. It is not yet safe to show.
    """
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def sentences(*parts: str) -> str:
    """Join the non-empty ``parts``, each ending with one full stop."""
    return " ".join(f"{part.rstrip('.')}." for part in parts if part)


def clean_line(text: str, limit: int = 500) -> str:
    """Return ``text`` safe to show on one line: runs of white space become one space."""
    text = _SPACES.sub(" ", clean_text(text, limit * 4)).strip()
    return text if len(text) <= limit else text[: limit - 1] + ELLIPSIS


def escape_in_json(text: str) -> str:
    """Return equivalent JSON ``text`` with the characters that ``clean_text`` would remove escaped."""
    import json  # imported here to keep startup fast

    return _HARMFUL.sub(lambda match: json.dumps(match[0])[1:-1], text)


def redact(text: str) -> str:
    """Return ``text`` without secrets, for logs and messages.

    Removes every known secret and whatever looks like one: keys, the query of any link, signatures, and passwords in
    URLs.
    """
    text = _QUERY.sub(r"\1?…", without_secrets(text))
    return _SECRETS.sub(r"\1…", _SIGNATURE.sub(r"\1…", _PASSWORD.sub(r"\1…@", text)))


def sendable(text: str) -> bool:
    """Whether ``text`` survives JSON unchanged: no NUL and no lone surrogate."""
    return "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def slug(text: str, limit: int = 40) -> str:
    """Return ``text`` as a part of a file name: letters and digits of any script, lower case, joined by hyphens.

    In NFC, at most ``limit`` characters and 90 bytes of UTF-8, cut between words if possible; ``film`` if nothing is
    left. Marks stay on their letters; invisible characters and direction marks are removed.
    """
    whole = unicodedata.normalize("NFC", _COMBINING_STORM.sub(r"\1", text[:400]).lower())
    kept: list[str] = []
    for char in _INVISIBLE.sub("", whole):
        kind = unicodedata.category(char)
        after_letter = bool(kept) and kept[-1] != "-"
        if kind[0] == "L" or kind == "Nd" or (kind in ("Mn", "Mc") and after_letter):
            kept.append(char)
        elif after_letter:
            kept.append("-")
    return _cut_at_word("".join(kept).strip("-"), limit) or "film"


def _cut_at_word(words: str, limit: int) -> str:
    most = min(limit, len(words.encode("utf-8")[:_NAME_BYTES].decode("utf-8", "ignore")))
    if len(words) <= most:
        return words
    cut = words[: most + 1].rfind("-")
    if cut < most // 2:
        cut = most
        while cut > 1 and unicodedata.category(words[cut])[0] == "M":
            cut -= 1  # never between a letter and its mark
    return words[:cut].strip("-")
