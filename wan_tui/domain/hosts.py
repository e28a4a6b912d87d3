"""Classifies hosts as loopback, public or neither (such as private networks), without resolving names.

Hosts are given without a port and, for IPv6 addresses, without brackets. Everything that depends on a host being this
machine (plain http, sending the key, bypassing a proxy) uses ``is_loopback``, so that all spellings are treated alike.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAME = r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)"
_PRIVATE_NAMES = frozenset(("localhost", "local", "internal", "lan", "intranet", "home", "onion"))
_WITH_IPV4_INSIDE = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "::/96")))
"""NAT64 (RFC 6052), and the old IPv4-compatible addresses (RFC 4291, 2.5.5.1)."""
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]{1,40}|[0-9]{1,40}")

FAKE_NETWORKS: tuple[Network, ...] = tuple(map(ipaddress.ip_network, ("198.18.0.0/15", "100.64.0.0/10")))
"""Networks that public host names resolve to on some machines: fake-IP resolvers of proxies (198.18/15, RFC 2544) and
overlay networks (100.64/10, RFC 6598)."""


def loopback(host: str) -> str | None:
    """The canonical spelling of ``host`` if it is this machine, else None.

    Names below ``localhost`` do not count, since some resolvers forward them. Nor does 0.0.0.0, which is an address
    to listen on.
    """
    if host.removesuffix(".").lower() == "localhost":
        return "localhost"
    address = address_of(host)
    return str(address) if address is not None and address.is_loopback else None


def is_loopback(host: str) -> bool:
    """Whether ``host``, a name or an address, is this machine."""
    return loopback(host) is not None


def address_of(host: str) -> Address | None:
    """Parse ``host`` as an IP address in any spelling that resolvers accept; None if it is a name.

    Zones are dropped; an IPv4-mapped IPv6 address becomes the IPv4 address.
    """
    try:
        ip = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return _inet_aton(host)
    return ip.ipv4_mapped or ip if isinstance(ip, ipaddress.IPv6Address) else ip


def is_public(host: str) -> bool:
    """Whether ``host``, a name or an address, may be public."""
    labels = host.removesuffix(".").split(".")
    # Resolvers read "127.1" and "0x7f.0.0.1" as addresses too.
    if ":" in host or labels[-1][:1].isdigit():
        return is_public_address(host)
    named = len(labels) > 1 and labels[-1].lower() not in _PRIVATE_NAMES
    return named and all(re.fullmatch(_NAME, label) for label in labels)


def is_public_address(address: str) -> bool:
    """Whether an IP address, and an IPv4 address embedded in it, is public."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is None and any(ip in network for network in _WITH_IPV4_INSIDE):
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public_address(str(inner))
    return ip.is_global and not ip.is_multicast


def network_of(address: str, networks: Iterable[Network]) -> Network | None:
    """The first of ``networks`` that contains ``address``.

    None for loopback and link-local addresses: the latter serve secrets in some clouds.
    """
    ip = address_of(address)
    if ip is None or ip.is_loopback or ip.is_link_local or ip.is_multicast or ip.is_unspecified:
        return None
    return next((network for network in networks if ip.version == network.version and ip in network), None)


def _inet_aton(host: str) -> Address | None:
    """One to four decimal, octal or hexadecimal numbers; the last fills the remaining bytes (inet_aton(3))."""
    parts = host.removesuffix(".").split(".")
    if len(parts) > 4 or not all(_NUMBER.fullmatch(part) for part in parts):
        return None
    try:
        *first, last = (
            int(part, 16 if part[:2].lower() == "0x" else 8 if part[0] == "0" else 10) for part in parts
        )
    except ValueError:
        return None
    if any(number > 0xFF for number in first) or last >= 256 ** (4 - len(first)):
        return None
    return ipaddress.IPv4Address(sum(n << 8 * (3 - at) for at, n in enumerate(first)) + last)
