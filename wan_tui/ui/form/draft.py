"""The draft: the contents of the form, kept on disk so that nothing typed is lost. Every call blocks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from wan_tui.domain.parameters import Value
from wan_tui.files.private import make_private_folder, write_private
from wan_tui.files.text_file import read_object


class Draft:
    """A small JSON file of parameter values by name, readable only by its owner."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> dict[str, Value]:
        """The saved values; empty if the file is missing or unreadable."""
        return {
            name: value
            for name, value in read_object(self._path).items()
            if isinstance(value, str | int | bool)
        }

    def save(self, values: Mapping[str, Value]) -> None:
        """Replace the file atomically. Raises OSError."""
        make_private_folder(self._path.parent)
        write_private(self._path, json.dumps(dict(values)).encode("ascii"))
