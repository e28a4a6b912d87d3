"""The real program, run as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.patience import PATIENCE

REPOSITORY = Path(__file__).parents[1]


def run(
    *arguments: str, module: str = "wan_tui", stdin: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    """``python -m wan_tui ARGUMENTS`` to its end, without a terminal; ``variables`` are added to the environment."""
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=REPOSITORY,
        env={**os.environ, **variables},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def python(code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """``python -c CODE`` to its end."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def json_lines(text: str) -> list[Mapping[str, Any]]:
    """The JSON objects of ``text``, one a line."""
    return [json.loads(line) for line in text.splitlines()]
