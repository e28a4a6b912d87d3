"""Makes the terminal's own size take precedence over COLUMNS and LINES."""

from __future__ import annotations

import os
from collections.abc import MutableMapping


def believe_terminal(environ: MutableMapping[str, str], fd: int = 1) -> None:
    """Remove COLUMNS and LINES from ``environ`` if the terminal at ``fd`` reports its size.

    If a shell exports them they never change, but the standard library, Click, Rich and Textual prefer them to the
    terminal's size.
    """
    try:
        columns, lines = os.get_terminal_size(fd)
    except OSError:
        return
    if columns > 0 and lines > 0:
        environ.pop("COLUMNS", None)
        environ.pop("LINES", None)
