"""The structure: no import cycles, no private names of Textual outside ``ui/compat``, everything in its place."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import textwrap
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
import textual

from tests.program import REPOSITORY

PACKAGE = REPOSITORY / "wan_tui"
UI, COMPAT = PACKAGE / "ui", PACKAGE / "ui" / "compat"


@cache
def modules() -> dict[str, ast.Module]:
    """The syntax trees of all modules, by dotted name."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(REPOSITORY).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(path.read_text("utf-8"))
    return found


def imports(tree: ast.AST, known: Mapping[str, object]) -> set[str]:
    """The modules of the program that a file imports, including in functions and for types."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                names.add(inner if inner in known else node.module or "")
    return names & set(known)


def test_no_two_files_import_each_other() -> None:
    """Neither directly nor indirectly, including imports in functions and for types."""
    trees = modules()
    assert len(trees) > 200
    graph = {name: imports(tree, trees) - {name} for name, tree in trees.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_a_circle_would_be_found() -> None:
    """Otherwise the test above would pass vacuously."""
    known = {"a": 0, "b": 0, "p": 0, "p.c": 0}
    tree = ast.parse("def f():\n    from p import c\n    import b\nif TYPE_CHECKING:\n    from a import X")
    assert imports(tree, known) == {"p.c", "b", "a"}


def test_no_class_name_stands_twice() -> None:
    """A search for a top-level class finds exactly one."""
    names = [
        n.name.lstrip("_") for tree in modules().values() for n in tree.body if isinstance(n, ast.ClassDef)
    ]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_the_screen_has_its_rooms() -> None:
    """The root of ``ui`` contains only what all its packages share."""
    root = {path.name for path in UI.iterdir() if path.is_file()}
    assert root == {"__init__.py", "app.py", "app.tcss", "messages.py", "formatting.py", "themes.py"}


def test_nobody_hands_event_batches_on() -> None:
    """Every widget subscribes to engine events itself: ``take_events`` is passed as a callback and never called."""
    takers = set()
    for path in UI.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        if any(isinstance(n, ast.FunctionDef) and n.name == "take_events" for n in ast.walk(tree)):
            takers.add(path.stem)
        calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
        assert not [f for f in calls if isinstance(f, ast.Attribute) and f.attr == "take_events"], path
    assert {"job_list", "details_pane", "job_details", "status_bar", "composer"} <= takers


# Private names of Textual


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def privates_of(tree: ast.AST) -> set[str]:
    """The private names that ``tree`` defines: methods, annotated names and attributes."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            names.add(node.attr)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    return {name for name in names if is_private(name)}


@cache
def privates_of_class(cls: type) -> set[str]:
    """The same for one class of Textual, plus what its body assigns."""
    try:
        source = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    except (OSError, TypeError, SyntaxError):
        source = ast.parse("")
    return {name for name in vars(cls) if is_private(name)} | privates_of(source)


@cache
def textual_names() -> frozenset[str]:
    """All private names in Textual's source."""
    files = Path(inspect.getfile(textual)).parent.rglob("*.py")
    return frozenset[str]().union(*(privates_of(ast.parse(path.read_text("utf-8"))) for path in files))


def reached_into(tree: ast.Module) -> Iterator[str]:
    """Private names of Textual that a file uses on objects other than self, and private modules that it imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and "textual._" in (node.module or "").replace(".widgets", ""):
            yield node.module or ""
        if isinstance(node, ast.Attribute) and is_private(node.attr) and node.attr in textual_names():
            own = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
            if not own:
                yield node.attr


def used_of_bases(cls: type, tree: ast.ClassDef) -> set[str]:
    """Private names that our class uses or defines and that its Textual bases have, deliberately or by accident."""
    ours = privates_of(tree)
    used = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute) and is_private(n.attr)}
    bases = [base for base in cls.__mro__[1:] if base.__module__.startswith("textual")]
    theirs = set().union(*map(privates_of_class, bases)) if bases else set()
    return (ours | used) & theirs


def screen_modules() -> Iterator[tuple[str, Path]]:
    for info in pkgutil.walk_packages([str(UI)], "wan_tui.ui."):
        path = REPOSITORY.joinpath(*info.name.split(".")).with_suffix(".py")
        if path.exists():
            yield info.name, path


def touched(name: str, path: Path) -> set[str]:
    """All private names of Textual that a file uses."""
    tree, module = ast.parse(path.read_text("utf-8")), importlib.import_module(name)
    found = set(reached_into(tree))
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            found |= used_of_bases(getattr(module, node.name), node)
    return found


def test_nothing_private_of_textual_is_used_outside_compat() -> None:
    """Nor does one of our names collide with one of a base class."""
    files = [(name, path) for name, path in screen_modules() if COMPAT not in path.parents]
    assert len(files) > 40
    found = {name: touched(name, path) for name, path in files}
    assert {name: names for name, names in found.items() if names} == {}


@pytest.mark.parametrize(
    "source",
    ["app._driver.write(x)", "from textual._xterm_parser import XTermParser", "screen()._compositor",
     "from textual.widgets._toast import Toast"],
)  # fmt: skip
def test_reaching_into_textual_would_be_found(source: str) -> None:
    """Otherwise the test above would pass vacuously."""
    assert list(reached_into(ast.parse(source)))


@pytest.mark.parametrize(
    "path", [path for path in COMPAT.glob("*.py") if path.stem != "__init__"], ids=lambda path: path.stem
)
def test_a_workaround_names_what_it_touches(path: Path) -> None:
    """Each private name is listed, documented, and still exists in this release of Textual."""
    name = f"wan_tui.ui.compat.{path.stem}"
    module = importlib.import_module(name)
    listed: tuple[str, ...] = getattr(module, "TEXTUAL_PRIVATE", ())
    for entry in listed:
        where, _, what = entry.partition(":")
        cls, _, attribute = what.partition(".")
        owner = getattr(importlib.import_module(where), cls)
        assert not attribute or attribute in privates_of_class(owner), entry
    short = {part for entry in listed for part in (entry.rpartition(".")[2], entry.partition(":")[0])}
    assert touched(name, path) <= short
    assert not listed or "Upstream issue:" in (module.__doc__ or "")
