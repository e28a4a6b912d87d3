"""Where orders and keys go: the service's address, its endpoint, and whom the key may be given to besides.

One rule for all of it: what is set but cannot be understood is never passed over, since going on without it would
send money and key somewhere else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from wan_tui.domain.errors import SettingsError, SpendingOff
from wan_tui.domain.parameters import Dialect
from wan_tui.domain.service_url import service_url
from wan_tui.domain.text import clean_line
from wan_tui.settings.config_file import MONEY_SETTINGS, ConfigFile

OFFICIAL_URL = "https://api.aimlapi.com"


@dataclass(frozen=True, slots=True)
class Destination:
    """``trusted`` is a host, with its port, that gets the key although it is not the official one."""

    base_url: str = OFFICIAL_URL
    dialect: Dialect = Dialect.VENDOR
    trusted: str | None = None


def find_destination(
    file: ConfigFile, environ: Mapping[str, str], flags: Mapping[str, str | None]
) -> Destination:
    """Flags over environment over file over defaults. Raises SpendingOff where any of it is not understood."""
    if file.unreadable:
        raise file.unreadable
    chosen = {name: _chosen(name, file, environ, flags) for name in MONEY_SETTINGS}
    url, endpoint = chosen["base_url"], chosen["endpoint"]
    try:
        base_url = OFFICIAL_URL if url is None else checked_url(url)
    except SettingsError as error:
        raise SpendingOff(error.message, next_step=error.next_step) from None
    if endpoint is not None and endpoint not in list(Dialect):
        told = f"endpoint must be one of {', '.join(Dialect)}, not “{clean_line(endpoint, 40)}”"
        raise file.misunderstood(told, "endpoint")
    return Destination(base_url, Dialect(endpoint or Dialect.VENDOR), chosen["trust_host"])


def check_flags(base_url: str | None, endpoint: str | None) -> None:
    """Whoever gives a flag for this one run wants to know at once. Raises SpendingOff."""
    try:
        if base_url is not None:
            checked_url(base_url)
    except SettingsError as error:
        raise SpendingOff(error.message, next_step=error.next_step) from None
    if endpoint is not None and endpoint not in list(Dialect):
        raise SpendingOff(
            f"The endpoint must be one of {', '.join(Dialect)}, not “{clean_line(endpoint, 40)}”",
            next_step="Correct --endpoint, or leave it out.",
        )


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


def _chosen(
    name: str, file: ConfigFile, environ: Mapping[str, str], flags: Mapping[str, str | None]
) -> str | None:
    """The text of a setting about money from the highest place it is set in; None where it is not set."""
    flag, variable = flags.get(name), MONEY_SETTINGS[name]
    if flag is not None:
        return flag
    if variable is not None and variable in environ:
        if environ[variable].strip():
            return environ[variable].strip()
        raise SpendingOff(
            f"{variable} is set but empty, so it is not known where orders and keys go",
            next_step=f"Give it a value, or unset {variable}",
        )
    if name in file.misspelt:
        raise file.misspelt[name]
    if name not in file.values:
        return None
    value = file.values[name]
    if not isinstance(value, str) or not value.strip():
        raise file.misunderstood(f"{name} must be text and not empty", name)
    return value.strip()
