"""Detects a ``history.json`` that a backup tool or sync client replaced by an older copy or another library's.

Each compaction increments the generation, moves the previous snapshot to ``.bak`` and starts a new journal. So no file
beside ``history.json`` has a later generation; and documents keep their number and id. If all files were rolled back
together, they are consistent, and this cannot be detected.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from wan_tui.library import snapshot
from wan_tui.library.documents import id_of
from wan_tui.library.snapshot import DEFAULT_TABLE, Snapshot


def suspected(path: Path, current: Snapshot, kept: Sequence[int]) -> bool:
    """Whether the snapshot ``current`` at ``path`` has an older generation than its ``.bak`` or the journals ``kept``,
    or is not a successor of ``.bak``. Reads only the start of that."""
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
    """Whether ``current`` is a later snapshot of the same library as ``backup``."""
    if (current.generation or 0) < (backup.generation or 0):
        return False
    first = next(iter(backup.tables.get(DEFAULT_TABLE, {}).items()), None)
    return first is None or _has(current, *first)


def _has(current: Snapshot, number: str, raw: bytes) -> bool:
    """Whether ``current`` has the document, in any version. Another program may have removed it."""
    found = current.tables.get(DEFAULT_TABLE, {}).get(number)
    if found is None:
        return not current.ours
    return found == raw or id_of(found) == id_of(raw)
