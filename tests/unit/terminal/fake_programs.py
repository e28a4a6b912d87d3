"""Programs that tell how they were called, in place of browsers, openers and clipboard helpers."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

_REPORT = """#!{python}
import json, os, sys
def has_terminal():
    try:
        os.close(os.open("/dev/tty", os.O_RDWR))
    except OSError:
        return False
    return True
def is_null(fd):
    return os.fstat(fd).st_rdev == os.stat(os.devnull).st_rdev
report = dict(
    argv=sys.argv[1:],
    environ=dict(os.environ),
    leads_session=os.getsid(0) == os.getpid(),
    null_streams=all(map(is_null, (0, 1, 2))),
    terminal=has_terminal(),
)
with open({log!r}, "w") as file:
    json.dump(report, file)
{then}
"""


class FakeProgram:
    """An executable ``name`` in ``folder`` that writes a report of its call, and then runs ``then``."""

    def __init__(self, folder: Path, name: str, then: str = "") -> None:
        folder.mkdir(exist_ok=True)
        self.path = folder / name
        self._log = folder / f"{name}.log"
        self.path.write_text(_REPORT.format(python=sys.executable, log=str(self._log), then=then))
        self.path.chmod(0o755)

    @property
    def called(self) -> bool:
        """Whether it was started at all."""
        return self._log.exists()

    @property
    def report(self) -> dict[str, Any]:
        """How it was called: argv, environ, leads_session, null_streams, terminal."""
        report: dict[str, Any] = json.loads(self._log.read_text())
        return report
