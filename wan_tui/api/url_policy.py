"""Which links to films may be followed, and when they expire."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote

from wan_tui.domain.errors import LinkRefused
from wan_tui.domain.hosts import FAKE_NETWORKS, network_of
from wan_tui.domain.known_secrets import remember_signature
from wan_tui.domain.times import bounded
from wan_tui.domain.url import is_local_url, read_url, why_not_followed

LONGEST = 8192
"""Maximum characters of a link; signed ones have some hundreds."""

NEW_LINK = "Asking the service for another link."
"""Next step for a link that is refused."""

PLAIN_SETTING = "allow_plain_http_films"
NETWORKS_SETTING = "trust_networks"
"""Names of settings, for messages."""

_PRINTABLE = "".join(chr(code) for code in range(0x21, 0x7F))
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z")


def check_link(url: str, *, allow_loopback: bool) -> str:
    """Return ``url`` with non-ASCII characters percent-encoded if it is http or https to a public host.

    Plain http is tried over https first, see ``over_https``. ``allow_loopback``, for the simulator, also allows this
    machine. Names are not resolved here; the film client checks the address it connects to.
    Raises LinkRefused, whose message does not repeat the link.
    """
    url = url.strip() if isinstance(url, str) else ""
    if not url or len(url) > LONGEST:
        raise _refused("it is empty or too long")
    try:
        parts = read_url(url)
    except ValueError as why:
        raise _refused(str(why)) from None
    remember_signature(parts.query)
    if why_not := why_not_followed(parts, allow_loopback=allow_loopback, allow_http=True):
        raise _refused(why_not)
    return quote(url, safe=_PRINTABLE)


def over_https(url: str) -> str | None:
    """The same link over https if a checked ``url`` is plain http, else None. Links to this machine need no https."""
    scheme, _, rest = url.partition("://")
    if scheme.lower() != "http" or is_local_url(url):
        return None
    host, path = re.fullmatch(r"([^/?#]*)(.*)", rest, re.DOTALL).groups()  # type: ignore[union-attr]
    return f"https://{host.removesuffix(':80')}{path}"


def plain_link(why: str) -> LinkRefused:
    """The error for a plain http link. ``why``: the reason https failed."""
    return LinkRefused(
        f"The link to the film is plain http, and its host does not offer https ({why})",
        next_step=f"To fetch it anyway, unencrypted, set {PLAIN_SETTING} = true in config.toml and start again.",
    )


def foreign_network(address: str) -> LinkRefused:
    """The error for a film host that resolves to ``address``, which is not public."""
    known = network_of(address, FAKE_NETWORKS)
    if known is None:
        return LinkRefused(
            "The link to the film points into a private network",
            next_step=NEW_LINK,
        )
    return LinkRefused(
        f"The film host resolves to an address in a network that is not public, {known}",
        next_step=f'If your VPN or proxy does that on purpose, set {NETWORKS_SETTING} = ["{known}"] in config.toml '
        "and start again.",
    )


def link_expiry(url: str, fallback_now: datetime) -> datetime | None:
    """When a signed link expires (UTC), by its query; None if unknown.

    Known: ``Expires`` in Unix seconds (Alibaba OSS, CloudFront), and a signing date with a lifetime in seconds
    (``X-Amz-…``, ``X-Tos-…``, ``x-oss-…``). A lifetime without a date counts from ``fallback_now``.
    """
    try:
        query = {name.lower(): value for name, value in parse_qsl(read_url(url).query)}
    except ValueError:
        return None
    moment = _unix(query.get("expires"))
    for vendor in ("x-amz", "x-tos", "x-oss"):
        lifetime = query.get(f"{vendor}-expires", "")
        if re.fullmatch(r"[0-9]{1,9}", lifetime):
            signed = _stamp(query.get(f"{vendor}-date", "")) or fallback_now
            moment = bounded(signed + timedelta(seconds=int(lifetime)))
    return moment


def _unix(text: str | None) -> datetime | None:
    if text is None or not re.fullmatch(r"[0-9]{9,11}", text):
        return None
    return bounded(datetime.fromtimestamp(int(text), UTC))


def _stamp(text: str) -> datetime | None:
    found = _STAMP.fullmatch(text)
    try:
        return bounded(datetime(*map(int, found.groups()), tzinfo=UTC)) if found else None  # type: ignore[misc,arg-type]
    except ValueError:
        return None


def _refused(why: str) -> LinkRefused:
    return LinkRefused(
        f"The link to the film was rejected: {why}",
        next_step="Asking the service for another link; if that does not help, give its support the generation id.",
    )
