"""kill -9 on the real program, against the simulator: what is lost, paid twice, unreadable or half?

    python -m tests.bench.kill_run [--at-points 20] [--at-random 500]

So many kills at each named crash point, and so many at random moments with five jobs in flight, in five set-ups:
``sync`` or studio; journal folded at nearly every change and fsync slowed to 10 ms; two and three processes.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.faults.killing import FOLDING, POINTS, SLOW_DISK, Looker, Toll, kill_at, kill_at_random
from tests.faults.program import Program
from wan_tui.simulator import SimulatorSettings, running_simulator

SET_UPS: Mapping[str, tuple[Sequence[Looker], Mapping[str, str]]] = {
    "1 process: sync": (["sync"], {}),
    "1 process: studio": (["studio"], {}),
    "1 process: sync, folding, fsync 10 ms": (["sync"], {**FOLDING, **SLOW_DISK}),
    "2 processes: studio, sync": (["studio", "sync"], {}),
    "3 processes: studio, 2 sync, folding, fsync 10 ms": (
        ["studio", "sync", "sync"],
        {**FOLDING, **SLOW_DISK},
    ),
}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--at-points", type=int, default=20, metavar="N", help="kills at each named point")
    parser.add_argument(
        "--at-random", type=int, default=500, metavar="N", help="kills at random, all together"
    )
    options = parser.parse_args()
    total = Toll()
    for point in POINTS if options.at_points else ():
        total.add(_part(f"at {point}", 0.5, {}, lambda program: kill_at(program, point, options.at_points)))  # noqa: B023
    for name, (lookers, environment) in SET_UPS.items() if options.at_random else ():
        kills = -(-options.at_random // len(SET_UPS))
        total.add(_part(name, 2.0, environment, lambda program: kill_at_random(program, kills, lookers)))  # noqa: B023
    print(f"all: {total}")
    return 0 if total.clean else 1


def _part(name: str, pace: float, environment: Mapping[str, str], kill: Callable[[Program], Toll]) -> Toll:
    """One set-up on a home and a service of its own, where a film takes ``pace`` seconds."""
    service = SimulatorSettings(
        pace=pace, concurrency=20, log_delay=0.2, posts_per_minute=100_000, film_seconds=0.2, credits_usd=1e5
    )
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, running_simulator(service) as simulator:
        program = Program(Path(folder) / "home", simulator)
        program.settings.update(environment)
        toll = kill(program)
    findings = [*toll.lost, *toll.double, *toll.unreadable, *toll.half]
    print(f"{name}: {toll}, {time.monotonic() - began:.0f} s", *findings[:5], sep="\n  ", flush=True)
    return toll


if __name__ == "__main__":
    sys.exit(main())
