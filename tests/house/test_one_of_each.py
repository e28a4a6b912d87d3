"""Files, URLs and the key's variables are handled in one place only."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[2] / "wan_tui"

# Where each may be used, and why.
PLACES = {
    "mkdir": ("files/private.py",),
    "os.open": (
        "files/opening.py",
        "files/private.py",
        "cli/printer.py",
    ),  # the last one: only the null device
    "os.fsync": (
        "files/private.py",
        "library/disk.py",
    ),  # the library syncs through ``disk``, where tests inject errors
    "os.replace": ("simulator/films.py",),
    "os.chmod": (),
    "os.access": ("files/private.py",),
    "mkstemp": (),
    "urlsplit": ("domain/url.py", "simulator/validation.py"),  # the simulator is as lax as the service
    "urlparse": (),
}


def calls(tree: ast.Module) -> Iterator[str]:
    """Every name of ``PLACES`` that is called or passed as a function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            yield from (name for name in PLACES if ast.unparse(node) == name or _last(node) == name)


def _last(node: ast.Attribute | ast.Name) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id


def sources() -> Iterator[tuple[str, ast.Module]]:
    for path in SOURCES.rglob("*.py"):
        yield path.relative_to(SOURCES).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def test_each_is_done_where_it_belongs() -> None:
    """All others call ``wan_tui.files`` and ``wan_tui.domain.url``; the library calls ``disk``."""
    found = {(name, file) for file, tree in sources() for name in calls(tree)}
    assert found == {(name, file) for name, files in PLACES.items() for file in files}


def test_the_variables_of_the_key_are_listed_once() -> None:
    """A variable that is read but not on the list would be passed to other programs."""
    found = [
        file
        for file, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and node.value == "AIML_API_KEY"
    ]
    assert found == ["key_variables.py"]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("os.open(path, 0)", "os.open"),
        ("await to_thread(os.replace, a, b)", "os.replace"),
        ("folder.mkdir(mode=0o700)", "mkdir"),
        ("urlsplit(url).hostname", "urlsplit"),
    ],
)
def test_the_search_finds_what_it_is_for(source: str, name: str) -> None:
    """Otherwise the tests above would pass vacuously."""
    assert list(calls(ast.parse(source))) == [name]
