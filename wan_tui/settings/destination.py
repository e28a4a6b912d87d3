"""Where orders and keys go: base URL, endpoint, and an additional trusted host.

An invalid value is never ignored here, since the default would send money and key elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from wan_tui.domain.errors import SettingsError, SpendingOff
from wan_tui.domain.parameters import Dialect
from wan_tui.domain.service_url import service_url
from wan_tui.domain.text import clean_line
from wan_tui.settings.config_file import MONEY_SETTINGS, UNCLEAR, ConfigFile

OFFICIAL_URL = "https://api.aimlapi.com"


@dataclass(frozen=True, slots=True)
class Destination:
    """``trusted``: a host with port, other than the official one, that may get the key."""

    base_url: str = OFFICIAL_URL
    dialect: Dialect = Dialect.VENDOR
    trusted: str | None = None


def find_destination(
    file: ConfigFile, environ: Mapping[str, str], flags: Mapping[str, str | None]
) -> Destination:
    """Flags override environment, file and defaults. Raises SpendingOff for any invalid value."""
    if file.unreadable:
        raise file.unreadable
    chosen = {name: _chosen(name, file, environ, flags) for name in MONEY_SETTINGS}
    url, endpoint = chosen["base_url"], chosen["endpoint"]
    try:
        base_url = OFFICIAL_URL if url is None else checked_url(url)
    except SettingsError as error:
        raise SpendingOff(error.message, next_step=error.next_step) from None
    if endpoint is not None and endpoint not in list(Dialect):
        problem = f"endpoint must be one of {', '.join(Dialect)}, not “{clean_line(endpoint, 40)}”"
        raise file.invalid_setting(problem, "endpoint")
    return Destination(base_url, Dialect(endpoint or Dialect.VENDOR), chosen["trust_host"])


def check_flags(base_url: str | None, endpoint: str | None) -> None:
    """Validate the flags. Raises SpendingOff."""
    try:
        if base_url is not None:
            checked_url(base_url)
    except SettingsError as error:
        raise SpendingOff(error.message, next_step=error.next_step) from None
    if endpoint is not None and endpoint not in list(Dialect):
        raise SpendingOff(
            f"The endpoint must be one of {', '.join(Dialect)}, not “{clean_line(endpoint, 40)}”",
            next_step="Fix or omit --endpoint.",
        )


def checked_url(url: str) -> str:
    """The normalized base URL. Raises SettingsError unless it is https, or http on this machine."""
    try:
        return service_url(url)
    except ValueError as why:
        shown = clean_line(re.sub(r"//[^/]*@", "//…@", url.strip()), 80)
        raise SettingsError(
            f"The base URL “{shown}” is invalid: {why}",
            next_step="Fix or remove --base-url, AIMLAPI_BASE_URL or base_url in config.toml.",
        ) from None


def _chosen(
    name: str, file: ConfigFile, environ: Mapping[str, str], flags: Mapping[str, str | None]
) -> str | None:
    """The value of a money setting from the source with the highest priority; None if not set."""
    flag, variable = flags.get(name), MONEY_SETTINGS[name]
    if flag is not None:
        return flag
    if variable is not None and variable in environ:
        if environ[variable].strip():
            return environ[variable].strip()
        raise SpendingOff(
            f"{variable} is set but empty, {UNCLEAR}",
            next_step=f"Set {variable} to a value, or unset it",
        )
    if name in file.misspelt:
        raise file.misspelt[name]
    if name not in file.values:
        return None
    value = file.values[name]
    if not isinstance(value, str) or not value.strip():
        raise file.invalid_setting(f"{name} must be text and not empty", name)
    return value.strip()
