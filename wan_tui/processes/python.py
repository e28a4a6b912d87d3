"""The command of a Python of our own: it finds this package and its libraries, and nothing in the current folder."""

from __future__ import annotations

import contextlib
import os
import sys

_PACKAGE_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))

# In isolated mode (-I) Python reads no PYTHON* variable and adds neither the current folder nor the user's own
# packages. What is missing then is added behind the standard library, where it can replace nothing of it.
_FIND_THE_WAY = """
import sys
sys.path += [folder for folder in sys.argv.pop(1).splitlines() if folder not in sys.path]
"""
_LIMIT_MEMORY = """
import resource
resource.setrlimit(resource.RLIMIT_AS, ({bytes}, {bytes}))
"""
_RUN_MODULE = """
import runpy
runpy.run_module({name!r}, run_name="__main__", alter_sys=True)
"""


def module_command(name: str, *arguments: str, memory: int | None = None) -> list[str]:
    """The command that runs the module ``name`` as a program with ``arguments``; ``memory`` as for ``code_command``."""
    return code_command(_RUN_MODULE.format(name=name), *arguments, memory=memory)


def code_command(code: str, *arguments: str, memory: int | None = None) -> list[str]:
    """The command that runs ``code`` with ``arguments``, given at most ``memory`` bytes of address space where the
    system can limit it.
    """
    limit = _LIMIT_MEMORY.format(bytes=memory) if memory is not None and sys.platform != "win32" else ""
    return [
        sys.executable,
        "-I",
        "-X",
        "utf8",
        "-c",
        _FIND_THE_WAY + limit + code,
        _way_to_our_libraries(),
        *arguments,
    ]


def leave_out_current_folder() -> None:
    """Import nothing more from the current folder, which ``python -m`` and an empty entry in PYTHONPATH put first.

    Where this very package lies in it, it is looked at last.
    """
    sys.path[:] = [folder for folder in sys.path if not _somebody_elses(folder)]
    if _PACKAGE_ROOT not in sys.path:
        sys.path.append(_PACKAGE_ROOT)


def restart_in_utf8() -> None:
    """Begin again in Python's UTF-8 mode where file names and arguments would be read in another encoding.

    It cannot be switched on later: texts that were given would not be understood, and files not be named.
    """
    if sys.getfilesystemencoding() == "utf-8" or sys.flags.utf8_mode or sys.platform == "win32":
        return
    # Where that fails, the program goes on as it is.
    with contextlib.suppress(OSError):
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])  # noqa: S606 - this program


def _way_to_our_libraries() -> str:
    return "\n".join([*(folder for folder in sys.path if not _somebody_elses(folder)), _PACKAGE_ROOT])


def _somebody_elses(folder: str) -> bool:
    """It is the current folder, and no part of this Python: anybody may have filled it."""
    if not os.path.isabs(folder):
        return True
    try:
        here = os.getcwd()
    except OSError:  # removed meanwhile
        return False
    if os.path.realpath(folder) != here:
        return False
    return not any(_inside(here, os.path.realpath(prefix)) for prefix in (sys.prefix, sys.base_prefix))


def _inside(folder: str, prefix: str) -> bool:
    return len(prefix) > 1 and (folder == prefix or folder.startswith(prefix + os.sep))
