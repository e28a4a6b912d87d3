"""The history as TinyDB: a snapshot that stock TinyDB opens, and a journal of what changed since.

Files, all beside each other: ``history.json`` (see ``snapshot.py``), ``history.json.bak`` (the snapshot before it),
``history.<generation>.journal`` (see ``journal.py``), ``history.lock``, ``history.damaged-*`` (bad parts set aside).

A change takes the lock, reads what other processes appended, appends one frame and lets go: the same cost at any
size. When the journal has grown, the next snapshot is written to a temporary file, made durable and renamed over
the old one, which is the moment it counts. An orderly close does that too, so ``history.json`` is complete then;
after a kill, what is newer than it stands in the journal, and the next start reads both.

Crash points: journal.before-write, journal.written, journal.synced, compact.written, compact.backed-up,
compact.replaced, compact.done.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tinydb.storages import Storage

from wan_tui.domain.errors import LibraryError, LibraryTooNew, LibraryUnwritable
from wan_tui.library import compaction, disk, loading, snapshot
from wan_tui.library.documents import Changes, TableView, apply, encode
from wan_tui.library.health import Damage, Health, set_aside
from wan_tui.library.journal import Journal
from wan_tui.library.lock import LibraryLock

JOURNAL_LIMIT = 8 << 20
"""Bytes of journal after which it is folded into the snapshot, unless the snapshot is more than twice as large.

``WAN_TUI_JOURNAL_LIMIT`` in the environment sets a limit without that exception, for tests.
"""
FOLD_AT_CLOSE = 64 << 20
"""Bytes of snapshot up to which any journal is folded in at close: about a quarter of a second."""
LOCK_WAIT = 5.0
_CLOSE_WAIT = 0.5


class JournalStorage(Storage):
    """Snapshot and journal under one lock. Cheap to make: the files are read at the first use, or by ``load``.

    May be used from several threads and processes at once. ``lock_wait`` in seconds, ``journal_limit`` in bytes.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        read_only: bool = False,
        lock_wait: float = LOCK_WAIT,
        journal_limit: int | None = None,
    ) -> None:
        self.path = Path(path)
        self.health = Health()
        self._journal_limit = journal_limit or int(os.environ.get("WAN_TUI_JOURNAL_LIMIT", 0))
        self._lock = LibraryLock(self.path.with_suffix(".lock"), lock_wait)
        self._mutex = threading.RLock()
        self._state: loading.State | None = None
        self._damage: list[Damage] = []
        self._rewrite_due = False
        self._changing = False
        self._news: dict[tuple[str, str], None] = {}
        self._highest: dict[str, int] = {}
        self._refusal: LibraryError | None = None
        if read_only:
            self._refusal = LibraryUnwritable("The history was opened for reading only.")

    # Reading

    def load(self) -> None:
        """Read the files, if that has not been done, and tidy up if nobody holds the lock.

        Blocking; needs no lock, so a stopped process cannot hinder it. Damage is no error: see ``health``. Raises
        LibraryTooNew, LibraryBusy (changing too fast to be read) and LibraryUnwritable.
        """
        with self._mutex:
            self._loaded()
            if not self._refusal:
                with suppress(LibraryError), self.transaction(wait=0):
                    compaction.sweep_temporary(self.path)

    def read(self) -> dict[str, Mapping[str, Any]]:  # type: ignore[override]
        """TinyDB's view of everything, with what other processes changed until now."""
        self.refresh()
        return {name: TableView(raw) for name, raw in self._loaded().tables.items()}

    def refresh(self) -> None:
        """Learn what other processes changed. Costs two looks at file sizes when there is nothing new."""
        with self._mutex:
            self._loaded()
            self._catch_up(locked=False)

    def raw(self, table: str) -> dict[str, bytes]:
        """The documents of a table as JSON bytes by their number. For reading only."""
        return self._loaded().tables.get(table, {})

    def take_news(self, table: str) -> list[str]:
        """Numbers of documents that other processes changed or removed, each told once."""
        with self._mutex:
            numbers = [key for name, key in self._news if name == table]
            for key in numbers:
                del self._news[table, key]
            return numbers

    # Writing

    @contextmanager
    def transaction(self, *, durable: bool = True, wait: float | None = None) -> Iterator[Changes]:
        """Hold the lock, know the newest state, and record what is put into the yielded changes as one frame.

        ``durable``: it is on the disk on return; else it is with the system, which a kill cannot undo but a power
        cut can. ``wait``: seconds for the lock, if not as long as usual. Raises LibraryBusy, LibraryUnwritable or
        LibraryTooNew, and then nothing is changed.
        """
        with self._mutex:
            if self._refusal:
                raise self._refusal
            if self._changing:
                raise RuntimeError("a change of the history within a change")
            self._loaded()
            with self._alone(wait), _translated("The history cannot be written"):
                self.health.weak_lock = self._lock.soft
                self._catch_up(locked=True)
                self._settle()
                changes: Changes = {}
                yield changes
                changes = {name: documents for name, documents in changes.items() if documents}
                if changes:
                    self._record(changes, durable)

    def next_number(self, table: str) -> int:
        """A document number that no process has used. Only inside a transaction."""
        if table not in self._highest:
            self._highest[table] = max(map(int, self.raw(table)), default=0)
        self._highest[table] += 1
        return self._highest[table]

    def write(self, data: Mapping[str, Mapping[str, Any]]) -> None:
        """TinyDB's whole-state write, used where tables are dropped: record the difference."""
        with self.transaction() as changes:
            for name, documents in self._loaded().tables.items():
                wanted = data.get(name, {})
                changes[name] = {key: None for key in documents if key not in wanted}
            for name, wanted in data.items():
                known = self.raw(name)
                new = {key: encode(document) for key, document in wanted.items()}
                changes.setdefault(name, {}).update({k: raw for k, raw in new.items() if known.get(k) != raw})

    def compact(self) -> None:
        """Fold the journal into a new snapshot now. Raises as ``transaction`` does."""
        with self.transaction():
            self._compact()

    def close(self) -> None:
        """Fold the journal in where that is quick or due, and let go of the files. Raises no library error.

        What was read can still be looked at; a change opens the files again.
        """
        with self._mutex:
            if self._state is None:
                return
            with suppress(LibraryError):
                if not self._refusal and self._worth_folding():
                    with self.transaction(wait=_CLOSE_WAIT):
                        if self._worth_folding():
                            self._compact()
            self._state.journal.close()

    # Within

    @contextmanager
    def _alone(self, wait: float | None) -> Iterator[None]:
        with _translated("The history cannot be written"):
            disk.make_folder(self.path.parent)
        with self._lock.held(wait):
            self._changing = True
            try:
                yield
            finally:
                self._changing = False

    def _loaded(self) -> loading.State:
        if self._state is None:
            with self._mutex:
                if self._state is None:
                    self._load(locked=False)
        assert self._state is not None  # noqa: S101 - told to the type checker
        return self._state

    def _load(self, *, locked: bool) -> None:
        with _translated("The history cannot be read"):
            if not self._refusal:
                disk.make_folder(self.path.parent)
            state = loading.load(self.path, locked=locked)
        if state.format > snapshot.FORMAT:
            self._refusal = LibraryTooNew(
                "The history was written by a newer version of wan-tui and can only be read.",
                next_step="Update wan-tui.",
            )
            self.health.read_only = self._refusal.message
        self._note_damage(state.damage)
        self._state = state
        self._highest.clear()

    def _reload(self, *, locked: bool) -> None:
        before = self._loaded()
        before.journal.close()
        self._load(locked=locked)
        after = self._loaded().tables
        for name in {**before.tables, **after}:
            old, new = before.tables.get(name, {}), after.get(name, {})
            self._news.update(((name, key), None) for key in {**old, **new} if old.get(key) != new.get(key))

    def _catch_up(self, *, locked: bool) -> None:
        state = self._loaded()
        found = disk.identity(self.path)
        if state.journal.gone or (found is None and state.identity):
            self._removed(found, locked=locked)
        elif (found != state.identity and not self._follow(found)) or not state.journal.intact():
            self._reload(locked=locked)
        else:
            self._learn(state.journal, locked=locked)

    def _removed(self, found: tuple[int, ...] | None, *, locked: bool) -> None:
        """Somebody took the files away. If nobody has made new ones, what is in memory is all there is: write it."""
        state = self._loaded()
        if found is not None and found != state.identity:
            self._reload(locked=locked)
        else:
            self._rewrite_due = True
            state.backed_by = found is not None

    def _follow(self, found: tuple[int, ...] | None) -> bool:
        """Go on after another process has compacted: the rest of the old journal, then the new one."""
        state = self._loaded()
        following = state.journal.generation + 1
        if found is None or snapshot.generation_of(self.path) != following or not state.journal.intact():
            return False
        self._learn(state.journal, locked=False)
        state.journal.close()
        state.journal = Journal(self.path, following)
        state.identity, state.backed_by = found, True
        return True

    def _learn(self, journal: Journal, *, locked: bool) -> None:
        state = self._loaded()
        for changes in journal.read_new(locked=locked):
            apply(state.tables, changes)
            for name, documents in changes.items():
                self._news.update(((name, key), None) for key in documents)
                self._count(name, documents)
        self._note_damage(loading.journal_damage(journal))

    def _count(self, name: str, documents: Mapping[str, Any]) -> None:
        if name in self._highest:
            self._highest[name] = max(self._highest[name], *map(int, documents))

    def _record(self, changes: Changes, durable: bool) -> None:
        state = self._loaded()
        state.journal.append(changes, durable=durable)
        apply(state.tables, changes)
        for name, documents in changes.items():
            self._count(name, documents)
        if state.journal.position > self._limit():
            # The change itself is recorded; what hinders the folding will show at the next change.
            with suppress(OSError):
                self._compact()

    def _worth_folding(self) -> bool:
        state = self._loaded()
        if self._damage or self._rewrite_due:
            return True
        quick = disk.file_size(self.path) <= FOLD_AT_CLOSE
        return state.journal.position > (0 if quick else self._limit())

    def _limit(self) -> int:
        return self._journal_limit or max(JOURNAL_LIMIT, disk.file_size(self.path) // 2)

    def _compact(self) -> None:
        compaction.compact(self.path, self._loaded())
        self._rewrite_due = False

    def _note_damage(self, damage: list[Damage]) -> None:
        fresh = [item for item in damage if item not in self._damage]
        self._damage += fresh
        self.health.found = [item.what for item in self._damage]

    def _settle(self) -> None:
        """Set aside what was found damaged, then write the history anew, before anything else is written."""
        while self._damage:
            if self._damage[0].file or self._damage[0].raw:
                self.health.set_aside.append(set_aside(self._damage[0], self.path))
            self._rewrite_due = self._rewrite_due or self._damage[0].rewrite
            self._damage.pop(0)
            self.health.found = [item.what for item in self._damage]
        if self._rewrite_due:
            self._compact()


@contextmanager
def _translated(doing: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LibraryUnwritable(
            f"{doing}: {disk.explain(error)}.",
            next_step="Nothing was changed. Make room or check the folder.",
        ) from error
