"""What this process knows of the history, and how it learns what others have done to it since."""

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
    """The state in memory, kept up with the files. Not for two threads at once; raises OSError as the disk does.

    ``locked`` says that this process holds the lock: then the ends of files may be put right.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.damage: list[Damage] = []
        """What was found damaged and has not been set aside yet."""
        self.rewrite_due = False
        """True: the files are not what they should be, and are to be written anew from memory."""
        self._state: State | None = None
        self._news: dict[tuple[str, str], None] = {}
        self._highest: dict[str, int] = {}

    @property
    def loaded(self) -> bool:
        return self._state is not None

    @property
    def state(self) -> State:
        """What is known. Reads the files when nothing is yet; may raise LibraryTooNew and LibraryBusy then."""
        if self._state is None:
            self._take(loader.load(self.path, locked=False))
        assert self._state is not None  # noqa: S101 - told to the type checker
        return self._state

    @property
    def tables(self) -> Tables:
        return self.state.tables

    @property
    def too_new(self) -> bool:
        """A newer version laid the files out: they must not be written."""
        return self._state is not None and self._state.format > snapshot.FORMAT

    def catch_up(self, *, locked: bool) -> None:
        """Learn what other processes did since the last look. Two looks at file sizes when they did nothing."""
        state = self.state
        found = disk.identity(self.path)
        if state.journal.gone or (found is None and state.identity):
            self._removed(found, locked=locked)
        elif (found != state.identity and not self._follow(found)) or not state.journal.intact():
            self._reload(locked=locked)
        else:
            self._learn(state.journal, locked=locked)

    def take_news(self, table: str) -> list[str]:
        """Numbers of documents that other processes changed or removed, each told once."""
        numbers = [key for name, key in self._news if name == table]
        for key in numbers:
            del self._news[table, key]
        return numbers

    def next_number(self, table: str) -> int:
        """A document number that no process has used. Only under the lock, and caught up."""
        if table not in self._highest:
            self._highest[table] = free_number(self.tables.get(table, {})) - 1
        self._highest[table] += 1
        return self._highest[table]

    def count(self, table: str, numbers: Mapping[str, Any]) -> None:
        """Take notice of numbers that are in use."""
        if table in self._highest:
            self._highest[table] = max(self._highest[table], *(number_of(key) or 0 for key in numbers))

    def _take(self, state: State) -> None:
        self._note_damage(state.damage)
        self._state = state
        self._highest.clear()

    def _reload(self, *, locked: bool) -> None:
        before = self.state
        before.journal.close()
        state = loader.load(self.path, locked=locked)
        if _set_back(state, before):
            loader.keep_known(state, before.tables)
        self._take(state)
        for name in {**before.tables, **self.tables}:
            old, new = before.tables.get(name, {}), self.tables.get(name, {})
            self._news.update(((name, key), None) for key in {**old, **new} if old.get(key) != new.get(key))

    def _removed(self, found: tuple[int, ...] | None, *, locked: bool) -> None:
        """Somebody took files away. If nobody has made new ones, what is in memory is all there is."""
        if found is not None and found != self.state.identity:
            self._reload(locked=locked)
        else:
            self.rewrite_due = True
            self.state.backed_by = found is not None

    def _follow(self, found: tuple[int, ...] | None) -> bool:
        """Go on after another process has compacted: the rest of the old journal, then the new one."""
        state = self.state
        following = state.journal.generation + 1
        if found is None or snapshot.generation_of(self.path) != following or not state.journal.intact():
            return False
        self._learn(state.journal, locked=False)
        state.journal.close()
        state.journal = Journal(self.path, following)
        state.identity, state.backed_by = found, True
        return True

    def _learn(self, journal: Journal, *, locked: bool) -> None:
        for changes in journal.read_new(locked=locked):
            apply(self.tables, changes)
            for name, documents in changes.items():
                self._news.update(((name, key), None) for key in documents)
                self.count(name, documents)
        self._note_damage(loader.journal_damage(journal))

    def _note_damage(self, damage: list[Damage]) -> None:
        self.damage += [item for item in damage if item not in self.damage]


def _set_back(found: State, known: State) -> bool:
    """Whether all files were replaced by older ones: nothing that this program does counts backwards.

    A frame that could not be made durable is taken back too, but then ``history.json`` stays what it is.
    """
    if found.journal.generation != known.journal.generation:
        return found.journal.generation < known.journal.generation
    return found.identity != known.identity and found.journal.position < known.journal.position
