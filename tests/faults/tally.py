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
    """``cases``: tests (or examples) that make trouble; ``checked``: those that came through the checks at their end:
    nothing lost, nothing paid twice, every film whole, no key shown. ``faults``: answers of the service and calls of
    the disk that went as a script said. ``kills``: processes killed; ``lost``: ids, films or records lost with them.
    ``double_paid``: orders the service took beyond those the user confirmed.
    """

    cases: int = 0
    checked: int = 0
    faults: int = 0
    kills: int = 0
    lost: int = 0
    double_paid: int = 0

    def add(self, other: Tally) -> None:
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))

    @property
    def line(self) -> str:
        return (
            f"cases of trouble {self.cases} / checked to the end {self.checked}, faults played {self.faults}, "
            f"kills {self.kills} / lost {self.lost} / double-paid {self.double_paid}"
        )


_total = Tally()


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Iterator[Tally]:
    """The counts of one test. Who injects a fault, kills or checks counts it here when it has happened."""
    counts = Tally()
    yield counts
    request.node.user_properties.append((_PROPERTY, asdict(counts)))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when != "teardown":
        return
    for name, counts in report.user_properties:
        if name == _PROPERTY and isinstance(counts, dict):
            _total.add(Tally(**counts))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _total.cases:
        terminalreporter.write_line(_total.line)
