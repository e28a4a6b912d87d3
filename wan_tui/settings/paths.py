"""Where everything lies."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wan_tui.domain.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Paths:
    """The program's folders."""

    config: Path
    data: Path
    state: Path
    films: Path
    older_films: tuple[Path, ...] = ()
    """Where films were kept before ``films_folder`` was changed; they can still be opened."""

    @property
    def film_folders(self) -> tuple[Path, ...]:
        """Where films may lie: the folder for new ones first."""
        return (self.films, *self.older_films)

    @property
    def config_file(self) -> Path:
        return self.config / "config.toml"

    @property
    def key_file(self) -> Path:
        return self.config / "key"

    @property
    def log_file(self) -> Path:
        return self.state / "wan-tui.log"

    def of_demo(self) -> Paths:
        """The folders of the demo's own library."""
        root = self.data / "demo"
        return Paths(self.config, root / "data", root / "state", root / "films")


def find_paths(environ: Mapping[str, str]) -> Paths:
    """``WAN_TUI_HOME`` holds everything where it is set; else the places the platform has for such things.

    Raises SettingsError where there is no such folder.
    """
    home = environ.get("WAN_TUI_HOME")
    if home:
        root = _root(home)
        return Paths(root / "config", root / "data", root / "state", root / "films")
    import platformdirs

    try:
        dirs = platformdirs.PlatformDirs("wan-tui", appauthor=False)
        return Paths(
            _anchored(dirs.user_config_path),
            _anchored(dirs.user_data_path),
            _anchored(dirs.user_state_path),
            _anchored(dirs.user_videos_path / "wan-tui"),
        )
    except (RuntimeError, OSError):
        raise SettingsError(
            "There is no home folder to keep films and history in",
            next_step="Set HOME, or WAN_TUI_HOME to a folder of your choice.",
        ) from None


def _root(home: str) -> Path:
    """The folder that ``WAN_TUI_HOME`` names."""
    path = Path(os.path.expanduser(home))
    if not home.strip() or "\0" in home or str(path).startswith("~"):
        raise SettingsError(
            "WAN_TUI_HOME names no folder that can be found", next_step="Give it a path, or unset it."
        )
    try:
        return _anchored(path)
    except OSError:
        raise SettingsError(
            "WAN_TUI_HOME is relative to a current folder that has been removed",
            next_step="Change to another folder, or set WAN_TUI_HOME to a whole path.",
        ) from None


def _anchored(path: Path) -> Path:
    """``path`` from the root on: from here on the same whatever the current folder is. Raises OSError."""
    return path if path.is_absolute() else Path(os.getcwd()) / path
