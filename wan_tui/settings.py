"""What the user has set, and where everything lies: flags over environment over config file over defaults.

A key in the config file that nobody knows, or a value that cannot be used, is reported in
``Settings.warnings`` and passed over; only an unusable base URL keeps the program from starting.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from wan_tui.domain.errors import SettingsError
from wan_tui.domain.parameters import Dialect
from wan_tui.domain.secret import ApiKey
from wan_tui.domain.text import clean_line

OFFICIAL_URL = "https://api.aimlapi.com"
KEY_VARIABLES = ("AIMLAPI_API_KEY", "AIML_API_KEY", "AIMLAPI_KEY")
POLL_INTERVAL = 10.0
"""Seconds until the first poll of a job; every other waiting time scales with it."""


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
    def config_file(self) -> Path:
        return self.config / "config.toml"

    @property
    def key_file(self) -> Path:
        return self.config / "key"

    @property
    def log_file(self) -> Path:
        return self.state / "wan-tui.log"


@dataclass(frozen=True, slots=True)
class Notices:
    """How the program makes itself noticed when a film is done or has failed."""

    bell: bool = False
    desktop: bool = True
    title: bool = True
    progress: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that was set. ``key_source`` names where the key came from, never the key."""

    paths: Paths
    base_url: str = OFFICIAL_URL
    dialect: Dialect = Dialect.VENDOR
    key: ApiKey | None = None
    key_source: str | None = None
    poll_interval: float = POLL_INTERVAL
    demo: bool = False
    theme: str | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    notices: Notices = Notices()
    probe: Mapping[str, Any] = field(default_factory=dict)
    player: str | None = None
    """A program to hand films to instead of playing them here, such as ``mpv``."""
    warnings: tuple[str, ...] = ()

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).netloc

    @property
    def official(self) -> bool:
        return self.base_url == OFFICIAL_URL

    @property
    def loopback(self) -> bool:
        """The service is on this machine: a simulator. Only then are plain and local links followed."""
        return is_loopback(self.base_url)


def load(
    environ: Mapping[str, str] | None = None,
    *,
    demo: bool = False,
    base_url: str | None = None,
    endpoint: str | None = None,
) -> Settings:
    """Read everything. ``base_url`` and ``endpoint`` are the flags. Raises SettingsError where a flag or a
    variable asks for what cannot be used, and for an unusable base URL wherever it stands: going on with the
    official service instead would spend money.
    """
    environ = os.environ if environ is None else environ
    paths = find_paths(environ)
    table, warnings = _read_file(paths.config_file)
    paths = _with_films_folder(paths, table, warnings)
    settings = Settings(
        paths=_demo_paths(paths) if demo else paths,
        base_url=checked_url(
            base_url or environ.get("AIMLAPI_BASE_URL") or str(table.get("base_url") or OFFICIAL_URL)
        ),
        dialect=_dialect(endpoint, table, warnings),
        poll_interval=_interval(environ.get("WAN_TUI_POLL_INTERVAL"), table, warnings),
        demo=demo,
        theme=_text(table, "theme", warnings),
        keys=_keys(table, warnings),
        notices=_notices(table, warnings),
        probe=_table(table, "terminal", warnings),
        player=_text(table, "player", warnings),
    )
    if not demo:
        settings = _with_key(settings, environ, _text(table, "trust_host", warnings), warnings)
    return replace(settings, warnings=tuple(warnings))


def find_paths(environ: Mapping[str, str]) -> Paths:
    """``WAN_TUI_HOME`` holds everything where it is set; else the places the platform has for such things."""
    home = environ.get("WAN_TUI_HOME")
    if home:
        root = Path(home).expanduser().absolute()
        return Paths(root / "config", root / "data", root / "state", root / "films")
    import platformdirs

    try:
        dirs = platformdirs.PlatformDirs("wan-tui", appauthor=False)
        return Paths(
            dirs.user_config_path,
            dirs.user_data_path,
            dirs.user_state_path,
            dirs.user_videos_path / "wan-tui",
        )
    except (RuntimeError, OSError):
        raise SettingsError(
            "There is no home folder to keep films and history in",
            next_step="Set HOME, or WAN_TUI_HOME to a folder of your choice.",
        ) from None


def is_loopback(url: str) -> bool:
    return urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")


def checked_url(url: str) -> str:
    """The base URL without a trailing slash. Raises SettingsError unless it is https, or http on this machine."""
    url = url.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0 and not parts.query and not parts.username
    except ValueError:
        parts, usable = urlsplit(""), False
    if usable and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(url))):
        return url
    raise SettingsError(
        f"The service's address must begin with https:// (http:// only on this machine), not “{_no_password(url)}”",
        next_step="Correct --base-url, AIMLAPI_BASE_URL or base_url in config.toml, or leave it out.",
    )


def make_private_folder(folder: Path) -> None:
    """Make ``folder`` and what is missing above it, for the owner alone. Raises OSError."""
    if not folder.is_dir():
        make_private_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def _no_password(url: str) -> str:
    return clean_line(re.sub(r"//[^/]*@", "//…@", url), 80)


def store_key(paths: Paths, key: ApiKey) -> None:
    """Write the key file, readable by its owner alone. Blocks. Raises SettingsError where that cannot be done."""
    temporary = paths.key_file.with_suffix(".new")
    try:
        make_private_folder(paths.config)
        temporary.unlink(missing_ok=True)
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(key.reveal() + "\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(paths.key_file)
    except OSError as error:
        raise SettingsError(
            f"The key could not be stored: {error.strerror}",
            next_step=f"Make {paths.config} writable, or set {KEY_VARIABLES[0]} instead.",
        ) from None


def _with_key(
    settings: Settings, environ: Mapping[str, str], trust: str | None, warnings: list[str]
) -> Settings:
    key, source = _find_key(settings.paths.key_file, environ, warnings)
    trusted = environ.get("WAN_TUI_TRUST_HOST") or trust
    if key is not None and not (settings.official or settings.loopback or trusted == settings.host):
        warnings.append(
            f"Your key is not sent to {settings.host}, which is not the official service. "
            f"If you trust it, set WAN_TUI_TRUST_HOST={settings.host}."
        )
        key, source = None, None
    return replace(settings, key=key, key_source=source)


def _find_key(
    key_file: Path, environ: Mapping[str, str], warnings: list[str]
) -> tuple[ApiKey | None, str | None]:
    found = [(name, environ[name]) for name in KEY_VARIABLES if environ.get(name)]
    if len({text.strip() for _, text in found}) > 1:
        warnings.append(f"{found[0][0]} and {found[1][0]} hold different keys; {found[0][0]} is used.")
    if found:
        name, secret = found[0]
        try:
            return ApiKey(secret), name
        except SettingsError as error:
            warnings.append(f"{name}: {error.message}.")
    try:
        stored = _read_private(key_file)
        return (ApiKey(stored), str(key_file)) if stored else (None, None)
    except SettingsError as error:
        warnings.append(f"{error.message}. {error.next_step}".rstrip())
        return None, None


def _read_private(path: Path) -> str | None:
    """The text of a file that only its owner may read; None where there is none."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        with os.fdopen(handle, encoding="ascii", errors="replace") as file:
            facts = os.fstat(file.fileno())
            foreign = hasattr(os, "getuid") and facts.st_uid != os.getuid()
            if os.name == "posix" and (foreign or stat.S_IMODE(facts.st_mode) & 0o077):
                raise SettingsError(
                    "The key file is not used because others can read it or own it",
                    next_step=f"Run: chmod 600 {path}",
                )
            return file.read(4096)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SettingsError(f"The key file cannot be read: {error.strerror}") from None


def _read_file(path: Path) -> tuple[dict[str, Any], list[str]]:
    try:
        text = path.read_text(encoding="utf-8")
        import tomllib  # only where there is a file to read

        table = tomllib.loads(text)
    except FileNotFoundError:
        return {}, []
    except (OSError, ValueError) as error:
        return {}, [f"{path.name} is passed over: {clean_line(str(error), 120)}"]
    return table, [
        f"{path.name}: unknown setting “{clean_line(name, 40)}”" for name in table if name not in _KNOWN
    ]


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
        "keys",
        "notices",
        "terminal",
    )
)


def _with_films_folder(paths: Paths, table: Mapping[str, Any], warnings: list[str]) -> Paths:
    """The films' folder of the file, and the ones before it: the usual one, and those named as older."""
    named = table.get("older_films_folders", [])
    if not isinstance(named, list) or not all(isinstance(name, str) for name in named):
        warnings.append("config.toml: older_films_folders must be a list of texts")
        named = []
    older = tuple(Path(name).expanduser().absolute() for name in named)
    folder = _text(table, "films_folder", warnings)
    if not folder:
        return replace(paths, older_films=older)
    return replace(paths, films=Path(folder).expanduser().absolute(), older_films=(*older, paths.films))


def _demo_paths(paths: Paths) -> Paths:
    root = paths.data / "demo"
    return Paths(paths.config, root / "data", root / "state", root / "films")


def _text(table: Mapping[str, Any], name: str, warnings: list[str]) -> str | None:
    value = table.get(name)
    if value is None or isinstance(value, str):
        return value or None
    warnings.append(f"config.toml: {name} must be text")
    return None


def _table(table: Mapping[str, Any], name: str, warnings: list[str]) -> dict[str, Any]:
    value = table.get(name, {})
    if isinstance(value, dict):
        return value
    warnings.append(f"config.toml: {name} must be a table")
    return {}


def _dialect(flag: str | None, table: Mapping[str, Any], warnings: list[str]) -> Dialect:
    name = flag or _text(table, "endpoint", warnings)
    if not name or name in list(Dialect):
        return Dialect(name or Dialect.VENDOR)
    told = f"endpoint must be one of {', '.join(Dialect)}, not “{clean_line(name, 40)}”"
    if flag:
        raise SettingsError(f"The {told}")
    warnings.append(f"config.toml: {told}")
    return Dialect.VENDOR


def _interval(variable: str | None, table: Mapping[str, Any], warnings: list[str]) -> float:
    if variable:
        try:
            return _positive(float(variable))
        except ValueError:
            raise SettingsError("WAN_TUI_POLL_INTERVAL must be a number of seconds above 0") from None
    value = table.get("poll_interval", POLL_INTERVAL)
    try:
        return _positive(float(value))
    except (TypeError, ValueError):
        warnings.append("config.toml: poll_interval must be a number of seconds above 0")
        return POLL_INTERVAL


def _positive(number: float) -> float:
    if 0.01 <= number <= 3600:
        return number
    raise ValueError(number)


def _keys(table: Mapping[str, Any], warnings: list[str]) -> dict[str, str]:
    keys = _table(table, "keys", warnings)
    for name in [name for name, key in keys.items() if not isinstance(key, str)]:
        warnings.append(f"config.toml: keys.{clean_line(name, 40)} must be text")
        del keys[name]
    return keys


def _notices(table: Mapping[str, Any], warnings: list[str]) -> Notices:
    chosen = _table(table, "notices", warnings)
    known = set(Notices.__dataclass_fields__)
    for name, value in chosen.items():
        if name not in known or not isinstance(value, bool):
            warnings.append(
                f"config.toml: notices.{clean_line(name, 40)} is not one of {', '.join(sorted(known))} = true/false"
            )
    return Notices(
        **{name: value for name, value in chosen.items() if name in known and isinstance(value, bool)}
    )
