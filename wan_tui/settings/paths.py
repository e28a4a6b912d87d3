"""The program's folders and files."""

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
    """Earlier film folders, whose films can still be opened."""

    @property
    def film_folders(self) -> tuple[Path, ...]:
        """All film folders, the one for new films first."""
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
        """The folders of the demo's separate library."""
        root = self.data / "demo"
        return Paths(self.config, root / "data", root / "state", root / "films")


def find_paths(environ: Mapping[str, str]) -> Paths:
    """Everything is under ``WAN_TUI_HOME`` if set, else in the platform's standard folders.

    Raises SettingsError if there is no usable folder.
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
            "No home folder for films and history",
            next_step="Set HOME, or set WAN_TUI_HOME to a folder.",
        ) from None


def _root(home: str) -> Path:
    """The folder in ``WAN_TUI_HOME``. Raises SettingsError."""
    path = Path(os.path.expanduser(home))
    if not home.strip() or "\0" in home or str(path).startswith("~"):
        raise SettingsError(
            "WAN_TUI_HOME is not a valid path", next_step="Set it to the path of a folder, or unset it."
        )
    try:
        return _anchored(path)
    except OSError:
        raise SettingsError(
            "WAN_TUI_HOME is relative to a current folder that has been removed",
            next_step="Change to another folder, or set WAN_TUI_HOME to an absolute path.",
        ) from None


def _anchored(path: Path) -> Path:
    """``path`` as an absolute path. Raises OSError."""
    return path if path.is_absolute() else Path(os.getcwd()) / path
