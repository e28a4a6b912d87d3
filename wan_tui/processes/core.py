"""Core dumps: the memory of this program holds the API key, so there are none."""

from __future__ import annotations

import contextlib
import sys


def no_core_dumps() -> None:
    """Keep this process, and those it starts, from leaving its memory on the disk when it crashes.

    Only the soft limit is lowered: a shell that is started from here may raise it again for itself.
    """
    if sys.platform == "win32":
        return
    import resource

    with contextlib.suppress(OSError, ValueError):
        _, most = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, most))
