"""The service's address: what may be one, and its one spelling."""

from __future__ import annotations

from wan_tui.domain.hosts import loopback
from wan_tui.domain.url import DEFAULT_PORTS, is_visible_ascii, read_url


def service_url(text: str) -> str:
    """The base URL without a trailing slash and without a port that goes without saying, scheme and host in lower
    case, this machine by its plain name or address.

    Raises ValueError with the reason, which does not repeat ``text``, unless it is https, or http on this machine,
    without user, query and fragment.
    """
    url = text.strip().rstrip("/")
    # Stricter than with a link to a film, which somebody else wrote: a typing error here sends the key elsewhere.
    if not is_visible_ascii(url):
        raise ValueError("it may hold ASCII characters only, a host in another script as xn--…")
    if any(char in url for char in "?#\\"):
        raise ValueError("it may not hold a question mark, # or \\")
    parts = read_url(url)
    host, port = parts.host, parts.port
    own = loopback(host)
    # Whoever sets it may mean a gateway in a private network; what goes there is protected all the same.
    if parts.scheme != "https" and not (parts.scheme == "http" and own):
        raise ValueError("it must begin with https:// (http:// only on this machine)")
    if parts.has_user:
        raise ValueError("it may not hold a user name")
    if not host or port == 0 or parts.netloc.lower() != _netloc(host, port):
        raise ValueError("its host or port cannot be read")
    if port == DEFAULT_PORTS[parts.scheme]:
        port = None
    return f"{parts.scheme}://{_netloc(own or host, port)}{parts.path}"


def _netloc(host: str, port: int | None) -> str:
    named = f"[{host}]" if ":" in host else host
    return named if port is None else f"{named}:{port}"
