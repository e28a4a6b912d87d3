"""Files are opened only after checking that they are regular, so that nothing blocks on a pipe or a device."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[2] / "wan_tui"
_WHO_MAKES_ITS_OWN = {"simulator"}
"""Packages that read only files shipped with the program."""


def _unguarded(source: str) -> Iterator[str]:
    """Every call that opens a path for reading directly."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Attribute):
            texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
            opens = node.func.attr == "open" and any(text in ("r", "rb", "rt", "r+b") for text in texts)
            if opens or node.func.attr in ("read_text", "read_bytes"):
                yield ast.unparse(node)
        elif ast.unparse(node.func) == "open" and all(keyword.arg != "opener" for keyword in node.keywords):
            yield ast.unparse(node)


def test_nothing_is_read_that_was_not_looked_at() -> None:
    """All code uses ``files.opening``, which opens regular files only."""
    found = [
        f"{path.relative_to(SOURCES)}: {call}"
        for path in SOURCES.rglob("*.py")
        if path.relative_to(SOURCES).parts[0] not in _WHO_MAKES_ITS_OWN
        for call in _unguarded(path.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    "source", ["path.read_text('utf-8')", "path.open('rb')", "open(path)", "json.loads(p.read_bytes())"]
)
def test_the_walk_finds_what_it_is_for(source: str) -> None:
    """Each of these would block on a pipe."""
    assert list(_unguarded(source))
