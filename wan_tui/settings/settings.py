"""What the user has set: flags over environment over config file over defaults.

A key in the config file that nobody knows, or a value that cannot be used, is reported in
``Settings.warnings`` and passed over; only an unusable base URL keeps the program from starting.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from wan_tui.domain.errors import SettingsError
from wan_tui.domain.hosts import Network, is_loopback
from wan_tui.domain.parameters import Dialect
from wan_tui.domain.secret import ApiKey
from wan_tui.domain.service_url import service_url
from wan_tui.domain.text import clean_line
from wan_tui.settings.config_file import ConfigFile
from wan_tui.settings.key_file import find_key
from wan_tui.settings.paths import Paths, find_paths

OFFICIAL_URL = "https://api.aimlapi.com"
POLL_INTERVAL = 10.0
"""Seconds until the first poll of a job; every other waiting time scales with it."""


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
    allow_plain_http_films: bool = False
    """Fetch a film over plain http where its link says so and its host does not offer https."""
    trust_networks: tuple[Network, ...] = ()
    """Networks that are not public and that the name of a film host may lead to."""
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
        return is_loopback(urlsplit(self.base_url).hostname or "")


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
    file = ConfigFile(paths.config_file)
    paths = _with_films_folder(paths, file)
    settings = Settings(
        paths=paths.of_demo() if demo else paths,
        base_url=checked_url(
            base_url or environ.get("AIMLAPI_BASE_URL") or str(file.values.get("base_url") or OFFICIAL_URL)
        ),
        dialect=_dialect(endpoint, file),
        poll_interval=_interval(environ.get("WAN_TUI_POLL_INTERVAL"), file),
        demo=demo,
        theme=file.text("theme"),
        keys=_keys(file),
        notices=_notices(file),
        probe=file.table("terminal"),
        player=file.text("player"),
        allow_plain_http_films=file.flag("allow_plain_http_films"),
        trust_networks=_networks(file),
    )
    if not demo:
        settings = _with_key(settings, environ, file)
    return replace(settings, warnings=tuple(file.warnings))


def checked_url(url: str) -> str:
    """The base URL in its one spelling. Raises SettingsError unless it is https, or http on this machine."""
    try:
        return service_url(url)
    except ValueError as why:
        shown = clean_line(re.sub(r"//[^/]*@", "//…@", url.strip()), 80)
        raise SettingsError(
            f"The service's address “{shown}” cannot be used: {why}",
            next_step="Correct --base-url, AIMLAPI_BASE_URL or base_url in config.toml, or leave it out.",
        ) from None


def _with_key(settings: Settings, environ: Mapping[str, str], file: ConfigFile) -> Settings:
    trust = file.text("trust_host")
    key, source = find_key(settings.paths.key_file, environ, file.warnings)
    trusted = environ.get("WAN_TUI_TRUST_HOST") or trust
    if key is not None and not (
        settings.official or settings.loopback or (trusted or "").lower() == settings.host
    ):
        file.warnings.append(
            f"Your key is not sent to {settings.host}, which is not the official service. "
            f"If you trust it, set WAN_TUI_TRUST_HOST={settings.host}."
        )
        key, source = None, None
    return replace(settings, key=key, key_source=source)


def _with_films_folder(paths: Paths, file: ConfigFile) -> Paths:
    """The films' folder of the file, and the ones before it: the usual one, and those named as older."""
    older = tuple(Path(name).expanduser().absolute() for name in file.texts("older_films_folders"))
    folder = file.text("films_folder")
    if not folder:
        return replace(paths, older_films=older)
    return replace(paths, films=Path(folder).expanduser().absolute(), older_films=(*older, paths.films))


def _dialect(flag: str | None, file: ConfigFile) -> Dialect:
    name = flag or file.text("endpoint")
    if not name or name in list(Dialect):
        return Dialect(name or Dialect.VENDOR)
    told = f"endpoint must be one of {', '.join(Dialect)}, not “{clean_line(name, 40)}”"
    if flag:
        raise SettingsError(f"The {told}")
    file.warn(told)
    return Dialect.VENDOR


def _interval(variable: str | None, file: ConfigFile) -> float:
    if variable:
        try:
            return _positive(float(variable))
        except ValueError:
            raise SettingsError("WAN_TUI_POLL_INTERVAL must be a number of seconds above 0") from None
    value = file.values.get("poll_interval", POLL_INTERVAL)
    try:
        return _positive(float(value))
    except (TypeError, ValueError):
        file.warn("poll_interval must be a number of seconds above 0")
        return POLL_INTERVAL


def _positive(number: float) -> float:
    if 0.01 <= number <= 3600:
        return number
    raise ValueError(number)


def _networks(file: ConfigFile) -> tuple[Network, ...]:
    """Those that can be read. This machine and its own link are never trusted, whatever is named."""
    networks: list[Network] = []
    for name in file.texts("trust_networks"):
        try:
            networks.append(ipaddress.ip_network(name.strip(), strict=False))
        except ValueError:
            file.warn(f"trust_networks: “{clean_line(name, 40)}” is no network such as 198.18.0.0/15")
    return tuple(networks)


def _keys(file: ConfigFile) -> dict[str, str]:
    keys = file.table("keys")
    for name in [name for name, key in keys.items() if not isinstance(key, str)]:
        file.warn(f"keys.{clean_line(name, 40)} must be text")
        del keys[name]
    return keys


def _notices(file: ConfigFile) -> Notices:
    chosen = file.table("notices")
    known = set(Notices.__dataclass_fields__)
    for name, value in chosen.items():
        if name not in known or not isinstance(value, bool):
            file.warn(f"notices.{clean_line(name, 40)} is not one of {', '.join(sorted(known))} = true/false")
    return Notices(
        **{name: value for name, value in chosen.items() if name in known and isinstance(value, bool)}
    )
