"""Validates and normalizes the service's base URL."""

from __future__ import annotations

from wan_tui.domain.hosts import loopback
from wan_tui.domain.url import DEFAULT_PORTS, INVALID_HOST, is_visible_ascii, read_url


def service_url(text: str) -> str:
    """Normalize a base URL: no trailing slash, no default port, lower-case scheme and host, canonical loopback host.

    Raises ValueError with the reason, which does not repeat ``text``, unless it is https, or http on this machine,
    without user, query and fragment.
    """
    url = text.strip().rstrip("/")
    # Stricter than for links to films: a typo here would send the key to another host.
    if not is_visible_ascii(url):
        raise ValueError("it must be ASCII; write an international host name as xn--…")
    if any(char in url for char in "?#\\"):
        raise ValueError("it must not contain ?, # or \\")
    parts = read_url(url)
    host, port = parts.host, parts.port
    own = loopback(host)
    # A private network is allowed over https: the user may run a gateway there.
    if parts.scheme != "https" and not (parts.scheme == "http" and own):
        raise ValueError("it must start with https:// (http:// only on this machine)")
    if parts.has_user:
        raise ValueError("it must not contain a user name")
    if not host or port == 0 or parts.netloc.lower() != _netloc(host, port):
        raise ValueError(INVALID_HOST)
    if port == DEFAULT_PORTS[parts.scheme]:
        port = None
    return f"{parts.scheme}://{_netloc(own or host, port)}{parts.path}"


def _netloc(host: str, port: int | None) -> str:
    named = f"[{host}]" if ":" in host else host
    return named if port is None else f"{named}:{port}"
