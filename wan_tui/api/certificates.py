"""The TLS context with the trusted certificates, checked before anything is sent."""

from __future__ import annotations

import os
import re
import ssl
from pathlib import Path

import httpx

from wan_tui.api.proxies import fix_variable
from wan_tui.domain.errors import NotReady
from wan_tui.domain.text import clean_line

_HASHED = re.compile(r"[0-9a-f]{8}\.[0-9]+")
"""Names of certificates in a folder for OpenSSL (X509_LOOKUP_hash_dir(3))."""


def tls_context() -> ssl.SSLContext:
    """A verifying TLS context that honours ``SSL_CERT_FILE`` and ``SSL_CERT_DIR``. Blocks for 20 to 30 ms.

    Raises NotReady, naming the variable, if one of them or the bundled certificates are unusable.
    """
    if file := os.environ.get("SSL_CERT_FILE"):
        _check_file(file)
    elif folders := os.environ.get("SSL_CERT_DIR"):
        _check_folders(folders)
    try:
        return httpx.create_ssl_context()
    except OSError as error:
        # The variables above are valid; this is the only other one that Python reads.
        if os.environ.get("SSLKEYLOGFILE"):
            raise _unusable("SSLKEYLOGFILE", "a file that is not writable", error) from None
        raise NotReady(
            f"The bundled certificates cannot be read ({_reason(error)})",
            next_step="Reinstall wan-tui, or set SSL_CERT_FILE to a file of certificates.",
        ) from None


def _check_file(name: str) -> None:
    try:
        # Reading a pipe might block forever.
        if not Path(name).is_file():
            raise FileNotFoundError(f"{clean_line(name, 80)} is not a file")
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=name)
    except (OSError, ValueError) as error:
        raise _unusable("SSL_CERT_FILE", "unreadable certificates", error) from None


def _check_folders(names: str) -> None:
    """Check that a folder has certificates: OpenSSL ignores a missing folder and then trusts nothing."""
    failure: Exception = FileNotFoundError("no certificate is named by its hash; run openssl rehash")
    for name in names.split(os.pathsep):
        try:
            if any(_HASHED.fullmatch(entry) for entry in os.listdir(name)):
                return
        except (OSError, ValueError) as error:
            failure = error
    raise _unusable("SSL_CERT_DIR", "a folder without usable certificates", failure)


def _unusable(variable: str, what: str, error: Exception) -> NotReady:
    return NotReady(
        f"{variable} names {what} ({_reason(error)})",
        next_step=fix_variable(variable),
    )


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return "it contains no certificate"
    if isinstance(error, OSError) and error.strerror:
        return clean_line(error.strerror, 80).lower()
    return clean_line(str(error), 120)
