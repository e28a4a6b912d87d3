"""Commands that run Python with this package and its libraries, but nothing from the current folder."""

from __future__ import annotations

import contextlib
import os
import sys

_PACKAGE_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))

# In isolated mode (-I) Python ignores PYTHON* variables, the current folder and the user's packages. The missing
# folders are appended after the standard library, so that they cannot shadow it.
_EXTEND_PATH = """
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
    """The command that runs the module ``name`` with ``arguments``; ``memory`` as for ``code_command``."""
    return code_command(_RUN_MODULE.format(name=name), *arguments, memory=memory)


def code_command(code: str, *arguments: str, memory: int | None = None) -> list[str]:
    """The command that runs ``code`` with ``arguments``; ``memory``: maximum bytes of address space, if the system
    supports that.
    """
    limit = _LIMIT_MEMORY.format(bytes=memory) if memory is not None and sys.platform != "win32" else ""
    return [
        sys.executable,
        "-I",
        "-X",
        "utf8",
        "-c",
        _EXTEND_PATH + limit + code,
        _library_folders(),
        *arguments,
    ]


def leave_out_current_folder() -> None:
    """Remove the current folder from ``sys.path``, where ``python -m`` and an empty PYTHONPATH entry put it first.

    If this package is in it, it is appended at the end.
    """
    sys.path[:] = [folder for folder in sys.path if not _is_untrusted(folder)]
    if _PACKAGE_ROOT not in sys.path:
        sys.path.append(_PACKAGE_ROOT)


def restart_in_utf8() -> None:
    """Restart in Python's UTF-8 mode if file names and arguments have another encoding.

    It cannot be enabled later, when arguments and file names have already been decoded.
    """
    if sys.getfilesystemencoding() == "utf-8" or sys.flags.utf8_mode or sys.platform == "win32":
        return
    # On an error, continue without UTF-8 mode.
    with contextlib.suppress(OSError):
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])  # noqa: S606 - this program


def _library_folders() -> str:
    return "\n".join([*(folder for folder in sys.path if not _is_untrusted(folder)), _PACKAGE_ROOT])


def _is_untrusted(folder: str) -> bool:
    """Whether it is the current folder and not part of this Python installation."""
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
