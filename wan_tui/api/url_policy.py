"""Which links may be followed, and until when they live."""

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
"""Characters of a link; signed ones have some hundreds."""

PLAIN_SETTING = "allow_plain_http_films"
NETWORKS_SETTING = "trust_networks"
"""The settings that a refusal names."""

_PRINTABLE = "".join(chr(code) for code in range(0x21, 0x7F))
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z")


def check_link(url: str, *, allow_loopback: bool) -> str:
    """Return ``url`` fit to be followed: http or https to a public host, characters outside ASCII percent-encoded.

    Plain http is asked over https first, see ``over_https``. ``allow_loopback`` is for the simulator: this machine is
    then allowed too, also over plain http.
    Names are not resolved here; the film client checks the address that it really reaches.
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
    """The same link over https, byte for byte, where a checked ``url`` is plain http; None where it is as it should be.

    The simulator's films need none: they do not leave this machine.
    """
    scheme, _, rest = url.partition("://")
    if scheme.lower() != "http" or is_local_url(url):
        return None
    host, path = re.fullmatch(r"([^/?#]*)(.*)", rest, re.DOTALL).groups()  # type: ignore[union-attr]
    return f"https://{host.removesuffix(':80')}{path}"


def plain_link(why: str) -> LinkRefused:
    """The refusal of a link that is plain http, ``why`` being what became of asking over https."""
    return LinkRefused(
        f"The link to the film is plain http, and its host does not offer https ({why})",
        next_step=f"To fetch it all the same, unprotected on its way, set {PLAIN_SETTING} = true in config.toml and "
        "start again.",
    )


def foreign_network(address: str) -> LinkRefused:
    """The refusal of a host whose name leads to ``address``, which is none of the open internet."""
    known = network_of(address, FAKE_NETWORKS)
    if known is None:
        return LinkRefused(
            "The link to the film leads into a private network",
            next_step="The service is asked for a new link.",
        )
    return LinkRefused(
        f"The name of the film host leads into a network that is not public, {known}",
        next_step=f'Where a VPN or a proxy\'s resolver does that on purpose, set {NETWORKS_SETTING} = ["{known}"] in '
        "config.toml and start again.",
    )


def link_expiry(url: str, fallback_now: datetime) -> datetime | None:
    """When a signed link dies (UTC), by its own query; None where it does not tell.

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
        f"The link to the film is not followed: {why}",
        next_step="The service is asked for another link; if it stays so, tell its support the generation id.",
    )
