"""What ``wan-tui doctor`` finds in the config and about the terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.program import REPOSITORY
from tests.unit.terminal.fake_terminal import SIXEL, FakeTerminal
from wan_tui.cli.main import cli

CONFIG = """
[keys]
"job.open" = "ctrl+"
"job.opne" = "v"
"job.copy" = "v"
"""


def test_impossible_keys_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the studio would tell them, without opening it."""
    monkeypatch.setenv("WAN_TUI_HOME", str(tmp_path))
    monkeypatch.setenv("AIMLAPI_BASE_URL", "http://127.0.0.1:9")
    (tmp_path / "config").mkdir(mode=0o700)
    (tmp_path / "config" / "config.toml").write_text(CONFIG)
    answer = CliRunner().invoke(cli, ["doctor"])
    assert "“ctrl+” for job.open is no key" in answer.stdout
    assert "there is no action “job.opne”; did you mean job.open?" in answer.stdout
    assert "job.copy" not in answer.stdout


def test_what_the_terminal_can_do_is_told(tmp_path: Path) -> None:
    """Asked anew; a wish that cannot be is a note, and the rest holds."""
    (tmp_path / "config").mkdir(mode=0o700)
    (tmp_path / "config" / "config.toml").write_text("[terminal]\ngraphics = 'laser'\n")
    variables = {
        "WAN_TUI_HOME": str(tmp_path),
        "AIMLAPI_BASE_URL": "http://127.0.0.1:9",
        "SSH_TTY": "/dev/pts/9",
    }
    with FakeTerminal(SIXEL) as terminal:
        subprocess.run(
            [sys.executable, "-m", "wan_tui", "doctor"],
            cwd=REPOSITORY,
            env={**os.environ, **variables},
            stdin=terminal.fd,
            stdout=terminal.fd,
            stderr=terminal.fd,
            timeout=60,
        )
    told = terminal.seen.decode()
    assert "terminal.graphics cannot be 'laser'" in told
    assert "foot(1.16.2), over SSH, answers in" in told
    assert "24-bit colours, pictures by sixel, cells of 10x20 pixels, clipboard not announced" in told
    assert "films are played here, by PyAV" in told
