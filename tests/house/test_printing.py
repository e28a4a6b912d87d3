"""The command line prints only through its printer, which cleans and encodes everything, including ids and paths."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.program import REPOSITORY

CLI = REPOSITORY / "wan_tui" / "cli"
_ECHOES = {"echo", "secho", "echo_via_pager", "prompt", "confirm", "clear", "progressbar"}
_MAY_ASK_FOR_A_TERMINAL = {"studio.py"}
"""It passes the standard streams to the screen, and prints nothing itself."""


def prints(tree: ast.AST, *, streams: bool = True) -> Iterator[str]:
    """Everything in ``tree`` that writes to the terminal or uses the standard streams."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id="print" | "input"):
                yield f"{node.lineno}: {node.id}"
            case ast.Attribute(value=ast.Name(id="click"), attr=attr) if attr in _ECHOES:
                yield f"{node.lineno}: click.{attr}"
            case ast.ImportFrom(module="click" | "click.utils", names=names):
                yield from (f"{node.lineno}: {name.name}" for name in names if name.name in _ECHOES)
            case ast.Attribute(value=ast.Name(id="os"), attr="write"):
                yield f"{node.lineno}: os.write"
            case ast.Attribute(
                value=ast.Name(id="sys"), attr="stdout" | "stderr" | "__stdout__" | "__stderr__"
            ):
                if streams:
                    yield f"{node.lineno}: sys.{node.attr}"


def test_the_shell_prints_by_its_printer() -> None:
    """All other files call the printer."""
    found = {
        path.name: list(
            prints(ast.parse(path.read_text("utf-8")), streams=path.name not in _MAY_ASK_FOR_A_TERMINAL)
        )
        for path in [*CLI.glob("*.py"), REPOSITORY / "wan_tui" / "__main__.py"]
        if path.name != "printer.py"
    }
    assert len(found) > 10
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "source",
    ["print('x')", "click.echo('x')", "click.secho('x')", "from click import echo", "sys.stdout.write('x')",
     "sys.stderr.flush()", "os.write(1, b'x')", "work(print)", "click.confirm('x')"],
)  # fmt: skip
def test_the_walk_finds_what_it_is_for(source: str) -> None:
    """Otherwise the test above would pass vacuously."""
    assert list(prints(ast.parse(source)))
