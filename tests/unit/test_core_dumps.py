"""Core dumps hold the key: there are none, not of us and not of what we start."""

from __future__ import annotations

import resource
import subprocess
import sys

from tests.program import REPOSITORY

_LIMITS = """
import resource, sys
from wan_tui import __main__
from wan_tui.processes.child import start
from wan_tui.cli import main
def tell(prog_name):
    print(resource.getrlimit(resource.RLIMIT_CORE))
    process = start(["/bin/sh", "-c", "ulimit -c"], heard=True)
    print(process.communicate()[0].decode())
main.cli = tell
__main__.main()
"""


def test_neither_we_nor_what_we_start_leave_memory_on_the_disk() -> None:
    """The hard limit stays: a shell that is started from here may raise its own."""
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    done = subprocess.run(
        [
            "/bin/sh",
            "-c",
            'ulimit -S -c unlimited 2>/dev/null; exec "$@"',
            "sh",
            sys.executable,
            "-c",
            _LIMITS,
        ],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
    )
    assert done.stdout.split("\n")[:2] == [str((0, most)), "0"], done.stderr
