"""Words of the service, made fit to be shown."""

from __future__ import annotations

import json
import re
from contextlib import suppress

from wan_tui.domain.secret import ApiKey
from wan_tui.domain.text import clean_line, clean_text, redact

BILLING_LINK = "https://aimlapi.com/app/billing"
"""The only link of the service that is ever shown: ours, whatever the service's text says."""

REPLY_LIMIT = 65_536
"""Characters of a raw answer that are kept as evidence."""

_LINK = re.compile(r"(?i)\b(?:[a-z][a-z0-9+.-]{1,20}://|www\.)[^\s\"'<>]+")
_HTML = re.compile(r"(?i)<!doctype|<\s*/?\s*(?:html|head|body|script|title|div|center)\b")


def is_html(text: str) -> bool:
    return _HTML.search(text[:4096]) is not None


def shown(text: str, key: ApiKey | None, limit: int = 500) -> str:
    """One line of ``text`` without control characters, HTML pages, foreign links and keys."""
    if is_html(text):
        return ""
    return clean_line(redact(_LINK.sub(_our_link, _without(text, key))), limit)


def evidence(text: str, key: ApiKey | None) -> str:
    """A raw answer as it is kept with the job: cleaned, without keys and signatures of links.

    JSON is written anew without escapes first: a key must not hide behind them.
    """
    with suppress(ValueError, RecursionError):
        text = json.dumps(json.loads(text), ensure_ascii=False)
    return clean_text(redact(_without(text, key)), REPLY_LIMIT)


def _without(text: str, key: ApiKey | None) -> str:
    # Cleaning first: a key must not slip through by an invisible character within it.
    text = clean_text(text, REPLY_LIMIT)
    return text.replace(key.reveal(), "…") if key else text


def _our_link(found: re.Match[str]) -> str:
    return BILLING_LINK if "billing" in found[0].lower() else "…"
