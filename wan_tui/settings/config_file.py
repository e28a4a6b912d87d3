"""The config file: optional TOML, never written. What cannot be used in it is told and passed over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from wan_tui.domain.text import clean_line

_KNOWN = frozenset(
    (
        "base_url",
        "endpoint",
        "trust_host",
        "films_folder",
        "older_films_folders",
        "poll_interval",
        "theme",
        "player",
        "allow_plain_http_films",
        "trust_networks",
        "keys",
        "notices",
        "terminal",
    )
)


class ConfigFile:
    """The ``values`` that stand in the file at ``path``, by name, and ``warnings`` about them."""

    def __init__(self, path: Path) -> None:
        self.values: dict[str, Any] = {}
        self.warnings: list[str] = []
        try:
            text = path.read_text(encoding="utf-8")
            import tomllib  # only where there is a file to read

            self.values = tomllib.loads(text)
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            self.warnings.append(f"{path.name} is passed over: {clean_line(str(error), 120)}")
        for name in self.values:
            if name not in _KNOWN:
                self.warn(f"unknown setting “{clean_line(name, 40)}”")

    def warn(self, sentence: str) -> None:
        """Add what is amiss in the file to the warnings."""
        self.warnings.append(f"config.toml: {sentence}")

    def text(self, name: str) -> str | None:
        value = self.values.get(name)
        if value is None or isinstance(value, str):
            return value or None
        self.warn(f"{name} must be text")
        return None

    def texts(self, name: str) -> list[str]:
        value = self.values.get(name, [])
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return value
        self.warn(f"{name} must be a list of texts")
        return []

    def flag(self, name: str) -> bool:
        value = self.values.get(name, False)
        if isinstance(value, bool):
            return value
        self.warn(f"{name} must be true or false")
        return False

    def table(self, name: str) -> dict[str, Any]:
        value = self.values.get(name, {})
        if isinstance(value, dict):
            return value
        self.warn(f"{name} must be a table")
        return {}
