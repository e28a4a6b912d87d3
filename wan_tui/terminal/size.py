"""How large the terminal is: it is asked, whatever the environment says."""

from __future__ import annotations

import os
from collections.abc import MutableMapping


def believe_terminal(environ: MutableMapping[str, str], fd: int = 1) -> None:
    """Take COLUMNS and LINES out of ``environ`` where the terminal at ``fd`` tells its own size.

    A shell that exports them fixes them for good, and the standard library, Click, Rich and Textual believe them more
    than the terminal. Where it tells no size, or there is none, they stand.
    """
    try:
        columns, lines = os.get_terminal_size(fd)
    except OSError:
        return
    if columns > 0 and lines > 0:
        environ.pop("COLUMNS", None)
        environ.pop("LINES", None)
