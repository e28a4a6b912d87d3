"""The folder that the program was started in has been removed: nothing here needs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from tests.program import REPOSITORY

IN_NO_FOLDER = """
import os, sys
sys.path.insert(0, {repository!r})
os.chdir({folder!r}); os.rmdir({folder!r})
sys.argv = ["wan-tui", *{arguments!r}]
from wan_tui.__main__ import main
main()
"""


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["list"], 0, ""),
        (["show", "x.mp4"], 1, "No job or film matches “x.mp4”"),
        (["open", "x.mp4"], 1, "There is no file “x.mp4”"),
        (["generate", "a boat"], 1, "Not charged"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_every_command_works_without_it(tmp_path: Path, arguments: list[str], code: int, told: str) -> None:
    """A sentence at most, never a fault of the program."""
    folder = tmp_path / "gone"
    folder.mkdir()
    script = IN_NO_FOLDER.format(repository=str(REPOSITORY), folder=str(folder), arguments=arguments)
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "AIMLAPI_BASE_URL": "http://127.0.0.1:9", "AIMLAPI_API_KEY": "k-0123456789-gone"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == code, done.stderr
    assert told in done.stderr
    assert "crashed" not in done.stderr


def test_a_relative_home_cannot_be_found_then(tmp_path: Path) -> None:
    """And it is said which variable it is."""
    folder = tmp_path / "gone"
    folder.mkdir()
    script = IN_NO_FOLDER.format(repository=str(REPOSITORY), folder=str(folder), arguments=["list"])
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "WAN_TUI_HOME": "here"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("WAN_TUI_HOME is relative to a current folder that has been removed")
