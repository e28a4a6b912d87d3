"""Counts what the suite did to the program and what came of it, for the one line at its end.

Counts travel as properties of a test's report, so that they also arrive from other processes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields

import pytest

_PROPERTY = "fault tally"


@dataclass
class Tally:
    """``faults``: injected. ``kills``: processes killed; ``lost``: ids, films or records lost with them.
    ``double_paid``: orders the service took beyond those the user confirmed.
    """

    faults: int = 0
    survived: int = 0
    kills: int = 0
    lost: int = 0
    double_paid: int = 0

    def add(self, other: Tally) -> None:
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))

    @property
    def line(self) -> str:
        return (
            f"faults injected {self.faults} / survived {self.survived}, "
            f"kills {self.kills} / lost {self.lost} / double-paid {self.double_paid}"
        )


_total = Tally()
_passed: set[str] = set()


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Iterator[Tally]:
    """The counts of one test: it begins at one fault; a test that injects more, or kills, adds to it."""
    counts = Tally(faults=1)
    yield counts
    request.node.user_properties.append((_PROPERTY, asdict(counts)))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" and report.passed:
        _passed.add(report.nodeid)
    if report.when != "teardown":
        return
    for name, counts in report.user_properties:
        if name == _PROPERTY and isinstance(counts, dict):
            one = Tally(**counts)
            one.survived = one.faults if report.passed and report.nodeid in _passed else 0
            _total.add(one)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _total.faults:
        terminalreporter.write_line(_total.line)
