"""Reads text files written by the user with any editor.

Text is UTF-8, with or without a byte order mark; other encodings are reported, not guessed.
"""

from __future__ import annotations

import codecs
import errno
import json
import os
from pathlib import Path
from typing import Any

from wan_tui.files.opening import open_regular
from wan_tui.files.reasons import explain

LIMIT = 1 << 20
"""Maximum bytes of a text file."""

_MARKS = (  # longer ones first: the UTF-16 mark is a prefix of a UTF-32 one
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)


class Unreadable(Exception):
    """A file cannot be read as text. ``reason`` is a clause: "it is a folder".

    ``line`` and ``column`` count from 1; None if unknown.
    """

    def __init__(self, reason: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.column = column


def read_text(path: Path, limit: int = LIMIT) -> str:
    """The text of a regular file, with newlines normalized. ``limit`` in bytes.

    Raises FileNotFoundError if it does not exist, Unreadable for any other error.
    """
    try:
        with os.fdopen(open_regular(path), "rb") as file:
            return decode(file.read(limit + 1), limit)
    except FileNotFoundError:
        if hanging := _broken_link(path):
            raise Unreadable(f"{hanging} is a broken symbolic link") from None
        raise
    except OSError as error:
        if error.errno in (errno.ENOTDIR, errno.ENAMETOOLONG) and not os.path.lexists(path.parent):
            raise FileNotFoundError(path) from None  # part of the path is not a folder, so there is no file
        raise Unreadable(explain(error)) from None


def read_object(path: Path) -> dict[str, Any]:
    """The JSON object in a small file of our own; empty if it is missing, unreadable or none."""
    try:
        data = json.loads(read_text(path))
    except (OSError, Unreadable, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def decode(raw: bytes, limit: int = LIMIT) -> str:
    """Decode UTF-8, without byte order mark, with newlines normalized. Raises Unreadable."""
    if len(raw) > limit:
        raise Unreadable(f"it is larger than {limit >> 10} KiB")
    for mark, name in _MARKS:
        if raw.startswith(mark):
            raise Unreadable(f"it is {name} text, not UTF-8")
    if raw.count(0) * 3 > len(raw) and raw.strip(b"\0"):
        raise Unreadable("it is UTF-16 text, not UTF-8")
    raw = raw.removeprefix(codecs.BOM_UTF8)
    try:
        return _lines(raw.decode())
    except UnicodeDecodeError as error:
        before = _lines(raw[: error.start].decode())
        raise Unreadable("it is not UTF-8 text", *position(before)) from None


def position(before: str) -> tuple[int, int]:
    """Line and column, from 1, of the position after ``before``."""
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _broken_link(path: Path) -> str | None:
    """The symlink at or above ``path`` whose target is missing, if any."""
    for place in (path, *path.parents):
        if os.path.islink(place) and not os.path.exists(place):
            return str(place)
    return None
