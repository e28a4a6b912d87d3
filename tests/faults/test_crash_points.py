"""kill -9: nothing lost, nothing ordered twice, nothing unreadable, no half film. Long: ``tests.bench.kill_run``."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.faults.killing import FOLDING, POINTS, SLOW_DISK, Looker, Toll, kill_at, kill_at_random
from tests.faults.program import Program
from tests.faults.tally import Tally

_BUSY_DISK = {**FOLDING, **SLOW_DISK}


@pytest.mark.parametrize("point", POINTS)
def test_kill_at_a_named_point(program: Program, tally: Tally, point: str) -> None:
    """Kill −9 at each named point → nothing is lost, paid twice or half."""
    _survived(kill_at(program, point, 1), tally)


@pytest.mark.parametrize(
    ("lookers", "environment"),
    [(["sync"], {}), (["studio", "sync"], _BUSY_DISK)],
    ids=["one process", "two processes, folding, slow disk"],
)
def test_kill_at_random_moments(
    program: Program, tally: Tally, lookers: Sequence[Looker], environment: dict[str, str]
) -> None:
    """With five jobs in flight; also while the journal is folded at nearly every change and fsync takes 10 ms."""
    program.settings.update(environment)
    _survived(kill_at_random(program, 4, lookers), tally)


def _survived(toll: Toll, tally: Tally) -> None:
    tally.kills += toll.kills
    tally.lost += len(toll.lost) + len(toll.unreadable) + len(toll.half)
    tally.double_paid += len(toll.double)
    assert toll.clean, (toll.lost, toll.double, toll.unreadable, toll.half)
