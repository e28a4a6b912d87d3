"""Reading a URL that came from elsewhere, and where it leads: what all who follow, hand on or keep one agree on.

Who may go where beyond that differs, and each says why: the service's address (``service_url``), the link to a film
(``api.url_policy``), a link that another program is to open (``terminal.opening``).
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from wan_tui.domain.hosts import is_loopback, is_public

DEFAULT_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Url:
    """The parts of a URL. ``scheme`` and ``host`` in lower case and "" where there is none, ``host`` without brackets;
    ``netloc``, ``path`` and ``query`` as they are written. ``port`` is None where none is given.
    """

    scheme: str
    netloc: str
    host: str
    port: int | None
    path: str
    query: str

    @property
    def has_user(self) -> bool:
        """Name a user, be it an empty one: what stands before the @ looks like a host and is none."""
        return "@" in self.netloc

    @property
    def on_this_machine(self) -> bool:
        return is_loopback(self.host)

    @property
    def origin(self) -> tuple[str, str, int | None]:
        """Scheme, host and port: what a key is bound to."""
        return self.scheme, self.host, self.port or DEFAULT_PORTS.get(self.scheme)


def read_url(text: str) -> Url:
    """The parts of ``text``. Raises ValueError with the reason, which does not repeat ``text``.

    Neither control characters, which Python leaves out and others do not, nor a backslash, which some take for a slash:
    host and path would be others to them than to us.
    """
    if not text.isprintable() or "\\" in text:
        raise ValueError("it holds characters that no URL has")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("its host or port cannot be read") from None
    return Url(parts.scheme, parts.netloc, host, port, parts.path, parts.query)


def is_visible_ascii(text: str) -> bool:
    """Tell whether ``text`` can only be read in one way: without blanks, controls and look-alikes."""
    return all("!" <= char <= "~" for char in text)


def leads_to_this_machine(text: str) -> bool:
    """Tell whether the host of a URL is this machine; one that cannot be read leads nowhere."""
    try:
        return read_url(text).on_this_machine
    except ValueError:
        return False


def why_not_followed(url: Url, *, allow_loopback: bool, allow_http: bool) -> str | None:
    """Why a link that the service gave is not followed, as a clause; None where it may be.

    It must lead to a public host over https, or http with ``allow_http``. With ``allow_loopback``, for the simulator,
    this machine is allowed too, over both. Names are not resolved.
    """
    if url.has_user:
        return "it carries a user name"
    if url.on_this_machine:
        allowed = allow_loopback and url.scheme in ("http", "https")
        return None if allowed else "it leads to this machine"
    if url.scheme != "https" and not (allow_http and url.scheme == "http"):
        return "it is neither https nor http" if allow_http else "it is not https"
    return None if is_public(url.host) else "it does not lead to a public host"
