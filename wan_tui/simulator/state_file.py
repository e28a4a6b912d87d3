"""Accepted orders on disk, one JSON object per line, so that they survive a restart. Private, since it contains
prompts.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from wan_tui.files.opening import open_regular
from wan_tui.files.private import write_private
from wan_tui.simulator.orders import Ending, Order

_OF_OTHERS = 0o077


def append(path: Path, order: Order) -> None:
    """Appends an order. Raises `OSError`."""
    descriptor = open_regular(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, follow=False)
    with os.fdopen(descriptor, "ab") as file:
        file.write(json.dumps(asdict(order)).encode("ascii") + b"\n")


def read(path: Path) -> Iterator[Order]:
    """The stored orders; invalid lines are skipped. Raises `OSError` unless the file is missing."""
    try:
        descriptor = open_regular(path, follow=False)
    except FileNotFoundError:
        return
    with os.fdopen(descriptor, "rb") as file:
        content, mode = file.read(), os.fstat(file.fileno()).st_mode
    if os.name == "posix" and mode & _OF_OTHERS:
        write_private(path, content, durable=False)  # earlier versions let others read it
    for line in content.splitlines():
        try:
            values = json.loads(line)
            yield Order(**{**values, "ending": Ending(values["ending"])})
        except (ValueError, TypeError, KeyError):
            continue
