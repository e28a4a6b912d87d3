"""Keeping what a terminal answered, so that it is asked once in a session."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from wan_tui.files.private import write_private
from wan_tui.files.text_file import Unreadable, read_text

_KEPT_SECONDS = 12 * 3600.0


@dataclass(frozen=True)
class Reply:
    """The bytes a terminal answered, what was ``typed`` meanwhile, and the round trip in seconds; None if the last
    answer did not come.
    """

    answers: bytes
    typed: bytes
    round_trip: float | None


def load(path: Path, key: str) -> Reply | None:
    """Return the reply kept under ``key``; None if there is none, it is old, or it cannot be read."""
    entry = _entries(path).get(key)
    if entry is None:
        return None
    try:
        return Reply(str(entry["answers"]).encode("latin-1"), b"", float(str(entry["round_trip"])))
    except (KeyError, ValueError):
        return None


def store(path: Path, key: str, reply: Reply) -> None:
    """Keep the answers under ``key`` for 12 hours, in a folder that is there.

    No answer is not kept: a line that was slow once may be quick the next time. Then, and if keeping cannot be done,
    the next start asks again.
    """
    if reply.round_trip is None:
        return
    entry = {
        "asked_at": time.time(),
        "answers": reply.answers.decode("latin-1"),
        "round_trip": reply.round_trip,
    }
    kept = json.dumps({**_entries(path), key: entry})
    with suppress(OSError):
        # Not waited for: what a power cut takes away is asked again.
        write_private(path, kept.encode("ascii"), durable=False)


def _entries(path: Path) -> dict[str, dict[str, object]]:
    """Read the entries that are young enough to hold."""
    try:
        kept = json.loads(read_text(path))
    except (OSError, Unreadable, ValueError, RecursionError):
        return {}
    if not isinstance(kept, dict):
        return {}
    return {key: entry for key, entry in kept.items() if isinstance(entry, dict) and _is_young(entry)}


def _is_young(entry: dict[str, object]) -> bool:
    asked_at = entry.get("asked_at")
    return isinstance(asked_at, int | float) and 0 <= time.time() - asked_at < _KEPT_SECONDS
