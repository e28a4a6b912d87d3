"""Caches a terminal's answers, so that it is probed once per session."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from wan_tui.files.private import write_private
from wan_tui.files.text_file import read_object

_KEPT_SECONDS = 12 * 3600.0


@dataclass(frozen=True)
class Reply:
    """A terminal's answers, the bytes ``typed`` meanwhile, and the round trip in seconds; None if the last answer did
    not arrive.
    """

    answers: bytes
    typed: bytes
    round_trip: float | None


def load(path: Path, key: str) -> Reply | None:
    """The cached reply for ``key``; None if missing, expired or invalid."""
    entry = _entries(path).get(key)
    if entry is None:
        return None
    try:
        return Reply(str(entry["answers"]).encode("latin-1"), b"", float(str(entry["round_trip"])))
    except (KeyError, ValueError):
        return None


def store(path: Path, key: str, reply: Reply) -> None:
    """Cache the answers for ``key`` for 12 hours. The folder must exist.

    An incomplete reply is not cached, since the connection may be faster next time. Write errors are ignored.
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
        # Not synced: after a power cut the terminal is just probed again.
        write_private(path, kept.encode("ascii"), durable=False)


def _entries(path: Path) -> dict[str, dict[str, object]]:
    """Read the entries that have not expired."""
    kept = read_object(path)
    return {key: entry for key, entry in kept.items() if isinstance(entry, dict) and _is_young(entry)}


def _is_young(entry: dict[str, object]) -> bool:
    asked_at = entry.get("asked_at")
    return isinstance(asked_at, int | float) and 0 <= time.time() - asked_at < _KEPT_SECONDS
