"""The small files in the state folder: whatever lies in their places, nobody waits for it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from wan_tui.media import filmstrip
from wan_tui.terminal import probe_cache
from wan_tui.ui.form.draft import Draft


@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
@pytest.mark.parametrize(
    ("read", "nothing"),
    [
        (lambda path: Draft(path).load(), {}),
        (lambda path: probe_cache.load(path, "xterm"), None),
        (filmstrip.load, None),
    ],
    ids=["draft", "answers of the terminal", "stills"],
)
def test_what_is_no_file_is_as_good_as_none(
    tmp_path: Path, kind: str, read: Callable[[Path], object], nothing: object
) -> None:
    """A pipe that nobody writes to kept the studio from starting."""
    path = tmp_path / "kept"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        path.mkdir()
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(read(path)), daemon=True)
    thread.start()
    thread.join(PATIENCE)
    assert found == [nothing]
