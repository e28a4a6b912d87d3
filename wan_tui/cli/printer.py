"""All printing of the command line: text is cleaned, encoded for the stream, and never raises.

A closed pipe, a full disk or an old code page must not stop a command that has just placed an order.
"""

from __future__ import annotations

import codecs
import contextlib
import errno
import os
import sys
from typing import Literal, TextIO

from wan_tui.domain.text import clean_text

StreamName = Literal["stdout", "stderr"]

_MAX_CHARACTERS = 200_000
_ERROR_HANDLER = "wan-tui-plain"
_ASCII = {
    "“": '"', "”": '"', "‘": "'", "’": "'", "…": "...", "→": "->", "–": "-", "—": "-",
    "✓": "+", "✗": "x", "×": "x", "·": "-", "•": "*", "●": "*",
}  # fmt: skip
"""Replacements for our own characters that an old code page lacks."""

_write_errors: list[OSError] = []
"""Errors of writing results to stdout."""


def prepare() -> None:
    """Make the standard streams safe for what libraries print to them. Call at startup."""
    with contextlib.suppress(OSError):
        # If a standard stream is closed, a file opened later must not get its descriptor.
        while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
            os.set_inheritable(number, True)
        os.close(number)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=_ERROR_HANDLER)


def print_line(text: str, stream_name: StreamName = "stdout") -> None:
    """Print ``text`` as one line."""
    _write(clean_text(text, _MAX_CHARACTERS).replace("\n", " ").replace("\t", " "), stream_name)


def print_block(text: str, stream_name: StreamName = "stdout") -> None:
    """Print ``text`` with its line breaks and tabs."""
    _write(clean_text(text, _MAX_CHARACTERS).rstrip("\n"), stream_name)


def on_terminal() -> bool:
    """Whether stdout is a terminal."""
    return sys.stdout is not None and sys.stdout.isatty()


def final_code(code: int) -> int:
    """Return the exit code: ``code``, or 1 with a message if a result could not be written.

    A broken pipe is no error: the reader, such as ``head``, had enough.
    """
    if not _write_errors or _write_errors[0].errno == errno.EPIPE:
        return code
    print_line(f"The result could not be written: {_write_errors[0].strerror}. See: wan-tui list", "stderr")
    return code or 1


def _write(text: str, stream_name: StreamName) -> None:
    stream: TextIO | None = getattr(sys, stream_name)
    if stream is None:  # closed from the start
        return
    encoding = stream.encoding or "utf-8"
    try:
        stream.write(text.encode(encoding, _ERROR_HANDLER).decode(encoding) + "\n")
        stream.flush()
    except OSError as error:
        if stream_name == "stdout":
            _write_errors.append(error)
        _discard(stream)
    except ValueError:  # closed meanwhile
        return


def _discard(stream: TextIO) -> None:
    """Redirect the stream to /dev/null: flushing its buffer at exit would fail again."""
    with contextlib.suppress(OSError, ValueError):
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, stream.fileno())
        os.close(devnull)


def _replace_unencodable(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    characters = error.object[error.start : error.end]
    return "".join(_ASCII.get(character, "?") for character in characters), error.end


codecs.register_error(_ERROR_HANDLER, _replace_unencodable)
