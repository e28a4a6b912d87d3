"""Processes are started only in ``processes``: without the key, a shell, or programs of the current folder."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.program import REPOSITORY

ROOM = REPOSITORY / "wan_tui" / "processes"
_STARTERS = {"subprocess", "multiprocessing", "pty", "webbrowser", "concurrent.futures.process"}
_CALLS = {"system", "popen", "startfile", "posix_spawn", "posix_spawnp", "fork", "forkpty", "which"}
_CALLS |= {"create_subprocess_exec", "create_subprocess_shell", "subprocess_exec", "subprocess_shell"}
_CALLS |= {
    f"{kind}{how}" for kind in ("exec", "spawn") for how in ["l", "le", "lp", "lpe", "v", "ve", "vp", "vpe"]
}
_CALLS |= {"ProcessPoolExecutor"}


def starts(tree: ast.AST) -> Iterator[str]:
    """Everything in ``tree`` that starts a process or looks for a program to start."""
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names if alias.name in _STARTERS]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""] if node.module in _STARTERS else []
            names += [alias.name for alias in node.names if alias.name in _CALLS | _STARTERS]
        elif isinstance(node, ast.Attribute) and node.attr in _CALLS:
            names = [node.attr]
        yield from (f"{getattr(node, 'lineno', 0)}: {name}" for name in names)


def test_processes_are_started_in_their_room_only() -> None:
    """All other files call ``processes``."""
    found = {
        str(path.relative_to(REPOSITORY)): list(starts(ast.parse(path.read_text("utf-8"))))
        for path in (REPOSITORY / "wan_tui").rglob("*.py")
        if ROOM not in path.parents
    }
    assert len(found) > 100
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "source",
    ["import subprocess", "from subprocess import run", "os.execv(a, b)", "asyncio.create_subprocess_exec(a)",
     "from os import system", "os.spawnl(a)", "shutil.which('mpv')", "import webbrowser", "os.posix_spawn(a)",
     "from concurrent.futures import ProcessPoolExecutor"],
)  # fmt: skip
def test_the_walk_finds_what_it_is_for(source: str) -> None:
    """Otherwise the test above would pass vacuously."""
    assert list(starts(ast.parse(source)))


def test_the_room_starts_processes() -> None:
    """The search finds the real starts there."""
    assert any(list(starts(ast.parse(Path(path).read_text("utf-8")))) for path in ROOM.glob("*.py"))
