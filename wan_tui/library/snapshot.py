r"""The snapshot: an ordinary TinyDB JSON file with one document per line and a checksum at the end.

    {"_meta": {"1": {"format": 1, "generation": 7}},
    "_default": {
    "1": {...},
    "2": {...}
    },
    "_check": {"1": {"format": 1, "crc32": "89abcdef"}}}

Lines can be split without parsing. ``generation`` is that of the first journal that is not included. The checksum
covers all bytes before the last line. Valid JSON written by another program is accepted too.
"""

from __future__ import annotations

import json
import os
import re
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from wan_tui.domain.errors import LibraryTooNew
from wan_tui.library import disk
from wan_tui.library.documents import Tables, encode, free_number, number_of

FORMAT = 1
DEFAULT_TABLE = "_default"
_HEADER = re.compile(rb'\{"_meta": \{"1": \{"format": (\d{1,9}), "generation": (\d{1,18})\}\},\n')
_CHECK = re.compile(rb'"_check": \{"1": \{"format": (\d{1,9}), "crc32": "([0-9a-f]{8})"\}\}\}\n?\Z')
_OUR_END = b'\n"_check": {"1": {"format": '
_END_ROOM = _HEADER_ROOM = 200
_WRITE_PIECE = 256 << 10
_FIRST_ROOM = 128 << 10
"""Bytes read to find the first document."""


class SnapshotDamagedError(Exception):
    """The snapshot is damaged. The message is the reason as a clause."""


@dataclass(slots=True)
class Snapshot:
    """The content of a snapshot. ``generation`` is None if the file has none."""

    tables: Tables
    generation: int | None
    format: int = FORMAT
    ours: bool = True
    """False if another program wrote it."""


def backup_of(path: Path) -> Path:
    """Path of the previous snapshot."""
    return path.with_name(path.name + ".bak")


def write(fd: int, tables: Tables, generation: int) -> None:
    """Write a snapshot, in pieces, so as not to block other threads."""
    crc = 0
    piece = bytearray(b'{"_meta": {"1": {"format": %d, "generation": %d}},\n' % (FORMAT, generation))
    for name, documents in tables.items():
        if not documents:
            continue
        piece += json.dumps(name).encode("ascii") + b": {\n"
        separator = b""
        for key, raw in documents.items():
            piece += separator + json.dumps(key).encode("ascii") + b": " + raw
            separator = b",\n"
            if len(piece) >= _WRITE_PIECE:
                crc = zlib.crc32(piece, crc)
                disk.write(fd, piece)
                piece = bytearray()
        piece += b"\n},\n"
    crc = zlib.crc32(piece, crc)
    piece += b'"_check": {"1": {"format": %d, "crc32": "%08x"}}}' % (FORMAT, crc)
    disk.write(fd, piece)


def generation_of(path: Path) -> int | None:
    """The generation in the first line; None if the file is missing or not in our format."""
    try:
        fd = disk.open_file(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        header = _HEADER.match(disk.read(fd, _HEADER_ROOM))
    finally:
        disk.close(fd)
    return int(header[2]) if header and int(header[1]) <= FORMAT else None


def first_document(path: Path) -> tuple[str, bytes] | None:
    """Number and JSON of the first document in the default table; None if not in the first ``_FIRST_ROOM`` bytes."""
    with closing(disk.pieces(path, _FIRST_ROOM)) as pieces:
        lines = next(pieces, b"").split(b"\n")
    if len(lines) < 4 or not _HEADER.match(lines[0] + b"\n") or lines[1] != b'"_default": {':
        return None
    key, found, raw = lines[2].rstrip(b",").partition(b'": ')
    return (key[1:].decode("ascii", "replace"), raw) if found else None


def read(path: Path) -> Snapshot:
    """Read a snapshot.

    Raises FileNotFoundError, SnapshotDamagedError, LibraryTooNew for an unknown format of a newer version, and OSError.
    """
    lines = _Lines(path)
    first = next(iter(lines), b"")
    header = _HEADER.match(first)
    if not header:
        return _read_foreign(path)
    try:
        snapshot = Snapshot(_parse(lines, int(header[1])), int(header[2]), int(header[1]))
    except SnapshotDamagedError:
        for _ in lines:
            pass
        check = _CHECK.match(lines.rest)
        if int(header[1]) > FORMAT and not (check and int(check[1]) <= FORMAT):
            raise _too_new() from None
        raise
    return snapshot


def _too_new() -> LibraryTooNew:
    return LibraryTooNew(
        "The history was written by a newer version of wan-tui, in a format this version cannot read.",
        next_step="Update wan-tui. Nothing was changed.",
    )


class _Lines:
    """Iterates over the lines of a file and computes the checksum of all but the last, which has no newline."""

    def __init__(self, path: Path) -> None:
        self.crc = 0
        self.rest = b""
        self._lines = self._read(path)

    def __iter__(self) -> Iterator[bytes]:
        return self._lines

    def _read(self, path: Path) -> Iterator[bytes]:
        for piece in disk.pieces(path):
            whole, end, self.rest = (self.rest + piece).rpartition(b"\n")
            self.crc = zlib.crc32(whole + end, self.crc)
            yield from (whole + end).splitlines(keepends=True)


def _parse(lines: _Lines, version: int) -> Tables:
    tables: Tables = {}
    table: dict[str, bytes] | None = None
    for line in lines:
        if line[-3:] == b" {\n" and table is None:
            table = tables[_name(line[:-4])] = {}
        elif line[:1] == b"}" and table is not None:
            table = None
        else:
            end = line.find(b'": {')
            if table is None or line[:1] != b'"' or end < 0:
                raise SnapshotDamagedError("a line is out of place")
            key = line[1:end].decode("ascii", "replace")
            if b"\\" in line[:end]:
                key = _name(line[: end + 1])
            if key in table:
                raise SnapshotDamagedError("a document number is duplicated")
            table[key] = line[end + 3 :].rstrip(b",\n")
    check = _CHECK.match(lines.rest)
    if table is not None or not check:
        raise SnapshotDamagedError("its end is missing")
    if int(check[2], 16) != lines.crc or int(check[1]) != version:
        raise SnapshotDamagedError("its checksum is wrong")
    return tables


def _name(quoted: bytes) -> str:
    try:
        return str(json.loads(quoted))
    except ValueError:
        raise SnapshotDamagedError("a name is unreadable") from None


def _read_foreign(path: Path) -> Snapshot:
    raw = b"".join(disk.pieces(path))
    if _OUR_END in raw[-_END_ROOM:]:
        raise SnapshotDamagedError("its first line is wrong")
    try:
        data = json.loads(raw)
        meta = data.pop("_meta", {}).get("1", {})
        data.pop("_check", None)
        tables = {
            name: {key: encode(document) for key, document in documents.items()}
            for name, documents in data.items()
        }
    except (ValueError, TypeError, AttributeError, RecursionError, MemoryError):
        raise SnapshotDamagedError("it is empty" if not raw else "it is not a history") from None
    generation, version = meta.get("generation"), meta.get("format")
    if isinstance(version, int) and version > FORMAT:
        return Snapshot(tables, None, version, ours=False)
    return Snapshot(tables, generation if isinstance(generation, int) else None, ours=False)


_OPENING = re.compile(r'(^)?"([^"\\\n]{0,60})":\s*(?=\{)', re.MULTILINE)
_TABLE = re.compile(r'\{\s*"\d+":')


def salvage(path: Path) -> Tables:
    """Recover every intact document from a damaged file.

    A document is a JSON object with a string ``id``, under a number or at the start of a line. If its number is taken
    or unreadable, it gets a free one.
    """
    text = b"".join(disk.pieces(path)).decode("utf-8", "replace")
    decoder = json.JSONDecoder()
    tables: Tables = {}
    unnumbered: list[tuple[str, bytes]] = []
    current, position = DEFAULT_TABLE, 0
    while opening := _OPENING.search(text, position):
        at_line_start, name, position = opening[1] is not None, opening[2], opening.end()
        numbered = number_of(name) is not None
        if not numbered and _TABLE.match(text, position):
            current = name
        if not (numbered or at_line_start) or _TABLE.match(text, position):
            continue
        try:
            document, end = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            continue
        if _is_document(document) and not _holds_documents(document):
            position = end
            table = tables.setdefault(current, {})
            if numbered and name not in table:
                table[name] = encode(document)
            else:
                unnumbered.append((current, encode(document)))
    for table_name, raw in unnumbered:
        table = tables[table_name]
        table[str(free_number(table))] = raw
    if tables and DEFAULT_TABLE not in tables:
        # The name of the default table was damaged.
        tables[DEFAULT_TABLE] = tables.pop(max(tables, key=lambda table_name: len(tables[table_name])))
    return tables


def _is_document(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("id"), str)


def _holds_documents(document: dict[str, object]) -> bool:
    """Whether its end was damaged, so that it contains the documents after it: those are the intact ones."""
    return any(name.isdigit() and _is_document(value) for name, value in document.items())
