"""Loads the state from the files: the snapshot and later journals; if the snapshot is damaged, the previous one
(``.bak``), all journals since, and the intact documents of the damaged one.

Frames hold whole documents, so replaying one that is already in the snapshot changes nothing. Journals are kept from
the generation of ``.bak`` on, so the newest state can be rebuilt exactly if any single file is lost.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass, field
from pathlib import Path

from wan_tui.domain.errors import LibraryBusy
from wan_tui.files.reasons import explain
from wan_tui.library import disk, rollback, snapshot
from wan_tui.library.documents import Changes, Tables, add_missing, apply, renumber
from wan_tui.library.health import Damage
from wan_tui.library.journal import Journal, generations
from wan_tui.library.snapshot import Snapshot, SnapshotDamagedError, backup_of

_ATTEMPTS = 20


@dataclass(slots=True)
class State:
    """The history as read. ``journal`` is the newest one, read to its end."""

    tables: Tables
    journal: Journal
    identity: tuple[int, ...] | None
    format: int = snapshot.FORMAT
    backed_by: bool = True
    """Whether the snapshot is ours and intact, so that it may become the next ``.bak``."""
    damage: list[Damage] = field(default_factory=list)


def load(path: Path, *, locked: bool) -> State:
    """Read everything. Without the lock, retry if another process compacts meanwhile."""
    for _ in range(_ATTEMPTS):
        before = disk.identity(path)
        state = _assemble(path, before, locked)
        if locked or disk.identity(path) == before:
            if moved := renumber(state.tables):
                state.damage.append(Damage(f"{moved} records with an invalid number got a new one."))
            return state
        state.journal.close()
    raise LibraryBusy("The history changes faster than it can be read.", next_step="Retry in a moment.")


def _assemble(path: Path, identity: tuple[int, ...] | None, locked: bool) -> State:
    damage: list[Damage] = []
    kept = generations(path)
    if identity and disk.is_empty(identity) and not kept and not backup_of(path).exists():
        return State({}, Journal(path, 0), identity, backed_by=False)
    current = _read(path, damage)
    if current is None:
        return _rebuild(path, identity, kept, damage, locked)
    if rollback.suspected(path, current, kept):
        return _reconcile(path, identity, current, kept, locked)
    first = current.generation
    if first is None:
        first = kept[-1] if kept else 0
    journals = _read_journals(path, [g for g in kept if g >= first], locked)
    for changes in journals.changes:
        apply(current.tables, changes)
    newest = journals.newest or Journal(path, first)
    return State(current.tables, newest, identity, current.format, current.ours, journals.damage)


def _rebuild(
    path: Path, identity: tuple[int, ...] | None, kept: list[int], damage: list[Damage], locked: bool
) -> State:
    backup = backup_of(path)
    if identity is None and (backup.exists() or any(kept)):
        damage.append(Damage(f"{path.name} was missing and was rebuilt from its backup and journals."))
    older = _read(backup, damage)
    journals = _read_journals(path, kept, locked)
    tables = older.tables if older else _salvaged(backup)
    whole = not journals.damage and (older is not None or (not backup.exists() and 0 in kept))
    if older is not None and kept and older.generation is not None and older.generation not in kept:
        whole = False  # the backup was rolled back: changes between it and the journals are missing
    if not whole:
        _overlay(tables, _salvaged(path))
    for changes in journals.changes:
        apply(tables, changes)
    newest = journals.newest or Journal(path, (older and older.generation) or 0)
    return State(tables, newest, identity, backed_by=False, damage=damage + journals.damage)


def _reconcile(
    path: Path, identity: tuple[int, ...] | None, current: Snapshot, kept: list[int], locked: bool
) -> State:
    """Merge an older ``history.json``, or another library's, with the newer files beside it. Documents that only
    ``history.json`` has are kept."""
    backup = _read(backup_of(path), [])
    damage: list[Damage] = []
    base = current
    if backup is not None and not rollback.continues(current, backup):
        damage.append(
            Damage(f"{path.name} was older than its backup and journals, or another library's.", file=path)
        )
        base = backup
    first = base.generation or 0
    later = [generation for generation in kept if generation >= first]
    journals = _read_journals(path, later, locked)
    for changes in journals.changes:
        apply(base.tables, changes)
    if base is backup:
        add_missing(base.tables, current.tables)
    elif later and later[0] > first:
        damage.append(Damage(f"{path.name} is an older copy: later changes are missing."))
    else:
        damage.append(Damage(f"{path.name} was an older copy and was updated."))
    newest = journals.newest or Journal(path, first)
    return State(base.tables, newest, identity, backed_by=False, damage=damage + journals.damage)


def keep_known(state: State, known: Tables) -> None:
    """Keep the documents in memory, which are newer, after all files were rolled back while this process ran."""
    newer = {name: dict(documents) for name, documents in known.items()}
    add_missing(newer, state.tables)
    state.tables, state.backed_by = newer, False
    state.damage.append(
        Damage("The history was rolled back meanwhile; the newer jobs were restored from memory.")
    )


@dataclass(slots=True)
class _Journals:
    changes: list[Changes]
    damage: list[Damage]
    newest: Journal | None


def _read_journals(path: Path, kept: list[int], locked: bool) -> _Journals:
    result = _Journals([], [], None)
    for generation in kept:
        if result.newest:
            result.newest.close()
        result.newest = Journal(path, generation)
        result.changes += result.newest.read_new(locked=locked)
        result.damage += journal_damage(result.newest)
    return result


def journal_damage(journal: Journal) -> list[Damage]:
    """Take the damage that the journal found in itself."""
    found = [
        Damage("A change in the journal was damaged.", raw=line)
        if line.endswith(b"\n")
        else Damage("A change was only partly written.", raw=line, rewrite=False)
        for line in journal.damage
    ]
    journal.damage.clear()
    return found


def _read(path: Path, damage: list[Damage]) -> Snapshot | None:
    try:
        return snapshot.read(path)
    except FileNotFoundError:
        return None
    except SnapshotDamagedError as error:
        damage.append(Damage(f"{path.name} was damaged: {error}.", file=path))
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        damage.append(Damage(f"{path.name} could not be read: {explain(error)}.", file=path))
    return None


def _salvaged(path: Path) -> Tables:
    try:
        return snapshot.salvage(path)
    except OSError:
        return {}


def _overlay(tables: Tables, newer: Tables) -> None:
    for name, documents in newer.items():
        tables.setdefault(name, {}).update(documents)
