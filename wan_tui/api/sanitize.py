"""Makes text from the service safe to show and to keep."""

from __future__ import annotations

import json
import re
from contextlib import suppress

from wan_tui.domain.secret import ApiKey
from wan_tui.domain.text import clean_line, clean_text, redact

BILLING_LINK = "https://aimlapi.com/app/billing"
"""Replaces any billing link in the service's text; other links are never shown."""

REPLY_LIMIT = 65_536
"""Maximum characters of a raw answer kept as evidence."""

_LINK = re.compile(r"(?i)\b(?:[a-z][a-z0-9+.-]{1,20}://|www\.)[^\s\"'<>]+")
_HTML = re.compile(r"(?i)<!doctype|<\s*/?\s*(?:html|head|body|script|title|div|center)\b")


def is_html(text: str) -> bool:
    return _HTML.search(text[:4096]) is not None


def shown(text: str, key: ApiKey | None, limit: int = 500) -> str:
    """``text`` as one line without control characters, links and keys; "" for an HTML page."""
    if is_html(text):
        return ""
    return clean_line(redact(_LINK.sub(_our_link, _without(text, key))), limit)


def evidence(text: str, key: ApiKey | None) -> str:
    """A raw answer to keep with the job: cleaned, without keys and link signatures.

    JSON is re-encoded without escapes first, so that they cannot hide a key.
    """
    with suppress(ValueError, RecursionError):
        text = json.dumps(json.loads(text), ensure_ascii=False)
    return clean_text(redact(_without(text, key)), REPLY_LIMIT)


def _without(text: str, key: ApiKey | None) -> str:
    # Clean first: an invisible character inside a key must not prevent its redaction.
    text = clean_text(text, REPLY_LIMIT)
    return text.replace(key.reveal(), "…") if key else text


def _our_link(found: re.Match[str]) -> str:
    return BILLING_LINK if "billing" in found[0].lower() else "…"
