"""Opening the studio, up to its first picture."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from wan_tui.cli.studio import cached_probe
from wan_tui.settings import Settings
from wan_tui.settings.paths import find_paths
from wan_tui.terminal.environment import Surroundings


def test_what_the_terminal_answered_is_kept_in_a_private_folder(tmp_path: Path) -> None:
    """It and those above are the owner's alone, whatever the umask."""
    paths = find_paths({"WAN_TUI_HOME": str(tmp_path / "all" / "mine")})
    before = os.umask(0)
    try:
        cached_probe(Settings(paths=paths), Surroundings())
    finally:
        os.umask(before)
    for made in (paths.state, paths.state.parent, paths.state.parent.parent):
        assert stat.S_IMODE(made.stat().st_mode) == 0o700


def test_a_state_folder_that_cannot_be_made_is_no_trouble(tmp_path: Path) -> None:
    """The terminal is asked at each start then."""
    (tmp_path / "file").touch()
    paths = find_paths({"WAN_TUI_HOME": str(tmp_path / "file")})
    _, complaints = cached_probe(Settings(paths=paths), Surroundings())
    assert complaints == []
