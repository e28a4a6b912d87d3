"""Documents in memory, as JSON bytes that are parsed at each access.

Bytes take half the memory of parsed documents, cost the garbage collector nothing, are written back unchanged, and
are immutable.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, MutableMapping
from itertools import count
from typing import Any

Document = dict[str, Any]
Tables = dict[str, dict[str, bytes]]
"""Table name → document number as text → the document as JSON bytes."""
Changes = dict[str, dict[str, bytes | None]]
"""The same for changes; None removes a document."""
_DEEPEST = 100
"""Maximum nesting of a document; ours have four levels."""
_DIGITS = 15


def encode(document: Mapping[str, Any]) -> bytes:
    """JSON on one line, ASCII only, so that no text can break a frame or an encoding."""
    return json.dumps(dict(document), separators=(",", ":")).encode("ascii")


def decode(raw: bytes) -> Document:
    """Parse a document. Raises ValueError if ``raw`` is not a JSON object or nested too deeply."""
    try:
        document = json.loads(raw)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(document, dict):
        raise ValueError("not a document")
    # Fast path: each level needs a bracket, and few documents have that many.
    if raw.count(b"[") + raw.count(b"{") > _DEEPEST and _deeper_than(document, _DEEPEST):
        raise ValueError("nested too deeply")
    return document


def _deeper_than(document: Document, levels: int) -> bool:
    here: list[Any] = [document]
    for _ in range(levels):
        here = [
            inner
            for outer in here
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not here:
            return False
    return True


def number_of(key: str) -> int | None:
    """``key`` as a document number; None if it is not one in our spelling."""
    plain = key.isascii() and key.isdigit() and len(key) <= _DIGITS and (key[0] != "0" or key == "0")
    return int(key) if plain else None


def free_number(table: Mapping[str, Any]) -> int:
    """The number after the highest in ``table``; if that is too long, the first gap."""
    highest = max((n for key in table if (n := number_of(key)) is not None), default=0)
    if number_of(str(highest + 1)) is not None:
        return highest + 1
    return next(number for number in count(1) if str(number) not in table)


def free_numbers(table: Mapping[str, Any]) -> Iterator[str]:
    """Yield free numbers; use each one before requesting the next."""
    number = free_number(table)
    while True:
        yield str(number)
        number += 1
        if number_of(str(number)) is None or str(number) in table:
            number = free_number(table)


def renumber(tables: Tables) -> int:
    """Give documents with an invalid number a free one; return how many there were."""
    moved = 0
    for table in tables.values():
        if _all_plain(table):
            continue
        odd = [key for key in table if number_of(key) is None]
        for key, number in zip(odd, free_numbers(table), strict=False):
            table[number] = table.pop(key)
        moved += len(odd)
    return moved


def _all_plain(table: Mapping[str, Any]) -> bool:
    """``number_of`` for all keys at once: a fast check at startup for up to 100,000 valid keys."""
    joined = "\n" + "\n".join(table)
    return (
        joined.isascii()
        and joined.replace("\n", "").isdigit()
        and joined.count("\n") == len(table)
        and "\n0" not in joined
        and max(map(len, table)) <= _DIGITS
    )


def apply(tables: Tables, changes: Changes) -> None:
    """Apply ``changes``."""
    for name, documents in changes.items():
        table = tables.setdefault(name, {})
        for key, raw in documents.items():
            if raw is None:
                table.pop(key, None)
            else:
                table[key] = raw


def id_of(raw: bytes) -> str | None:
    """The ``id`` field of a document, which stays the same if its number changes."""
    try:
        found = decode(raw).get("id")
    except ValueError:
        return None
    return found if isinstance(found, str) else None


def add_missing(tables: Tables, others: Tables) -> None:
    """Add the documents of ``others`` whose ids are missing in ``tables``, under free numbers."""
    for name, documents in others.items():
        table = tables.setdefault(name, {})
        known = {id_of(raw) for raw in table.values()} - {None}
        free = free_numbers({**documents, **table})
        for key, raw in documents.items():
            if raw != table.get(key) and id_of(raw) not in known:
                table[next(free) if key in table else key] = raw


class TableView(Mapping[str, Document]):
    """Read-only view of a table in the shape TinyDB expects from a storage."""

    __slots__ = ("_raw",)

    def __init__(self, raw: dict[str, bytes]) -> None:
        self._raw = raw

    def __getitem__(self, key: str) -> Document:
        return decode(self._raw[key])

    def __contains__(self, key: object) -> bool:
        return key in self._raw

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._raw))

    def __len__(self) -> int:
        return len(self._raw)


class TableDraft(MutableMapping[int, Document]):
    """Copy-on-write view of a table in the shape TinyDB passes to its updaters: numbers to documents.

    The table itself is not modified; ``changes`` returns the documents that differ.
    """

    __slots__ = ("_drafts", "_raw")

    def __init__(self, raw: dict[str, bytes]) -> None:
        self._raw = raw
        self._drafts: dict[int, Document | None] = {}

    def __getitem__(self, number: int) -> Document:
        if number not in self._drafts:
            self._drafts[number] = decode(self._raw[str(number)])
        document = self._drafts[number]
        if document is None:
            raise KeyError(number)
        return document

    def __setitem__(self, number: int, document: Document) -> None:
        self._drafts[number] = document

    def __delitem__(self, number: int) -> None:
        if number not in self:
            raise KeyError(number)
        self._drafts[number] = None

    def __contains__(self, number: object) -> bool:
        if number in self._drafts:
            return self._drafts[number] is not None
        return str(number) in self._raw

    def __iter__(self) -> Iterator[int]:
        known = [int(key) for key in self._raw if self._drafts.get(int(key), True) is not None]
        return iter(known + [n for n, d in self._drafts.items() if d is not None and str(n) not in self._raw])

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def changes(self) -> dict[str, bytes | None]:
        drafts = ((str(n), None if d is None else encode(d)) for n, d in self._drafts.items())
        return {key: raw for key, raw in drafts if raw != self._raw.get(key)}
