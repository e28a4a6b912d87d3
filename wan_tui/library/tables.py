"""TinyDB tables on the journal storage, which write single documents instead of the whole database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from tinydb import TinyDB
from tinydb.table import Table

from wan_tui.library.documents import TableDraft
from wan_tui.library.storage import JournalStorage


class JournalTable(Table):
    """A TinyDB table shared by several processes.

    Numbers are assigned under the lock, so they are unique; query results are not cached, since other processes may
    change them.
    """

    def __init__(self, storage: JournalStorage, name: str, **options: Any) -> None:
        super().__init__(storage, name, **{**options, "cache_size": 0})
        self.journal_storage = storage

    def insert(self, document: Mapping[str, Any]) -> int:
        return self.insert_multiple([document])[0]

    def change(self, updater: Callable[[TableDraft], None], *, durable: bool = True) -> None:
        """Let ``updater`` change documents by number in one transaction. Raises like ``transaction``."""
        with self.journal_storage.transaction(durable=durable) as changes:
            draft = TableDraft(self.journal_storage.raw(self.name))
            updater(draft)
            changes[self.name] = draft.changes()

    def _update_table(self, updater: Callable[[MutableMapping[int, Any]], None]) -> None:  # type: ignore[override]
        self.change(updater)

    def _get_next_id(self) -> int:
        return self.journal_storage.next_number(self.name)


class HistoryDB(TinyDB):
    """TinyDB over a JournalStorage: ``HistoryDB(path, storage=JournalStorage)``."""

    table_class = JournalTable  # type: ignore[assignment]
    default_storage_class = JournalStorage  # type: ignore[assignment]
