"""The history as a TinyDB storage: a snapshot that stock TinyDB opens, and a journal of later changes.

Files in one folder: ``history.json`` (see ``snapshot.py``), ``history.json.bak`` (the previous snapshot),
``history.<generation>.journal`` (see ``journal.py``), ``history.lock``, ``history.damaged-*`` (damaged parts set
aside).

A change takes the lock, reads what other processes appended, appends one frame and releases the lock: constant cost
at any size. When the journal has grown, it is compacted: the next snapshot is written to a temporary file, synced and
renamed over the old one. A regular close compacts too, so ``history.json`` is complete then; after a kill, the journal
has the newer changes, and the next start reads both.

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

from wan_tui.domain.errors import LibraryBusy, LibraryError, LibraryTooNew, LibraryUnwritable
from wan_tui.files.reasons import explain
from wan_tui.library import compaction, disk
from wan_tui.library.documents import Changes, TableView, apply, encode
from wan_tui.library.health import Health, set_aside
from wan_tui.library.lock import LibraryLock
from wan_tui.library.replica import Replica

JOURNAL_LIMIT = 8 << 20
"""Journal size in bytes at which it is compacted, unless the snapshot is more than twice as large.

``WAN_TUI_JOURNAL_LIMIT`` in the environment sets a limit without that exception, for tests.
"""
COMPACT_AT_CLOSE = 64 << 20
"""Snapshot size in bytes up to which close always compacts: about a quarter of a second."""
COMPACT_WHILE_RUNNING = 2 << 20
"""Snapshot size in bytes up to which ``tidy`` compacts: some 20 ms, about 1,500 jobs."""
LOCK_WAIT = 5.0
_CLOSE_WAIT = 0.5


class JournalStorage(Storage):
    """Snapshot and journal under one lock. Cheap to create: the files are read at the first use, or by ``load``.

    Safe for several threads and processes. ``lock_wait`` in seconds, ``journal_limit`` in bytes.
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
        self._follower = Replica(self.path)
        self._lock = LibraryLock(self.path.with_suffix(".lock"), lock_wait)
        self._mutex = threading.RLock()
        self._changing = False
        self._compact_after = 0
        self._refusal: LibraryError | None = None
        if read_only:
            self._refusal = LibraryUnwritable("The history was opened read-only.")

    # Reading

    def load(self) -> None:
        """Read the files if necessary, and clean up if no process holds the lock.

        Blocks, but needs no lock, so a stopped process cannot block it. Damage is reported in ``health``. Raises
        LibraryTooNew, LibraryBusy (changing too fast to be read) and LibraryUnwritable.
        """
        self.refresh()
        if not self._refusal:
            with suppress(LibraryError), self.transaction(wait=0):
                compaction.sweep_temporary(self.path)

    def read(self) -> dict[str, Mapping[str, Any]]:  # type: ignore[override]
        """All tables for TinyDB, including changes by other processes."""
        self.refresh()
        return {name: TableView(raw) for name, raw in self._follower.tables.items()}

    def refresh(self) -> None:
        """Read changes by other processes. Without changes it only checks two file sizes."""
        with self._mutex, _library_errors("The history cannot be read"):
            self._follower.catch_up(locked=False)
            self._update_health()

    def raw(self, table: str) -> dict[str, bytes]:
        """The documents of a table in memory, as JSON bytes by number. Do not modify."""
        if not self._follower.loaded:
            self.refresh()
        return self._follower.tables.get(table, {})

    def take_changes(self, table: str) -> list[str]:
        """Numbers of documents that other processes changed or removed since the last call."""
        with self._mutex:
            return self._follower.take_changes(table)

    # Writing

    @contextmanager
    def transaction(self, *, durable: bool = True, wait: float | None = None) -> Iterator[Changes]:
        """Hold the lock, read the newest state, and append the changes put into the yielded dict as one frame.

        ``durable``: synced on return; otherwise it survives a kill but not a power cut. ``wait``: lock timeout in
        seconds, if not the default. Raises LibraryBusy, LibraryUnwritable or LibraryTooNew; nothing is changed then.
        """
        with self._mutex, _library_errors("The history cannot be written"):
            if self._changing:
                raise RuntimeError("nested transaction")
            if not (self._refusal or self._follower.loaded):
                self.refresh()
            self._may_write()
            disk.make_folder(self.path.parent)
            with self._lock.held(wait):
                self._changing = True
                try:
                    self._follower.catch_up(locked=True)
                    self._update_health()
                    self._may_write()
                    self._repair()
                    changes: Changes = {}
                    yield changes
                    self._record({name: docs for name, docs in changes.items() if docs}, durable)
                finally:
                    self._changing = False

    def next_number(self, table: str) -> int:
        """A document number that no process has used. Only inside a transaction."""
        return self._follower.next_number(table)

    def write(self, data: Mapping[str, Mapping[str, Any]]) -> None:
        """Record the difference to ``data``: TinyDB's whole-state write, used for dropping tables."""
        with self.transaction() as changes:
            for name, documents in self._follower.tables.items():
                wanted = data.get(name, {})
                changes[name] = {key: None for key in documents if key not in wanted}
            for name, wanted in data.items():
                known = self.raw(name)
                new = {key: encode(document) for key, document in wanted.items()}
                changes.setdefault(name, {}).update({k: raw for k, raw in new.items() if known.get(k) != raw})

    def tidy(self) -> None:
        """Compact if that takes only milliseconds, so that other readers of ``history.json`` see recent changes.

        Does nothing while another process holds the lock. Raises LibraryUnwritable.
        """
        with self._mutex:
            small = self._follower.loaded and disk.file_size(self.path) <= COMPACT_WHILE_RUNNING
            if (
                small
                and not self._refusal
                and (self._follower.state.journal.position or not self.path.exists())
            ):
                with suppress(LibraryBusy), self.transaction(wait=0):
                    self._compact()

    def close(self) -> None:
        """Compact if that is quick or due, and close the files. Raises no LibraryError.

        Data in memory can still be read; a change opens the files again.
        """
        with self._mutex:
            if not self._follower.loaded:
                return
            with suppress(LibraryError):
                if not self._refusal and self._should_compact():
                    with self.transaction(wait=_CLOSE_WAIT):
                        if self._should_compact():
                            self._compact()
            self._follower.state.journal.close()

    # Internals

    def _may_write(self) -> None:
        if self._refusal:
            raise self._refusal

    def _update_health(self) -> None:
        """Update the health report and whether writing is allowed."""
        self.health.weak_lock = self._lock.soft
        self.health.found = [item.what for item in self._follower.damage]
        if self._follower.too_new:
            self._refusal = LibraryTooNew(
                "The history was written by a newer version of wan-tui and is read-only here.",
                next_step="Update wan-tui.",
            )
            self.health.read_only = self._refusal.message

    def _record(self, changes: Changes, durable: bool) -> None:
        if not changes:
            return
        state = self._follower.state
        state.journal.append(changes, durable=durable)
        apply(state.tables, changes)
        for name, documents in changes.items():
            self._follower.count(name, documents)
        if state.journal.position > max(self._limit(), self._compact_after):
            try:
                self._compact()
            except OSError:
                # The change itself is recorded. Don't retry at once: on a full disk each attempt costs time.
                self._compact_after = state.journal.position + self._limit() // 8

    def _should_compact(self) -> bool:
        if self._follower.damage or self._follower.rewrite_due:
            return True
        quick = disk.file_size(self.path) <= COMPACT_AT_CLOSE
        return self._follower.state.journal.position > (0 if quick else self._limit())

    def _limit(self) -> int:
        return self._journal_limit or max(JOURNAL_LIMIT, disk.file_size(self.path) // 2)

    def _compact(self) -> None:
        compaction.compact(self.path, self._follower.state)
        self._follower.rewrite_due = False
        self._compact_after = 0

    def _repair(self) -> None:
        """Set damaged parts aside and rewrite the history, before anything else is written."""
        damage = self._follower.damage
        while damage:
            if damage[0].raw or (damage[0].file and damage[0].file.exists()):
                self.health.set_aside.append(set_aside(damage[0], self.path))
            else:
                self.health.repaired.append(damage[0].what)
            self._follower.rewrite_due = self._follower.rewrite_due or damage[0].rewrite
            damage.pop(0)
            self.health.found = [item.what for item in damage]
        if self._follower.rewrite_due:
            self._compact()


@contextmanager
def _library_errors(doing: str) -> Iterator[None]:
    """Convert OSError to LibraryUnwritable."""
    try:
        yield
    except OSError as error:
        raise LibraryUnwritable(
            f"{doing}: {explain(error)}.",
            next_step="Nothing was changed. Free disk space or check the folder.",
        ) from error
