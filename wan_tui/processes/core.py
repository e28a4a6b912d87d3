"""Disables core dumps, since the memory holds the API key."""

from __future__ import annotations

import contextlib
import sys


def no_core_dumps() -> None:
    """Disable core dumps for this process and its children.

    Lowers only the soft limit, so that a shell started from here can raise it again.
    """
    if sys.platform == "win32":
        return
    import resource

    with contextlib.suppress(OSError, ValueError):
        _, most = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, most))
