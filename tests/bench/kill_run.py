"""kill -9 on the real program, against the simulator: what is lost, paid twice, unreadable or half?

    python -m tests.bench.kill_run [--at-points 5] [--at-random 150] [--amid-troubles 400] [--at-once 4] [--seed N]

So many kills at each named crash point; so many at random moments with five jobs in flight, in five set-ups:
``sync`` or studio; journal folded at nearly every change and fsync slowed to 10 ms; two and three processes; and so
many amid troubles, with one, two and three processes: leases deleted, the state folder deleted, ``data/`` put back to
a backup of some seconds ago, at rest or in use, ``history.json`` alone set back, the clock set by 1 h, 26 h or 3 days
either way between any two steps, two processes with different clocks, a process stopped and gone on after another
took its jobs over. Some parts run at once, each on a home and a service of its own, so a seed does not repeat a run.

Orders are counted by the till of the service, by the job that each belongs to: more than one is "paid twice". An
order made after the backup that was put in its place cannot be known to anyone: it is counted apart, as gone with
the backup. So is one that was never sent, where the program says so and waits for the user. Whatever else was ordered
and is not saved in the end counts as lost. Clocks are set by a few lines of C (Linux, a compiler); elsewhere they are
left alone, and it is said.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from tests.faults.killing import (
    FOLDING,
    POINTS,
    SLOW_DISK,
    Looker,
    Toll,
    kill_amid_troubles,
    kill_at,
    kill_at_random,
)
from tests.faults.program import Program
from tests.faults.wall_clock import clocks_can_be_set
from wan_tui.simulator import SimulatorSettings, running_simulator

SetUps = Mapping[str, tuple[Sequence[Looker], Mapping[str, str]]]

SET_UPS: SetUps = {
    "1 process: sync": (["sync"], {}),
    "1 process: studio": (["studio"], {}),
    "1 process: sync, folding, fsync 10 ms": (["sync"], {**FOLDING, **SLOW_DISK}),
    "2 processes: studio, sync": (["studio", "sync"], {}),
    "3 processes: studio, 2 sync, folding, fsync 10 ms": (
        ["studio", "sync", "sync"],
        {**FOLDING, **SLOW_DISK},
    ),
}
TROUBLED: SetUps = {
    "troubles, 1 process: sync": (["sync"], {}),
    "troubles, 1 process: studio": (["studio"], {}),
    "troubles, 2 processes: 2 sync": (["sync", "sync"], {}),
    "troubles, 2 processes: studio, sync, folding": (["studio", "sync"], FOLDING),
    "troubles, 3 processes: studio, 2 sync, fsync 10 ms": (["studio", "sync", "sync"], SLOW_DISK),
}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--at-points", type=int, default=5, metavar="N", help="kills at each named point")
    parser.add_argument("--at-random", type=int, default=150, metavar="N", help="at random, all together")
    parser.add_argument("--amid-troubles", type=int, default=400, metavar="N", help="amid troubles, together")
    parser.add_argument("--at-once", type=int, default=4, metavar="N", help="parts that run at once")
    parser.add_argument(
        "--seed", type=int, default=random.randrange(10**6), metavar="N", help="of the choices"
    )
    options = parser.parse_args()
    random.seed(options.seed)
    print(
        f"seed {options.seed}",
        *([] if clocks_can_be_set() else ["without a C compiler no clock is set"]),
        flush=True,
    )
    total, began = Toll(), time.monotonic()
    with ThreadPoolExecutor(options.at_once) as parts:
        for toll in [parts.submit(part) for part in _parts(options)]:
            total.add(toll.result())
    _print_counts("troubles", total.troubles)
    _print_counts("commands that failed, by what they told", total.told)
    print(f"all: {total}, {time.monotonic() - began:.0f} s")
    return 0 if total.clean else 1


def _parts(options: argparse.Namespace) -> Iterator[Callable[[], Toll]]:
    """The longest first."""
    for set_ups, kill, kills in (
        (TROUBLED, kill_amid_troubles, options.amid_troubles),
        (SET_UPS, kill_at_random, options.at_random),
    ):
        each = -(-kills // len(set_ups))
        for name, (lookers, environment) in set_ups.items() if kills else ():
            yield partial(_part, name, 2.0, environment, partial(kill, kills=each, lookers=lookers))
    for point in POINTS if options.at_points else ():
        yield partial(_part, f"at {point}", 0.5, {}, partial(kill_at, point=point, kills=options.at_points))


def _part(name: str, pace: float, environment: Mapping[str, str], kill: Callable[[Program], Toll]) -> Toll:
    """One set-up on a home and a service of its own, where a film takes ``pace`` seconds."""
    service = SimulatorSettings(
        pace=pace, concurrency=20, log_delay=0.2, posts_per_minute=100_000, film_seconds=0.2, credits_usd=1e5
    )
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, running_simulator(service) as simulator:
        program = Program(Path(folder) / "home", simulator)
        program.settings.update(environment)
        try:
            toll = kill(program)
        except Exception as error:
            traceback.print_exc()
            toll = Toll(lost=[f"{name} broke off: {type(error).__name__}"])
    findings = [*toll.double, *toll.lost, *toll.unreadable, *toll.half]
    print(f"{name}: {toll}, {time.monotonic() - began:.0f} s", *findings[:12], sep="\n  ", flush=True)
    return toll


def _print_counts(title: str, counts: Mapping[str, int]) -> None:
    print(f"{title}:", *(f"{number:>5}  {kind}" for kind, number in sorted(counts.items())), sep="\n  ")


if __name__ == "__main__":
    sys.exit(main())
