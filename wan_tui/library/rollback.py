"""Telling that ``history.json`` is not the newest: a backup tool or a sync client put an older copy in its place, or
that of another library.

Each compaction counts the generation up, moves the snapshot before it to ``.bak`` and goes on in a new journal. So
nothing beside ``history.json`` is ever of a later generation than it; and a document keeps its number and its id.
Where all files were set back together they agree with each other, and nothing here can tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from wan_tui.library import snapshot
from wan_tui.library.documents import id_of
from wan_tui.library.snapshot import DEFAULT_TABLE, Snapshot


def suspected(path: Path, current: Snapshot, kept: Sequence[int]) -> bool:
    """Whether the snapshot ``current`` at ``path`` is older than its ``.bak`` or the journals ``kept``, by their
    generations, or no continuation of the ``.bak``. Costs a look at the beginning of that."""
    if current.generation is None:
        return False
    try:
        backup = snapshot.generation_of(snapshot.backup_of(path))
        first = snapshot.first_document(snapshot.backup_of(path)) if backup is not None else None
    except OSError:
        backup, first = None, None
    newest = max([*kept, -1 if backup is None else backup])
    return newest > current.generation or not (first is None or _has(current, *first))


def continues(current: Snapshot, backup: Snapshot) -> bool:
    """Whether ``current`` is a later snapshot of the library that ``backup`` is of."""
    if (current.generation or 0) < (backup.generation or 0):
        return False
    first = next(iter(backup.tables.get(DEFAULT_TABLE, {}).items()), None)
    return first is None or _has(current, *first)


def _has(current: Snapshot, number: str, raw: bytes) -> bool:
    """Whether ``current`` has the document, in whatever state. Another program may have removed it."""
    found = current.tables.get(DEFAULT_TABLE, {}).get(number)
    if found is None:
        return not current.ours
    return found == raw or id_of(found) == id_of(raw)
