"""This process's copy of the history in memory, kept up to date with changes by other processes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wan_tui.library import disk, loader, snapshot
from wan_tui.library.documents import Tables, apply, free_number, number_of
from wan_tui.library.health import Damage
from wan_tui.library.journal import Journal
from wan_tui.library.loader import State


class Replica:
    """The state in memory, synchronized with the files. Not thread-safe; raises OSError.

    ``locked``: this process holds the lock, so truncated ends of files may be repaired.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.damage: list[Damage] = []
        """Damage that has not been set aside yet."""
        self.rewrite_due = False
        """Whether the files must be rewritten from memory."""
        self._state: State | None = None
        self._foreign_changes: dict[tuple[str, str], None] = {}
        self._highest: dict[str, int] = {}

    @property
    def loaded(self) -> bool:
        return self._state is not None

    @property
    def state(self) -> State:
        """The state; read from the files at the first access, which may raise LibraryTooNew and LibraryBusy."""
        if self._state is None:
            self._replace(loader.load(self.path, locked=False))
        assert self._state is not None  # noqa: S101 - for the type checker
        return self._state

    @property
    def tables(self) -> Tables:
        return self.state.tables

    @property
    def too_new(self) -> bool:
        """Whether a newer version wrote the files: they must not be written."""
        return self._state is not None and self._state.format > snapshot.FORMAT

    def catch_up(self, *, locked: bool) -> None:
        """Read changes by other processes since the last call. Without changes it only checks two file sizes."""
        state = self.state
        found = disk.identity(self.path)
        if state.journal.gone or (found is None and state.identity):
            self._removed(found, locked=locked)
        elif (found != state.identity and not self._follow(found)) or not state.journal.intact():
            self._reload(locked=locked)
        else:
            self._read_journal(state.journal, locked=locked)

    def take_changes(self, table: str) -> list[str]:
        """Numbers of documents that other processes changed or removed since the last call."""
        numbers = [key for name, key in self._foreign_changes if name == table]
        for key in numbers:
            del self._foreign_changes[table, key]
        return numbers

    def next_number(self, table: str) -> int:
        """A document number that no process has used. Only under the lock, after ``catch_up``."""
        if table not in self._highest:
            self._highest[table] = free_number(self.tables.get(table, {})) - 1
        self._highest[table] += 1
        return self._highest[table]

    def count(self, table: str, numbers: Mapping[str, Any]) -> None:
        """Note numbers that are in use."""
        if table in self._highest:
            self._highest[table] = max(self._highest[table], *(number_of(key) or 0 for key in numbers))

    def _replace(self, state: State) -> None:
        self._note_damage(state.damage)
        self._state = state
        self._highest.clear()

    def _reload(self, *, locked: bool) -> None:
        before = self.state
        before.journal.close()
        state = loader.load(self.path, locked=locked)
        if _set_back(state, before):
            loader.keep_known(state, before.tables)
        self._replace(state)
        for name in {**before.tables, **self.tables}:
            old, new = before.tables.get(name, {}), self.tables.get(name, {})
            self._foreign_changes.update(
                ((name, key), None) for key in {**old, **new} if old.get(key) != new.get(key)
            )

    def _removed(self, found: tuple[int, ...] | None, *, locked: bool) -> None:
        """Handle removed files: if there are no new ones, memory has the only copy, so rewrite them."""
        if found is not None and found != self.state.identity:
            self._reload(locked=locked)
        else:
            self.rewrite_due = True
            self.state.backed_by = found is not None

    def _follow(self, found: tuple[int, ...] | None) -> bool:
        """Follow another process's compaction: read the rest of the old journal, then switch to the new one."""
        state = self.state
        following = state.journal.generation + 1
        if found is None or snapshot.generation_of(self.path) != following or not state.journal.intact():
            return False
        self._read_journal(state.journal, locked=False)
        state.journal.close()
        state.journal = Journal(self.path, following)
        state.identity, state.backed_by = found, True
        return True

    def _read_journal(self, journal: Journal, *, locked: bool) -> None:
        for changes in journal.read_new(locked=locked):
            apply(self.tables, changes)
            for name, documents in changes.items():
                self._foreign_changes.update(((name, key), None) for key in documents)
                self.count(name, documents)
        self._note_damage(loader.journal_damage(journal))

    def _note_damage(self, damage: list[Damage]) -> None:
        self.damage += [item for item in damage if item not in self.damage]


def _set_back(found: State, known: State) -> bool:
    """Whether all files were replaced by older ones: the program itself never decreases generation or position,
    except for taking back a frame that could not be synced, which leaves ``history.json`` unchanged.
    """
    if found.journal.generation != known.journal.generation:
        return found.journal.generation < known.journal.generation
    return found.identity != known.identity and found.journal.position < known.journal.position
