"""The studio measured in a pseudo-terminal, beside a bare Textual app in the same run.

    python -m tests.bench.bench_screen [--rounds 9] [--keys 60]

Prints start to shell and to the whole form (empty library and 100,000 jobs), key to paint with 200 jobs polled
every 5 s over 10,000 rows, CPU meanwhile, and memory. Ratios within one run are what to trust.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.bench_store import full_job
from tests.bench.pty_terminal import PtyTerminal
from tests.unit.library.jobs import make_job
from wan_tui.domain.job import Attempt, JobState
from wan_tui.library.history import History

PYTHON = sys.executable
BARE = (PYTHON, "-m", "tests.bench.bare_app")
STUDIO = (PYTHON, "-m", "wan_tui")
SHELL, FORM, COUNTER = "wan-tui", "Watermark", r"(?<!\d){n}/800"
POLLED = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--keys", type=int, default=60)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, _service() as url:
        homes = {jobs: _library(Path(folder) / str(jobs), jobs) for jobs in (0, 10_000, 100_000)}
        for jobs in (10_000, 100_000):
            _add_running(homes[jobs])
        environs = {jobs: _environ(home, url) for jobs, home in homes.items()}
        _start(environs[0], _environ(_library(Path(folder) / "plain", 100_000), url), chosen.rounds)
        _keys(environs, chosen.keys)


def _start(empty: Mapping[str, str], large: Mapping[str, str], rounds: int) -> None:
    targets = {
        "bare app": (BARE, "READY", {}),
        "shell, empty library": (STUDIO, SHELL, empty),
        "shell, 100,000 jobs": (STUDIO, SHELL, large),
        "form, empty library": (STUDIO, FORM, empty),
        "form, 100,000 jobs": (STUDIO, FORM, large),
        "list of 100,000 jobs": (STUDIO, "100,?000 jobs", large),
    }
    times: dict[str, list[float]] = {name: [] for name in targets}
    memory: dict[str, float] = {}
    for number in range(-1, rounds):  # the first round warms the caches
        for name, (argv, label, environ) in targets.items():
            terminal = PtyTerminal(argv, environ)
            painted = terminal.wait_for(label)
            if painted is None:
                raise SystemExit(f"{name}: never painted")
            terminal.idle(1.0)
            memory[name] = terminal.memory()
            terminal.kill()
            if number >= 0:
                times[name].append(painted - terminal.began)
    print(f"{'start to':<26}{'ms':>7}{'x bare':>8}{'MB':>6}")
    for name, taken in times.items():
        ratio = statistics.median(one / base for one, base in zip(taken, times["bare app"], strict=True))
        print(f"{name:<26}{statistics.median(taken) * 1e3:>7.0f}{ratio:>8.2f}{memory[name]:>6.0f}")


def _keys(environs: Mapping[int, Mapping[str, str]], count: int) -> None:
    print(f"\n{'key to paint':<26}{'p50':>6}{'x bare':>8}{'p95 ms':>8}{'max':>6}{'CPU %':>7}{'MB':>6}")
    base = 0.0
    cases: dict[str, tuple[Sequence[str], str, Mapping[str, str]]] = {
        "bare app": (BARE, "READY", {}),
        "studio, empty": (STUDIO, FORM, environs[0]),
        f"{POLLED} polled, 10,000 rows": (STUDIO, rf"{POLLED} running", environs[10_000]),
        f"{POLLED} polled, 100,000 rows": (STUDIO, rf"{POLLED} running", environs[100_000]),
    }
    for name, (argv, label, environ) in cases.items():
        terminal = PtyTerminal(argv, environ)
        if terminal.wait_for(label) is None:
            raise SystemExit(f"{name}: never painted")
        terminal.idle(3.0)
        before, began, taken = terminal.cpu(), terminal.press(""), []
        for number in range(1, count + 1):
            terminal.idle(random.uniform(0.06, 0.18))
            pressed = terminal.press("x")
            painted = terminal.wait_for(COUNTER.format(n=number), 10.0)
            if painted is None:
                raise SystemExit(f"{name}: key {number} was never painted")
            taken.append((painted - pressed) * 1e3)
        share = (terminal.cpu() - before) / (terminal.press("") - began) * 100
        taken.sort()
        p50 = statistics.median(taken)
        base = base or p50
        p95 = taken[int(0.95 * len(taken))]
        megabytes = terminal.memory()
        print(
            f"{name:<26}{p50:>6.1f}{p50 / base:>8.2f}{p95:>8.1f}{taken[-1]:>6.0f}{share:>7.0f}{megabytes:>6.0f}"
        )
        terminal.kill()


def _library(home: Path, jobs: int) -> Path:
    history = History.open(home / "data")
    if jobs:
        history.add_many([full_job(number) for number in range(jobs)])
    history.close()
    return home


def _add_running(home: Path) -> None:
    now = datetime.now(UTC)
    history = History.open(home / "data")
    running = [
        replace(
            make_job(10_000_000 + number, state=JobState.GENERATING),
            created_at=now,
            submitted_at=now,
            generation_id=f"running-{number}",
            generation_ids=(f"running-{number}",),
            attempts=(Attempt(f"running-{number}", now),),
        )
        for number in range(POLLED)
    ]
    history.add_many(running)
    history.close()


def _environ(home: Path, url: str) -> dict[str, str]:
    """At an interval of 1 s the shared limit is 40 polls a second: 200 jobs every 5 s."""
    return {
        "WAN_TUI_HOME": str(home),
        "AIMLAPI_BASE_URL": url,
        "AIMLAPI_API_KEY": "sk-demo-measure",
        "WAN_TUI_POLL_INTERVAL": "1",
        "COLORTERM": "truecolor",
        "PATH": os.environ["PATH"],
    }


@contextmanager
def _service() -> Iterator[str]:
    process = subprocess.Popen(
        [PYTHON, "-m", "tests.bench.endless_service"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    main()
