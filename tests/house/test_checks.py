"""Style, types and import contracts, so that running pytest checks everything."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.program import REPOSITORY

LINT_IMPORTS = "import sys; from importlinter.cli import lint_imports_command as run; sys.exit(run())"
CHECKS = {
    "ruff check": ["-m", "ruff", "check"],
    "ruff format": ["-m", "ruff", "format", "--check"],
    "mypy": ["-m", "mypy"],
    "lint-imports": ["-c", LINT_IMPORTS],
}


@pytest.mark.timeout(600)  # The first run of mypy reads every library.
@pytest.mark.parametrize("name", CHECKS)
def test_the_house_is_in_order(name: str) -> None:
    """The tool's output is in the failure message."""
    done = subprocess.run([sys.executable, *CHECKS[name]], cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
