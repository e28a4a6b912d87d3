"""Parses untrusted URLs and classifies their hosts; the common part of all URL policies.

The policies differ by use: the service's base URL (``service_url``), the link to a film (``api.url_policy``), a link
to open in another program (``terminal.opening``).
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from wan_tui.domain.hosts import is_loopback, is_public

DEFAULT_PORTS = {"https": 443, "http": 80}
INVALID_HOST = "its host or port is invalid"


@dataclass(frozen=True, slots=True)
class Url:
    """The parts of a URL. ``scheme`` and ``host`` are in lower case, "" if missing, ``host`` without brackets;
    ``netloc``, ``path`` and ``query`` as written. ``port`` is None if not given.
    """

    scheme: str
    netloc: str
    host: str
    port: int | None
    path: str
    query: str

    @property
    def has_user(self) -> bool:
        """Whether it has a user part, even an empty one: the text before the @ can pass for the host."""
        return "@" in self.netloc

    @property
    def is_local(self) -> bool:
        return is_loopback(self.host)

    @property
    def origin(self) -> tuple[str, str, int | None]:
        """Scheme, host and port, which a key is bound to."""
        return self.scheme, self.host, self.port or DEFAULT_PORTS.get(self.scheme)


def read_url(text: str) -> Url:
    """Parse ``text``. Raises ValueError with the reason, which does not repeat ``text``.

    Control characters, which Python drops, and backslashes, which some parsers take for slashes, are rejected: other
    parsers would see another host or path.
    """
    if not text.isprintable() or "\\" in text:
        raise ValueError("it contains characters that are invalid in a URL")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError(INVALID_HOST) from None
    return Url(parts.scheme, parts.netloc, host, port, parts.path, parts.query)


def is_visible_ascii(text: str) -> bool:
    """Whether ``text`` is unambiguous: ASCII without spaces and controls, so without look-alikes."""
    return all("!" <= char <= "~" for char in text)


def is_local_url(text: str) -> bool:
    """Whether the host of a URL is this machine; False for an invalid URL."""
    try:
        return read_url(text).is_local
    except ValueError:
        return False


def why_not_followed(url: Url, *, allow_loopback: bool, allow_http: bool) -> str | None:
    """Why a link from the service is not followed, as a clause; None if it may be followed.

    It must use https (or http with ``allow_http``) and a public host. ``allow_loopback``, for the simulator, also
    allows this machine, with both schemes. Names are not resolved.
    """
    if url.has_user:
        return "it contains a user name"
    if url.is_local:
        allowed = allow_loopback and url.scheme in ("http", "https")
        return None if allowed else "it points to this machine"
    if url.scheme != "https" and not (allow_http and url.scheme == "http"):
        return "it is neither https nor http" if allow_http else "it is not https"
    return None if is_public(url.host) else "it does not point to a public host"
