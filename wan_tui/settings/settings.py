"""The settings: flags override environment variables, which override the config file, which overrides defaults.

An unknown setting or an invalid value in the config file is reported in ``Settings.warnings`` and ignored. Settings
that decide where money and keys go are never ignored: ``Settings.spending_off`` says what is wrong, and ``key`` is
None.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from wan_tui.domain.errors import SettingsError, SpendingOff
from wan_tui.domain.hosts import Network
from wan_tui.domain.known_secrets import remember
from wan_tui.domain.parameters import Dialect
from wan_tui.domain.secret import ApiKey
from wan_tui.domain.text import clean_line
from wan_tui.domain.url import is_local_url, read_url
from wan_tui.key_variables import KEY_VARIABLES
from wan_tui.settings.config_file import ConfigFile
from wan_tui.settings.destination import OFFICIAL_URL, Destination, check_flags, find_destination
from wan_tui.settings.key_file import find_key
from wan_tui.settings.paths import Paths, find_paths
from wan_tui.settings.places import place, program

POLL_INTERVAL = 10.0
"""Seconds until the first poll of a job; all other delays scale with it."""
_MIN_INTERVAL, _MAX_INTERVAL = 0.01, 3600.0


@dataclass(frozen=True, slots=True)
class NoticeWishes:
    """How to notify the user when a film is done or has failed."""

    bell: bool = False
    desktop: bool = True
    title: bool = True
    progress: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings. ``key_source`` is the variable or file the key came from."""

    paths: Paths
    base_url: str = OFFICIAL_URL
    dialect: Dialect = Dialect.VENDOR
    key: ApiKey | None = None
    key_source: str | None = None
    poll_interval: float = POLL_INTERVAL
    demo: bool = False
    theme: str | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    notices: NoticeWishes = NoticeWishes()
    probe: Mapping[str, Any] = field(default_factory=dict)
    player: str | None = None
    """External player, such as ``mpv``; None: play in the terminal."""
    spending_off: SpendingOff | None = None
    """Why ordering is off: the settings do not say where orders and keys go. ``key`` is None then."""
    allow_plain_http_films: bool = False
    """Fetch a film over plain http if its link is http and its host does not offer https."""
    trust_networks: tuple[Network, ...] = ()
    """Non-public networks that film hosts may resolve to."""
    warnings: tuple[str, ...] = ()

    @property
    def host(self) -> str:
        return read_url(self.base_url).netloc

    @property
    def official(self) -> bool:
        return self.base_url == OFFICIAL_URL

    @property
    def loopback(self) -> bool:
        """Whether the service is on this machine, i.e. a simulator. Only then are http and local links followed."""
        return is_local_url(self.base_url)


def load(
    environ: Mapping[str, str] | None = None,
    *,
    demo: bool = False,
    base_url: str | None = None,
    endpoint: str | None = None,
) -> Settings:
    """Read all settings. ``base_url`` and ``endpoint`` are the flags. Raises SettingsError for an invalid flag or
    variable.
    """
    environ = os.environ if environ is None else environ
    check_flags(base_url, endpoint)
    for name in KEY_VARIABLES:
        remember(environ.get(name, ""))
    paths = find_paths(environ)
    file = ConfigFile(paths.config_file)
    paths = _with_films_folder(paths, file, environ)
    destination, spending_off = Destination(), None
    try:
        destination = find_destination(file, environ, {"base_url": base_url, "endpoint": endpoint})
    except SpendingOff as error:
        spending_off = error
    settings = Settings(
        paths=paths.of_demo() if demo else paths,
        base_url=destination.base_url,
        dialect=destination.dialect,
        poll_interval=_interval(environ.get("WAN_TUI_POLL_INTERVAL"), file),
        demo=demo,
        theme=file.text("theme"),
        keys=_keys(file),
        notices=_notices(file),
        probe=file.table("terminal"),
        player=_player(file, environ),
        allow_plain_http_films=file.flag("allow_plain_http_films"),
        trust_networks=_networks(file),
    )
    if spending_off and demo:
        file.warnings.append(spending_off.sentence)
    elif spending_off:
        settings = replace(settings, spending_off=spending_off)
    elif not demo:
        settings = _with_key(settings, environ, file, destination.trusted)
    return replace(settings, warnings=tuple(file.warnings))


def _with_key(
    settings: Settings, environ: Mapping[str, str], file: ConfigFile, trusted: str | None
) -> Settings:
    key, source = find_key(settings.paths.key_file, environ, file.warnings)
    if key is not None and not (
        settings.official or settings.loopback or (trusted or "").lower() == settings.host
    ):
        file.warnings.append(
            f"The key is not sent to {settings.host}, which is not the official service. "
            f"To trust it, set WAN_TUI_TRUST_HOST={settings.host}."
        )
        key, source = None, None
    return replace(settings, key=key, key_source=source)


def _with_films_folder(paths: Paths, file: ConfigFile, environ: Mapping[str, str]) -> Paths:
    """Apply ``films_folder`` and ``older_films_folders``; the default folder counts as older if replaced."""
    older: list[Path] = []
    for name in file.texts("older_films_folders"):
        with file.warning_about("older_films_folders"):
            older.append(place(name, paths.config, environ))
    if folder := file.text("films_folder"):
        with file.warning_about("films_folder"):
            films = place(folder, paths.config, environ)
            return replace(paths, films=films, older_films=(*older, paths.films))
    return replace(paths, older_films=tuple(older))


def _player(file: ConfigFile, environ: Mapping[str, str]) -> str | None:
    player = file.text("player")
    return program(player, file.path.parent, environ) if player else None


def _interval(variable: str | None, file: ConfigFile) -> float:
    if variable:
        seconds = _usable_interval(variable)
        if seconds is None:
            raise SettingsError(_interval_refused("WAN_TUI_POLL_INTERVAL", "the default is"))
        return seconds
    seconds = _usable_interval(file.values.get("poll_interval", POLL_INTERVAL))
    if seconds is None:
        file.warn(_interval_refused("poll_interval", "using the default,"))
        return POLL_INTERVAL
    return seconds


def _usable_interval(value: Any) -> float | None:
    """``value`` in seconds; None if it is not a number or out of range."""
    try:
        seconds = float("" if isinstance(value, bool) else value)
    except (TypeError, ValueError, OverflowError):
        return None
    return seconds if _MIN_INTERVAL <= seconds <= _MAX_INTERVAL else None


def _interval_refused(name: str, otherwise: str) -> str:
    limits = f"{_MIN_INTERVAL:g} to {_MAX_INTERVAL:g}"
    return f"{name} must be a number of seconds from {limits}; {otherwise} {POLL_INTERVAL:g}"


def _networks(file: ConfigFile) -> tuple[Network, ...]:
    """The valid networks. Loopback and link-local addresses are never trusted (see ``network_of``)."""
    networks: list[Network] = []
    for name in file.texts("trust_networks"):
        try:
            networks.append(ipaddress.ip_network(name.strip(), strict=False))
        except ValueError:
            file.warn(f"trust_networks: “{clean_line(name, 40)}” is not a network such as 198.18.0.0/15")
    return tuple(networks)


def _keys(file: ConfigFile) -> dict[str, str]:
    keys = file.table("keys")
    for name in [name for name, key in keys.items() if not isinstance(key, str)]:
        file.warn(f"keys.{clean_line(name, 40)} must be text")
        del keys[name]
    return keys


def _notices(file: ConfigFile) -> NoticeWishes:
    chosen = file.table("notices")
    known = set(NoticeWishes.__dataclass_fields__)
    for name, value in chosen.items():
        if name not in known or not isinstance(value, bool):
            file.warn(f"notices.{clean_line(name, 40)} is not one of {', '.join(sorted(known))} = true/false")
    return NoticeWishes(
        **{name: value for name, value in chosen.items() if name in known and isinstance(value, bool)}
    )
