"""Proxy settings of the environment, and which request uses which proxy.

httpx reads the same variables, but fails on entries that other programs accept (``[::1]``, ``*.local``, ranges, ports,
spaces) and knows only one spelling of this machine. An invalid variable is an error only for requests that need it.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote
from urllib.request import getproxies

from wan_tui.domain.errors import NotReady
from wan_tui.domain.hosts import Address, Network, address_of, is_loopback
from wan_tui.domain.url import INVALID_HOST, is_visible_ascii, read_url

_SCHEMES = ("http", "https", "socks5", "socks5h")
# Desktops write "socks://" for what their dialog calls a SOCKS host, which is version 5.
_SAME_AS = {"socks": "socks5"}
_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}


@dataclass(frozen=True, slots=True)
class Proxy:
    """One proxy. ``variable`` is where it is set, for messages; ``login`` is secret."""

    variable: str
    url: str
    login: tuple[str, str] | None = field(default=None, repr=False)

    @property
    def socks(self) -> bool:
        return self.url.startswith("socks")


class Proxies:
    """The proxy settings, read once."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        """``environ`` replaces the process environment and the system settings."""
        self._environ = os.environ if environ is None else environ
        found = getproxies() if environ is None else _of(environ)
        self._named = {scheme: text.strip() for scheme, text in found.items() if text.strip()}
        self._exempt = [_Exempt.read(entry) for entry in re.split(r"[,\s]+", found.get("no", "")) if entry]

    def proxy_for(self, scheme: str, host: str, port: int | None) -> Proxy | None:
        """The proxy for a request to ``host`` (without brackets), or None for a direct connection.

        This machine is never reached through a proxy. Raises NotReady, naming the variable, if its value is invalid.
        """
        name = scheme if scheme in self._named else "all"
        text = self._named.get(name)
        port = port or _PORTS.get(scheme)
        if text is None or is_loopback(host) or any(entry.covers(host, port) for entry in self._exempt):
            return None
        variable = self._variable(name)
        try:
            return _proxy(variable, text)
        except ValueError as why:
            raise NotReady(
                f"{variable} names an invalid proxy: {why}",
                next_step=fix_variable(variable),
            ) from None

    def _variable(self, name: str) -> str:
        """The variable as the user wrote it; lower case takes precedence."""
        wanted = f"{name}_proxy"
        named = [
            variable for variable in self._environ if variable.lower() == wanted and self._environ[variable]
        ]
        return wanted if wanted in named else next(iter(named), "the system's proxy setting")


def fix_variable(variable: str) -> str:
    """The next step for an invalid environment variable."""
    return f"Fix or unset {variable} and start again."


def _of(environ: Mapping[str, str]) -> dict[str, str]:
    """Like ``urllib.request.getproxies_environment``: lower case takes precedence, an empty value unsets."""
    found = {name.lower(): value for name, value in environ.items() if name.lower().endswith("_proxy")}
    found |= {name: value for name, value in environ.items() if name.endswith("_proxy")}
    if "REQUEST_METHOD" in environ and "http_proxy" not in environ:
        found.pop("http_proxy", None)  # in CGI, HTTP_PROXY is a request header (httpoxy)
    return {name.removesuffix("_proxy"): value for name, value in found.items() if value}


def _proxy(variable: str, text: str) -> Proxy:
    """Parse a proxy URL. Raises ValueError with a reason that does not repeat it."""
    scheme, _, rest = text.partition("://") if "://" in text else ("http", "", text)
    scheme = _SAME_AS.get(scheme.lower(), scheme.lower())
    if scheme not in _SCHEMES:
        raise ValueError("only http, https and socks5 proxies are supported")
    # A password may contain an unencoded @ and other reserved characters.
    login, at, place = rest.rpartition("@")
    parts = read_url(f"//{place}")
    host, port = parts.host, parts.port
    if not host or port == 0 or not is_visible_ascii(host):
        raise ValueError(INVALID_HOST)
    named = f"[{host}]" if ":" in host else host
    user, _, password = login.partition(":")
    return Proxy(
        variable,
        f"{scheme}://{named}:{port or _PORTS[scheme]}",
        (unquote(user), unquote(password)) if at else None,
    )


@dataclass(frozen=True, slots=True)
class _Exempt:
    """One entry of ``NO_PROXY``: a domain, an address or a range, optionally with a port."""

    name: str = ""
    below_only: bool = False
    network: Network | None = None
    port: int | None = None

    @classmethod
    def read(cls, entry: str) -> _Exempt:
        """Parse an entry; an invalid one covers nothing."""
        scheme, _, text = entry.strip().lower().rpartition("://")
        text, port = _split_port(text.partition("/")[0] if scheme else text)
        address = text.replace("[", "").replace("]", "")
        try:
            return cls(network=ipaddress.ip_network(_plain(address), strict=False), port=port)
        except ValueError:
            name = text if text == "*" else text.removeprefix("*").strip(".")
            return cls(name=name, below_only=text.startswith((".", "*.")), port=port)

    def covers(self, host: str, port: int | None) -> bool:
        if self.port not in (None, port):
            return False
        if self.name == "*":
            return True
        if self.network is not None:
            address = address_of(host)
            return address is not None and _within(address, self.network)
        host = host.lower().removesuffix(".")
        below = bool(self.name) and host.endswith(f".{self.name}")
        return below or (bool(self.name) and host == self.name and not self.below_only)


def _split_port(text: str) -> tuple[str, int | None]:
    """Split off a port; an IPv6 address without brackets has none."""
    found = re.fullmatch(r"(\[[^\]]*\]|[^:\[\]]+):([0-9]{1,5})", text)
    return (found[1], int(found[2])) if found else (text, None)


def _plain(address: str) -> str:
    """The canonical spelling of an address; a range is unchanged."""
    plain = None if "/" in address else address_of(address)
    return str(plain) if plain is not None else address


def _within(address: Address, network: Network) -> bool:
    return address.version == network.version and address in network
