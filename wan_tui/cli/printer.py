"""The one way out for what the shell prints: cleaned, in whatever encoding there is, and never an exception.

What was printed to is not asked about before an order: a pipe that closes, a full disk or an old code page must not
stop a command that has just spent money.
"""

from __future__ import annotations

import codecs
import contextlib
import errno
import os
import sys
from typing import Literal, TextIO

from wan_tui.domain.text import clean_text

Way = Literal["stdout", "stderr"]

_LONGEST = 200_000
_REPLACING = "wan-tui-plain"
_PLAIN = {
    "“": '"', "”": '"', "‘": "'", "’": "'", "…": "...", "→": "->", "–": "-", "—": "-",
    "✓": "+", "✗": "x", "×": "x", "·": "-", "•": "*", "●": "*",
}  # fmt: skip
"""Signs of our own for which an old code page has no place."""

_lost: list[OSError] = []
"""Why results could not be written, the first time that happened."""


def prepare() -> None:
    """Make the standard streams fit for what libraries print on them. For the start of the program."""
    with contextlib.suppress(OSError):
        # A file opened later must not get the number of a stream that is closed.
        while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
            os.set_inheritable(number, True)
        os.close(number)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=_REPLACING)


def print_line(text: str, way: Way = "stdout") -> None:
    """Print ``text`` as one line."""
    _write(clean_text(text, _LONGEST).replace("\n", " ").replace("\t", " "), way)


def print_block(text: str, way: Way = "stdout") -> None:
    """Print ``text`` with its line breaks and tabs."""
    _write(clean_text(text, _LONGEST).rstrip("\n"), way)


def on_terminal() -> bool:
    """Results go to a terminal."""
    return sys.stdout is not None and sys.stdout.isatty()


def final_code(code: int) -> int:
    """The exit code in the end: results that were lost are told, and are a failure where there was none before.

    A reader that went away, as ``head`` does, had enough.
    """
    if not _lost or _lost[0].errno == errno.EPIPE:
        return code
    print_line(f"The result could not be written: {_lost[0].strerror}. wan-tui list has it.", "stderr")
    return code or 1


def _write(text: str, way: Way) -> None:
    stream: TextIO | None = getattr(sys, way)
    if stream is None:  # closed from the start
        return
    encoding = stream.encoding or "utf-8"
    try:
        stream.write(text.encode(encoding, _REPLACING).decode(encoding) + "\n")
        stream.flush()
    except OSError as error:
        if way == "stdout":
            _lost.append(error)
        _discard(stream)
    except ValueError:  # closed meanwhile
        return


def _discard(stream: TextIO) -> None:
    """Let what is in its buffer, and all that follows, go nowhere: flushed at the exit, it would fail once more."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _in_plain_signs(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    unfit = error.object[error.start : error.end]
    return "".join(_PLAIN.get(sign, "?") for sign in unfit), error.end


codecs.register_error(_REPLACING, _in_plain_signs)
