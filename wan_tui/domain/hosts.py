"""Which hosts are this machine and which belong to the open internet, by their spelling alone: no name is resolved.

Between the two lies what is neither, such as a private network; who may go where is for the caller to say.
Hosts come without a port and, if they are IPv6 addresses, without brackets.
"""

from __future__ import annotations

import ipaddress
import re

_NAME = r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)"
_PRIVATE_NAMES = frozenset(("localhost", "local", "internal", "lan", "intranet", "home", "onion"))
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_loopback(host: str) -> bool:
    """Tell whether ``host``, a name or an address, is this machine.

    A name below ``localhost`` is not: not every resolver keeps those to itself.
    """
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_public(host: str) -> bool:
    """Tell whether ``host``, a name or an address, may be one of the open internet."""
    labels = host.removesuffix(".").split(".")
    # Resolvers read "127.1" and "0x7f.0.0.1" as addresses too.
    if ":" in host or labels[-1][:1].isdigit():
        return is_public_address(host)
    named = len(labels) > 1 and labels[-1].lower() not in _PRIVATE_NAMES
    return named and all(re.fullmatch(_NAME, label) for label in labels)


def is_public_address(address: str) -> bool:
    """Tell whether an IP address is one of the open internet, and so the IPv4 address that may be inside it."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public_address(str(inner))
    return ip.is_global and not ip.is_multicast
