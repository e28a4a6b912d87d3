"""kill -9 in a loop on the history store: does it open, and is everything there that was told as recorded?

    python -m tests.bench.kill_store [--kills 120]

Four set-ups: plain; folding at nearly every change; folding and an fsync of 10 ms; three processes, all of that.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.unit.library.processes import kill_rounds

_FOLDING = {"WAN_TUI_JOURNAL_LIMIT": "4000"}
_SLOW = {"WAN_TUI_FAULT_DISK": "fsync:*:sleep=0.01"}
SET_UPS: dict[str, tuple[int, dict[str, str]]] = {
    "plain": (1, {}),
    "folding": (1, _FOLDING),
    "folding, fsync 10 ms": (1, {**_FOLDING, **_SLOW}),
    "3 processes, folding": (3, _FOLDING),
    "3 processes, folding, fsync 10 ms": (3, {**_FOLDING, **_SLOW}),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=120, help="kills in each set-up")
    parser.add_argument("--jobs", type=int, default=300)
    options = parser.parse_args()
    lost = 0
    for name, (writers, environment) in SET_UPS.items():
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            tally = kill_rounds(
                Path(folder), options.kills, writers=writers, jobs=options.jobs, **environment
            )
        lost += len(tally.lost)
        print(
            f"{name}: {tally.kills} kills, {tally.updates + len(tally.added)} changes recorded, "
            f"{len(tally.lost)} lost, {tally.damaged} cut short and set aside, {time.monotonic() - began:.0f} s",
            *tally.lost[:5],
            sep="\n  ",
            flush=True,
        )
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
