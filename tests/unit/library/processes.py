"""Running writers, killing them, and counting what is left of what they had recorded."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.unit.library.jobs import make_job
from tests.unit.library.writer import SHARED
from wan_tui.library.history import History

ROOT = Path(__file__).parents[3]


@dataclass
class Tally:
    """What was told as recorded, and what was found to be missing."""

    kills: int = 0
    updates: int = 0
    added: set[str] = field(default_factory=set)
    lost: list[str] = field(default_factory=list)
    damaged: int = 0


class Writer:
    """A running ``writer.py``. Its numbers must be new for each start, since they make its job ids."""

    def __init__(self, folder: Path, who: int, changes: int, **environment: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.unit.library.writer", str(folder), str(who), str(changes)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.pid = self._process.pid
        self._said = ""

    def wait_ready(self) -> None:
        assert self._process.stdout
        assert self._process.stdout.readline() == "ready\n"

    def go(self) -> None:
        assert self._process.stdin
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        self._process.kill()

    def collect(self, tally: Tally) -> int:
        """Wait for its end, add to ``tally`` what it had recorded; returns its exit code."""
        said, _ = self._process.communicate()
        for line in said.split("\n")[:-1]:
            if line == "u":
                tally.updates += 1
            else:
                tally.added.add(line[2:])
        return self._process.returncode


def fresh_history(folder: Path, jobs: int) -> None:
    history = History.open(folder)
    history.add_many([SHARED, *(make_job(number) for number in range(1, jobs))])
    history.close()


def check(folder: Path, tally: Tally) -> None:
    """Open as the program would and look for everything that was told as recorded."""
    history = History.open(folder)
    history.load()
    shared = history.get(SHARED.id)
    count = (shared.film_size or 0) if shared else -1
    if not tally.updates <= count <= tally.updates + tally.kills:
        tally.lost.append(f"{tally.updates} updates were recorded, {count} are there")
    tally.lost += [job_id for job_id in tally.added if history.get(job_id) is None]
    numbers = [row.number for row in history.index.rows()]
    if len(set(numbers)) != len(numbers):
        tally.lost.append("a number was given twice")
    tally.damaged += len(history.health.set_aside)
    history.close()


def kill_rounds(folder: Path, kills: int, *, writers: int, jobs: int, **environment: str) -> Tally:
    """Start ``writers``, kill one of them at a random moment and, after it, the others; again and again."""
    fresh_history(folder, jobs)
    tally = Tally()
    while tally.kills < kills:
        running = [
            Writer(folder, tally.kills * writers + number + 1, 100_000, **environment)
            for number in range(writers)
        ]
        for writer in running:
            writer.wait_ready()
        for writer in running:
            writer.go()
        for writer in running:
            time.sleep(random.uniform(0.005, 0.25))
            writer.kill()
            tally.kills += 1
        for writer in running:
            writer.collect(tally)
        check(folder, tally)
    return tally
