"""Starting another process so that it learns no key, finds nothing in the current folder and leaves our terminal alone.

Always an argument list, never a shell. ``wan_tui.processes.python`` gives the command for a Python of our own.
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

_NOBODYS_FOLDER = os.path.abspath(os.sep)
"""Where a process works that is not to find anything of the current folder."""


def without_keys(environ: Mapping[str, str]) -> dict[str, str]:
    """``environ`` as a process started by us may see it: without the API key, and with whole folders in its PATH."""
    kept = {name: value for name, value in environ.items() if name.upper() not in KEY_VARIABLES}
    for name in kept:
        if name.upper() == "PATH":
            kept[name] = _whole_folders(kept[name])
    return kept


def find_program(name: str, search: str | None = None) -> str | None:
    """The whole path of the program ``name``, a name or a whole path; None where it is not installed.

    ``search`` is a PATH, by default our own. What it says of the current folder is passed over, by an empty entry or a
    relative one: a folder that somebody else filled must not choose what is run.
    """
    if os.path.isabs(name):
        return shutil.which(name)
    if os.path.dirname(name):
        return None
    folders = _whole_folders(os.environ.get("PATH", os.defpath) if search is None else search)
    found = shutil.which(name, path=folders) if folders else None
    # Windows looks in the current folder first, whatever the PATH says.
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
    """Start ``argv`` in a session of its own, away from our terminal and from the current folder.

    ``environ`` is ours by default. Its streams are the null device, save its input where something is ``given`` to it
    and its output where it is ``heard``: then they are pipes. Raises OSError if it cannot be started.
    """
    return subprocess.Popen(  # noqa: S603 - an argument list, never a shell
        list(argv),
        env=without_keys(os.environ if environ is None else environ),
        stdin=subprocess.PIPE if given else subprocess.DEVNULL,
        stdout=subprocess.PIPE if heard else subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd=_NOBODYS_FOLDER,
    )


def code_within(process: subprocess.Popen[bytes], seconds: float) -> int | None:
    """The exit code of ``process`` if it ends within so many seconds; else None, and it is collected when it ends."""
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        threading.Thread(target=process.wait, name="opener", daemon=True).start()
        return None


def start_on_terminal(argv: Sequence[str], folder: Path) -> subprocess.Popen[bytes]:
    """Start ``argv`` on our own terminal, to work in ``folder``. Raises OSError if it cannot be started."""
    return subprocess.Popen(list(argv), env=without_keys(os.environ), cwd=folder)  # noqa: S603 - as above


def end_session(process: subprocess.Popen[bytes]) -> None:
    """End ``process``, which leads a session of its own, with everything it has started, and collect it."""
    if sys.platform == "win32":
        process.kill()
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
