"""The way out of the studio leads to the shell, whatever hangs."""

from __future__ import annotations

import os
from pathlib import Path

from tests.ui.pty_screen import PYTHON, PtyScreen

ROOT = Path(__file__).parents[2]


def test_a_disk_that_hangs_does_not_keep_the_process(tmp_path: Path) -> None:
    """A thread that never ends holds both Textual's and Python's orderly end; the terminal is restored all the same."""
    environ = {**os.environ, "WAN_TUI_HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "TERM": "xterm-256color"}
    with PtyScreen([PYTHON, "-m", "tests.ui.hanging_host", "--demo"], 100, 30, environ) as terminal:
        terminal.until(lambda: "● online" in terminal.text())
        terminal.press("fox")
        terminal.until(lambda: "3/800" in terminal.text())
        terminal.press("\x11")
        assert terminal.exit_code() == 0
        assert terminal.modes() == terminal.modes_before
        terminal.until(lambda: b"\x1b[?1049l" in terminal.raw)
