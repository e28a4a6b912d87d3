"""Maps network exceptions to errors: whether a byte of the order may have been sent, and the cause."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from typing import TypeVar

import httpx

from wan_tui.api.http_errors import LOOKING_IT_UP, NO_REQUEST, RETRYING
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
"""Phrases in httpcore's errors for a missing or wrong proxy login."""


def order_exception(error: Exception, *, sent: bool, proxy: Proxy | None = None) -> ServiceError:
    """The error for a failed order. ``sent``: its first byte may have been sent, so the outcome is unknown.

    Before that byte, any error is proof that nothing was ordered. ``proxy``: the proxy used, if any.
    """
    if sent:
        return OutcomeUnknown(f"{_broken(error)} after the order was sent", next_step=LOOKING_IT_UP)
    if isinstance(error, NotSent):
        return error
    if isinstance(error, _OWN_FAULT):
        return NotSent(NO_REQUEST, next_step="Check the settings.")
    return _unreachable(error, "It will be sent when the service can be reached.", proxy)


def reading_exception(error: Exception, *, proxy: Proxy | None = None) -> ServiceError:
    """The error for a failed read."""
    if isinstance(error, ServiceError):
        return error
    if isinstance(error, _NOT_THROUGH) or _not_a_socks_proxy(error):
        return _unreachable(error, RETRYING, proxy)
    return Unavailable(f"{_broken(error)} before the answer was complete", next_step=RETRYING)


def cause(error: Exception) -> str:
    """The cause as a clause."""
    untrusted = _tls_error(error)
    if untrusted is not None:
        return _tls_cause(untrusted)
    if _first(error, socket.gaierror):
        return "its name cannot be resolved"
    if _first(error, ConnectionRefusedError):
        return "the connection was refused"
    if isinstance(error, httpx.ProxyError):
        login = any(words in str(error).lower() for words in _LOGIN)
        return "the proxy rejects the login" if login else "the proxy refused the connection"
    if _not_a_socks_proxy(error):
        return "the server there is not a SOCKS proxy"
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return "the connection timed out"
    return "the connection failed"


def offers_no_https(error: Exception) -> bool:
    """Whether the host provably offers no proper https: refused, reset, no TLS, or a certificate for another host.

    An expired certificate is no proof: this machine's clock may be wrong.
    """
    if isinstance(error, httpx.ProxyError):
        return False
    untrusted = _tls_error(error)
    if isinstance(untrusted, ssl.SSLCertVerificationError):
        return untrusted.verify_code not in _CLOCK_CODES
    hung_up = (ConnectionRefusedError, ConnectionResetError, ssl.SSLEOFError, ssl.SSLZeroReturnError)
    return untrusted is not None or any(_first(error, kind) for kind in hung_up)


def _not_a_socks_proxy(error: Exception) -> bool:
    """Whether the server is not a SOCKS proxy: httpcore passes on socksio's parse errors."""
    return isinstance(error, AssertionError) or type(error).__module__.startswith("socksio")


def _unreachable(error: Exception, next_step: str, proxy: Proxy | None) -> NotSent:
    untrusted = _tls_error(error)
    if untrusted is not None:
        return Untrusted(
            f"The service's identity could not be verified: {_tls_cause(untrusted)}",
            next_step="Check this machine's clock and network (a login page may intercept it), then retry.",
        )
    way = f" through the proxy of {proxy.variable}" if proxy else ""
    return Unreachable(f"The service cannot be reached{way}: {cause(error)}", next_step=next_step)


def _tls_cause(error: ssl.SSLError) -> str:
    if not isinstance(error, ssl.SSLCertVerificationError):
        return "the TLS handshake failed"
    if error.verify_code in _CLOCK_CODES:
        return "its certificate is expired or not yet valid by this machine's clock"
    if "mismatch" in error.verify_message.lower() or "not valid for" in error.verify_message.lower():
        return "its certificate is for another host"
    return "this machine does not trust its certificate"


def _broken(error: Exception) -> str:
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return "The service timed out"
    return "The connection to the service broke"


def _tls_error(error: Exception) -> ssl.SSLError | None:
    """The TLS error, except for handshakes that timed out or were cut off: those are network errors."""
    return next(
        (e for e in _chain(error) if isinstance(e, ssl.SSLError) and not isinstance(e, _LINE_ERRORS)), None
    )


def _first(error: BaseException, kind: type[_Kind]) -> _Kind | None:
    return next((e for e in _chain(error) if isinstance(e, kind)), None)


def _chain(error: BaseException | None, depth: int = 10) -> Iterator[BaseException]:
    """Yield ``error`` and its causes."""
    if error is None or depth == 0:
        return
    yield error
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _chain(inner, depth - 1)
    yield from _chain(error.__cause__ or error.__context__, depth - 1)
