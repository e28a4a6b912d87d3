"""Accepted orders on disk, one JSON object a line, so that they go on after a restart."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from wan_tui.simulator.orders import Ending, Order


def append(path: Path, order: Order) -> None:
    """Adds an order. Raises `OSError`."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(order)) + "\n")


def read(path: Path) -> Iterator[Order]:
    """The orders kept so far; a line that cannot be read is passed over. Raises `OSError` other than absence."""
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            values = json.loads(line)
            yield Order(**{**values, "ending": Ending(values["ending"])})
        except (ValueError, TypeError, KeyError):
            continue
