"""Whatever the program keeps is its user's alone, whoever writes it: the demo writes all that there is."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.program import REPOSITORY
from tests.ui.pty_screen import PYTHON, PtyScreen

CTRL_Q = "\x11"


def open_to_others(folder: Path) -> list[str]:
    """What below ``folder``, and it, anybody but its owner may touch."""
    return sorted(
        f"{stat.S_IMODE(path.stat().st_mode):o} {path.relative_to(folder)}"
        for path in (folder, *folder.rglob("*"))
        if stat.S_IMODE(path.stat().st_mode) & 0o077
    )


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_nobody_else_reads_what_the_demo_leaves(tmp_path: Path) -> None:
    """History, films, posters, draft, log, and the service's own orders and films: files 0600, folders 0700."""
    home = tmp_path / "home"
    environ = {
        **os.environ,
        "WAN_TUI_HOME": str(home),
        "PYTHONPATH": str(REPOSITORY),
        "TERM": "xterm-256color",
    }
    before = os.umask(0)  # the system takes nothing away: rights are those that the program asks for
    try:
        terminal = PtyScreen([PYTHON, "-m", "tests.ui.quick_demo_host", "--demo", "-v"], 120, 40, environ)
    finally:
        os.umask(before)
    with terminal:
        terminal.until(lambda: "● online" in terminal.text())
        terminal.press("a paper boat\n")
        terminal.until(lambda: "✓ Saved" in terminal.text())
        terminal.press("another prompt")
        terminal.until(lambda: "another prompt" in terminal.text())
        terminal.press(CTRL_Q)
        assert terminal.exit_code() == 0
    names = {path.name for path in home.rglob("*")}
    assert {"simulator", "simulator.json", "history.json", "films", "wan-tui.log"} <= names
    assert open_to_others(home) == []
