"""No wait has a limit shorter than ``PATIENCE``: it would be too short on some machine."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.patience import PATIENCE

TESTS = Path(__file__).parents[1]
WAITS = ("wait", "communicate", "acquire", "join", "run", "until", "exit_code", "timeout", "wait_for", "get")
LONG = 2.0
"""Seconds. What is shorter is a moment in which nothing may happen, not a limit."""


def limits(tree: ast.Module) -> list[float]:
    """The numbers that are given to a wait as its limit."""
    return [
        float(limit.value)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and _name(call.func) in WAITS
        for limit in (
            *call.args[-1:],
            *(keyword.value for keyword in call.keywords if keyword.arg == "timeout"),
        )
        if isinstance(limit, ast.Constant)
        and isinstance(limit.value, int | float)
        and LONG < limit.value < PATIENCE
    ]


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def test_no_wait_has_a_limit_of_its_own() -> None:
    """Benchmarks measure, and are no tests."""
    found = {
        path.relative_to(TESTS).as_posix(): numbers
        for path in TESTS.rglob("*.py")
        if "bench" not in path.parts and (numbers := limits(ast.parse(path.read_text(encoding="utf-8"))))
    }
    assert not found, found


def test_the_rule_sees_what_it_is_for() -> None:
    written = (
        "p.communicate(timeout=30)\nsubprocess.run(c, timeout=60)\nasyncio.timeout(40)\nscreen.until(f, 12)"
    )
    assert limits(ast.parse(written)) == [30, 60, 40, 12]
    assert not limits(ast.parse("told.wait(0.2)\np.communicate(timeout=PATIENCE)"))
