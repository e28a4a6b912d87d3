"""What a broken line proves: whether a byte of the order can have left, and what was in the way."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from typing import TypeVar

import httpx

from wan_tui.api.http_errors import ASKED_AGAIN, LOOK_IT_UP
from wan_tui.api.proxies import Proxy
from wan_tui.domain.errors import NotSent, OutcomeUnknown, ServiceError, Unavailable, Unreachable, Untrusted

_Kind = TypeVar("_Kind", bound=BaseException)

_CLOCK_CODES = (9, 10)
"""X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED (openssl/x509_vfy.h)."""

_LINE_ERRORS = (
    ssl.SSLWantReadError,
    ssl.SSLWantWriteError,
    ssl.SSLEOFError,
    ssl.SSLZeroReturnError,
    ssl.SSLSyscallError,
)
_OWN_FAULT = (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError, UnicodeError, ValueError)
_NOT_THROUGH = (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError, httpx.PoolTimeout)
_LOGIN = ("407", "username/password", "no acceptable methods")
"""How httpcore words what HTTP and SOCKS proxies say to a login that is missing or wrong."""


def order_exception(error: Exception, *, sent: bool, proxy: Proxy | None = None) -> ServiceError:
    """What ``error`` means for an order. ``sent``: its first byte may have left, so only a look-up can tell.

    Whatever it is, before that byte it is proof that nothing was ordered. ``proxy`` is the one on the way.
    """
    if sent:
        return OutcomeUnknown(f"{_broken(error)} after the order was sent", next_step=LOOK_IT_UP)
    if isinstance(error, NotSent):
        return error
    if isinstance(error, _OWN_FAULT):
        return NotSent("The order could not be put into a request", next_step="Check the settings.")
    return _unreachable(error, "It is sent by itself when the service can be reached.", proxy)


def reading_exception(error: Exception, *, proxy: Proxy | None = None) -> ServiceError:
    """What ``error`` means for a reading."""
    if isinstance(error, ServiceError):
        return error
    if isinstance(error, _NOT_THROUGH) or _not_spoken(error):
        return _unreachable(error, ASKED_AGAIN, proxy)
    return Unavailable(f"{_broken(error)} before the answer was complete", next_step=ASKED_AGAIN)


def cause(error: Exception) -> str:
    """What stood in the way, in a few words."""
    untrusted = _tls_error(error)
    if untrusted is not None:
        return _tls_cause(untrusted)
    if _first(error, socket.gaierror):
        return "its name cannot be resolved"
    if _first(error, ConnectionRefusedError):
        return "the connection was refused"
    if isinstance(error, httpx.ProxyError):
        login = any(words in str(error).lower() for words in _LOGIN)
        return "the proxy wants another login" if login else "the proxy does not let the connection through"
    if _not_spoken(error):
        return "what answers there is no such proxy"
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return "it does not answer"
    return "the line is down"


def speaks_no_tls(error: Exception) -> bool:
    """Proof that a host does not offer https as it should: refused, hung up on, no TLS, a certificate of another.

    One that is out of date is none: it may be this machine's clock.
    """
    if isinstance(error, httpx.ProxyError):
        return False
    untrusted = _tls_error(error)
    if isinstance(untrusted, ssl.SSLCertVerificationError):
        return untrusted.verify_code not in _CLOCK_CODES
    hung_up = (ConnectionRefusedError, ConnectionResetError, ssl.SSLEOFError, ssl.SSLZeroReturnError)
    return untrusted is not None or any(_first(error, kind) for kind in hung_up)


def _not_spoken(error: Exception) -> bool:
    """Something else than a SOCKS proxy answered in its place: httpcore passes on what socksio makes of that."""
    return isinstance(error, AssertionError) or type(error).__module__.startswith("socksio")


def _unreachable(error: Exception, next_step: str, proxy: Proxy | None) -> NotSent:
    untrusted = _tls_error(error)
    if untrusted is not None:
        return Untrusted(
            f"The service could not prove who it is: {_tls_cause(untrusted)}",
            next_step="Check this machine's clock and network (a login page in between?), then try again.",
        )
    way = f" through the proxy of {proxy.variable}" if proxy else ""
    return Unreachable(f"The service cannot be reached{way}: {cause(error)}", next_step=next_step)


def _tls_cause(error: ssl.SSLError) -> str:
    if not isinstance(error, ssl.SSLCertVerificationError):
        return "no secure connection could be made"
    if error.verify_code in _CLOCK_CODES:
        return "its certificate is not valid at the time that this machine's clock shows"
    if "mismatch" in error.verify_message.lower() or "not valid for" in error.verify_message.lower():
        return "its certificate belongs to another host"
    return "its certificate is not one that this machine trusts"


def _broken(error: Exception) -> str:
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return "The service did not answer in time"
    return "The line to the service broke"


def _tls_error(error: Exception) -> ssl.SSLError | None:
    """What TLS objected to; a handshake that waited or was cut off is a matter of the line."""
    return next(
        (e for e in _chain(error) if isinstance(e, ssl.SSLError) and not isinstance(e, _LINE_ERRORS)), None
    )


def _first(error: BaseException, kind: type[_Kind]) -> _Kind | None:
    return next((e for e in _chain(error) if isinstance(e, kind)), None)


def _chain(error: BaseException | None, depth: int = 10) -> Iterator[BaseException]:
    """``error`` and all that led to it."""
    if error is None or depth == 0:
        return
    yield error
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _chain(inner, depth - 1)
    yield from _chain(error.__cause__ or error.__context__, depth - 1)
