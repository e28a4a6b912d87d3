"""Starts child processes without the API key, outside the current folder, and detached from our terminal.

Always with an argument list, never a shell. ``wan_tui.processes.python`` builds commands that run Python.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from wan_tui.key_variables import KEY_VARIABLES

_NEUTRAL_FOLDER = os.path.abspath(os.sep)
"""Working directory of child processes, instead of the current folder."""


def without_keys(environ: Mapping[str, str]) -> dict[str, str]:
    """``environ`` for child processes: without the API key, and with absolute folders only in PATH."""
    kept = {name: value for name, value in environ.items() if name.upper() not in KEY_VARIABLES}
    for name in kept:
        if name.upper() == "PATH":
            kept[name] = _whole_folders(kept[name])
    return kept


def find_program(name: str, search: str | None = None) -> str | None:
    """The absolute path of the program ``name`` (a name or an absolute path); None if it is not installed.

    ``search`` is a PATH, by default ours. Its empty and relative entries are ignored: the current folder must not
    decide what is run.
    """
    if os.path.isabs(name):
        return shutil.which(name)
    if os.path.dirname(name):
        return None
    folders = _whole_folders(os.environ.get("PATH", os.defpath) if search is None else search)
    found = shutil.which(name, path=folders) if folders else None
    # Windows always searches the current folder first.
    return found if found and os.path.isabs(found) else None


def _whole_folders(search: str) -> str:
    return os.pathsep.join(folder for folder in search.split(os.pathsep) if os.path.isabs(folder))


def start(
    argv: Sequence[str],
    environ: Mapping[str, str] | None = None,
    *,
    given: bool = False,
    heard: bool = False,
) -> subprocess.Popen[bytes]:
    """Start ``argv`` in a new session, detached from our terminal and the current folder.

    ``environ`` is ours by default. stdin is a pipe if ``given``, stdout a pipe if ``heard``; otherwise they are the
    null device. Raises OSError if it cannot be started.
    """
    return subprocess.Popen(  # noqa: S603 - an argument list, never a shell
        list(argv),
        env=without_keys(os.environ if environ is None else environ),
        stdin=subprocess.PIPE if given else subprocess.DEVNULL,
        stdout=subprocess.PIPE if heard else subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd=_NEUTRAL_FOLDER,
    )


def code_within(process: subprocess.Popen[bytes], seconds: float) -> int | None:
    """The exit code of ``process`` if it ends within ``seconds``; else None, and a thread reaps it later."""
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        threading.Thread(target=process.wait, name="opener", daemon=True).start()
        return None


def start_on_terminal(argv: Sequence[str], folder: Path) -> subprocess.Popen[bytes]:
    """Start ``argv`` on our terminal with working directory ``folder``. Raises OSError if it cannot be started."""
    return subprocess.Popen(list(argv), env=without_keys(os.environ), cwd=folder)  # noqa: S603 - as above


def end_session(process: subprocess.Popen[bytes]) -> None:
    """Kill ``process``, a session leader, and its children, and reap it."""
    if sys.platform == "win32":
        process.kill()
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
