"""Starting other programs so that they can touch neither our terminal nor our key."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence

_KEY_VARIABLES = frozenset({"AIMLAPI_API_KEY", "AIML_API_KEY", "AIMLAPI_KEY"})


def without_keys(environ: Mapping[str, str]) -> dict[str, str]:
    """Return ``environ`` as a program started by us may see it: without the API key."""
    return {name: value for name, value in environ.items() if name.upper() not in _KEY_VARIABLES}


def start_detached(
    argv: Sequence[str], environ: Mapping[str, str], *, piped_input: bool = False
) -> subprocess.Popen[bytes]:
    """Start ``argv`` (no shell) in a session of its own, away from our terminal, and without the key.

    Its streams are the null device, save standard input with ``piped_input``. Raises OSError if it cannot
    be started.
    """
    return subprocess.Popen(  # noqa: S603 - an argument list, never a shell
        list(argv),
        env=without_keys(environ),
        stdin=subprocess.PIPE if piped_input else subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def end_session(process: subprocess.Popen[bytes]) -> None:
    """End ``process``, started detached, with everything it has started, and collect it."""
    if sys.platform == "win32":
        process.kill()
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
