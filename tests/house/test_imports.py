"""What is imported when: the program starts fast because heavy libraries are imported on first use."""

from __future__ import annotations

import sys

import pytest

from tests.program import REPOSITORY, python

DOMAIN = REPOSITORY / "wan_tui" / "domain"

LOADED = """
import sys
before = set(sys.modules)
import importlib
for name in {modules!r}:
    importlib.import_module(name)
print(*sorted({{name.partition(".")[0] for name in set(sys.modules) - before}}))
"""


def loaded_by(*modules: str) -> set[str]:
    """The top-level packages loaded by importing ``modules`` in a new process."""
    done = python(LOADED.format(modules=modules))
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("wan_tui.cli.main", "textual rich httpx tinydb av starlette uvicorn pyperclip platformdirs asyncio"),
        ("wan_tui.ui.app", "httpx av starlette uvicorn pyperclip"),
        ("wan_tui.engine", "textual httpx av uvicorn"),
        ("wan_tui.simulator", "textual starlette uvicorn av"),
        ("wan_tui.settings", "textual httpx tinydb av platformdirs asyncio"),
    ],
)
def test_what_a_module_does_not_bring_in(module: str, unwanted: str) -> None:
    """These libraries are loaded later, or never."""
    assert not loaded_by(module) & set(unwanted.split())


def test_the_first_picture_waits_for_no_field_and_no_job() -> None:
    """What the form and the job list need is loaded after the first paint."""
    late = ("textual.widgets._text_area", "wan_tui.domain.job", "tomllib")
    done = python(f"import sys, wan_tui.cli.studio, wan_tui.ui.app; print(*set({late!r}) & set(sys.modules))")
    assert done.stdout.split() == [], done.stderr


def test_the_domain_needs_the_standard_library_only() -> None:
    """All its modules, imported in a separate process."""
    modules = [f"wan_tui.domain.{path.stem}" for path in DOMAIN.glob("*.py") if path.stem != "__init__"]
    assert len(modules) > 5
    assert loaded_by(*modules) - {"wan_tui"} <= sys.stdlib_module_names
