"""The config file: optional TOML, never written. Reports invalid settings; invalid money settings stop ordering."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from wan_tui.domain.errors import SpendingOff
from wan_tui.domain.text import clean_line
from wan_tui.files.text_file import Unreadable, position, read_text

MONEY_SETTINGS: Mapping[str, str | None] = {
    "base_url": "AIMLAPI_BASE_URL",
    "endpoint": None,
    "trust_host": "WAN_TUI_TRUST_HOST",
}
"""The settings that decide where money and keys go, with the variable that overrides each. If one is invalid, ordering
is off: the default would mean another service."""

UNCLEAR = "so it is unclear where orders and keys go"

_KNOWN = frozenset(
    (
        *MONEY_SETTINGS,
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
_PLACE = re.compile(r" \(at line (\d+), column (\d+)\)$")
_END = " (at end of document)"


class ConfigFile:
    """The ``values`` in the file at ``path``, by name, and ``warnings`` about them.

    ``unreadable``: the error if the file exists but cannot be read. ``misspelt``: errors for money settings that are
    misspelt or inside a [section], by name.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.values: dict[str, Any] = {}
        self.warnings: list[str] = []
        self.unreadable: SpendingOff | None = None
        self.misspelt: dict[str, SpendingOff] = {}
        try:
            text = read_text(path)
            self.values = _parsed(text)
        except FileNotFoundError:
            return
        except Unreadable as error:
            self.unreadable = self._unreadable_file(error)
            return
        for name in self.values:
            if name not in _KNOWN:
                self.warn(f"unknown setting “{clean_line(name, 40)}”")
        for name, meant in _misspelt(self.values):
            self.misspelt[meant] = self.invalid_setting(f"“{clean_line(name, 80)}” is not {meant}", meant)

    def warn(self, sentence: str) -> None:
        """Add a warning about the file."""
        self.warnings.append(f"config.toml: {sentence}")

    @contextmanager
    def warning_about(self, name: str) -> Iterator[None]:
        """Convert a ValueError about the setting ``name`` into a warning."""
        try:
            yield
        except ValueError as error:
            self.warn(f"{name}: {error}")

    def invalid_setting(self, what: str, name: str) -> SpendingOff:
        """The error for an invalid money setting ``name``; ``what`` is the reason."""
        return SpendingOff(
            f"config.toml: {what}, {UNCLEAR}",
            next_step=f"Fix {name} in {self.path}, above the first [section]",
        )

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
        self.warn(f"{name} must be a list of strings")
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

    def _unreadable_file(self, error: Unreadable) -> SpendingOff:
        place = f", line {error.line}, column {error.column}" if error.line else ""
        return SpendingOff(
            f"config.toml{place}: {clean_line(error.reason, 160)}, {UNCLEAR}",
            next_step=f"Fix or remove {self.path}",
        )


def _parsed(text: str) -> dict[str, Any]:
    """Parse TOML. Raises Unreadable, with the position of the first error if known."""
    import tomllib  # imported only if there is a file

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        if found := _PLACE.search(message):
            raise Unreadable(_clause(message[: found.start()]), int(found[1]), int(found[2])) from None
        raise Unreadable(_clause(message.removesuffix(_END)), *position(text)) from None
    except RecursionError:
        raise Unreadable("it is nested too deeply") from None
    except (ValueError, OverflowError, MemoryError) as error:
        raise Unreadable(_clause(str(error) or "a value is invalid")) from None


def _clause(text: str) -> str:
    return text[:1].lower() + text[1:]


def _misspelt(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield unknown names that probably mean a money setting, misspelt or inside a [section], with that setting.

    Any unknown setting with a URL as its value counts as base_url.
    """
    squeezed = {re.sub(r"[^a-z]", "", name): name for name in MONEY_SETTINGS}
    for name, depth, value in _names(values):
        if depth == 0 and name in _KNOWN:
            continue
        if isinstance(value, str) and re.match(r"\s*https?:", value, re.IGNORECASE):
            yield name, "base_url"
            continue
        own = re.sub(r"[^a-z]", "", name.rpartition(".")[2].casefold())
        near = [own] if own in squeezed else []
        if depth == 0 and not near:
            near = [part for part in squeezed if part in own or (len(own) > 3 and own in part)]
            near = near or difflib.get_close_matches(own, squeezed, 1, 0.75)
            if not near and re.search("url|host|address", own):
                near = ["baseurl"]
        if near:
            yield name, squeezed[near[0]]


def _names(values: Mapping[str, Any]) -> Iterator[tuple[str, int, Any]]:
    """Yield all names in the file as (path, depth, value). Iterative, since nesting may be deep."""
    waiting: list[tuple[str, int, Any]] = [(name, 0, value) for name, value in values.items()]
    while waiting:
        name, depth, value = waiting.pop()
        yield name, depth, value
        if isinstance(value, dict):
            waiting += [(f"{name}.{inner}"[-200:], depth + 1, below) for inner, below in value.items()]
        elif isinstance(value, list):
            waiting += [(name, depth + 1, item) for item in value if isinstance(item, dict)]
