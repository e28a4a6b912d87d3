"""The draft: what stands in the form, kept on disk so that nothing typed is ever lost. Every call blocks."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from wan_tui.domain.parameters import Value
from wan_tui.files.text_file import Unreadable, read_text
from wan_tui.settings import make_private_folder


class Draft:
    """A small JSON file of parameter values by name, readable by its owner alone."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> dict[str, Value]:
        """What was kept; empty where there is nothing or nothing that can be read."""
        try:
            data = json.loads(read_text(self._path))
        except (OSError, Unreadable, ValueError, RecursionError):
            return {}
        if not isinstance(data, dict):
            return {}
        return {name: value for name, value in data.items() if isinstance(value, str | int | bool)}

    def save(self, values: Mapping[str, Value]) -> None:
        """Replace the file as a whole. Raises OSError."""
        make_private_folder(self._path.parent)
        # Two programs on one library may save at the same moment: each writes a file of its own first.
        temporary = self._path.with_name(f"{self._path.name}.{os.getpid()}.new")
        temporary.unlink(missing_ok=True)
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", errors="surrogatepass") as file:
            json.dump(dict(values), file)
        temporary.replace(self._path)
