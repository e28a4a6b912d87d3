"""What ``wan-tui doctor`` finds in the config."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

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
