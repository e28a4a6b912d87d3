"""The draft: the contents of the form, kept on disk so that nothing typed is lost. Every call blocks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from wan_tui.domain.parameters import Value
from wan_tui.files.private import make_private_folder, write_private
from wan_tui.files.text_file import Unreadable, read_text


class Draft:
    """A small JSON file of parameter values by name, readable only by its owner."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> dict[str, Value]:
        """The saved values; empty if the file is missing or unreadable."""
        try:
            data = json.loads(read_text(self._path))
        except (OSError, Unreadable, ValueError, RecursionError):
            return {}
        if not isinstance(data, dict):
            return {}
        return {name: value for name, value in data.items() if isinstance(value, str | int | bool)}

    def save(self, values: Mapping[str, Value]) -> None:
        """Replace the file atomically. Raises OSError."""
        make_private_folder(self._path.parent)
        write_private(self._path, json.dumps(dict(values)).encode("ascii"))
