"""The certificates that this program trusts: known to be usable before anything is sent."""

from __future__ import annotations

import os
import re
import ssl
from pathlib import Path

import httpx

from wan_tui.domain.errors import NotReady
from wan_tui.domain.text import clean_line

_HASHED = re.compile(r"[0-9a-f]{8}\.[0-9]+")
"""How OpenSSL looks a certificate up in a folder (X509_LOOKUP_hash_dir(3))."""


def tls_context() -> ssl.SSLContext:
    """Verification as it should be; ``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` are honoured. Blocks for 20 to 30 ms.

    Raises NotReady, which names the variable, where one of them, or what comes with this program, is unusable.
    """
    if file := os.environ.get("SSL_CERT_FILE"):
        _check_file(file)
    elif folders := os.environ.get("SSL_CERT_DIR"):
        _check_folders(folders)
    try:
        return httpx.create_ssl_context()
    except OSError as error:
        # The variables have just been found usable; of all others Python reads this one.
        if os.environ.get("SSLKEYLOGFILE"):
            raise _unusable("SSLKEYLOGFILE", "a file that cannot be written", error) from None
        raise NotReady(
            f"The certificates that come with this program cannot be read ({_reason(error)})",
            next_step="Install it again, or name a file of certificates in SSL_CERT_FILE.",
        ) from None


def _check_file(name: str) -> None:
    try:
        # Anything else than a file, a pipe above all, might be waited for without end.
        if not Path(name).is_file():
            raise FileNotFoundError(f"{clean_line(name, 80)} is no file")
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=name)
    except (OSError, ValueError) as error:
        raise _unusable("SSL_CERT_FILE", "certificates that cannot be read", error) from None


def _check_folders(names: str) -> None:
    """OpenSSL passes over a folder that is not there, and then trusts nobody."""
    failure: Exception = FileNotFoundError("no certificate in it is named by its hash; run openssl rehash")
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
        next_step=f"Correct or unset {variable} and start again.",
    )


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return "there is no certificate in it"
    if isinstance(error, OSError) and error.strerror:
        return clean_line(error.strerror, 80).lower()
    return clean_line(str(error), 120)
