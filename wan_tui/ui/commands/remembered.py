"""What the user chose on the screen, for the next start. Every call blocks."""

from __future__ import annotations

import json
from pathlib import Path

from wan_tui.files.private import make_private_folder, write_private
from wan_tui.files.text_file import read_object


class Remembered:
    """A small JSON file of words by name. What cannot be read was not chosen."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> dict[str, str]:
        return {name: value for name, value in read_object(self._path).items() if isinstance(value, str)}

    def choose(self, name: str, value: str) -> None:
        """Change one, and keep the others as they are by now. Raises OSError."""
        make_private_folder(self._path.parent)
        write_private(self._path, json.dumps({**self.load(), name: value}).encode("ascii"))
