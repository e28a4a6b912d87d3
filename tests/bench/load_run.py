"""Thousands of jobs that are being made, under one ``sync --watch`` and one studio: what does it cost to ask?

    python -m tests.bench.load_run [--jobs 5000] [--minutes 3] [--compare 500]

Prints for each of both, every twenty seconds: CPU share of a core, resident memory, open descriptors; then how many
jobs were asked about, how often, and how long a round over all of them takes. With ``--compare`` the same in a row
for so many jobs: what one question and its answer cost, at the few and at the many. The service answers "generating"
to every question (``endless_service``), in a process of its own.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.bench.pty_terminal import PtyTerminal
from tests.unit.library.jobs import make_job
from wan_tui.domain.job import Attempt, JobState
from wan_tui.library.history import History

PYTHON = sys.executable
_SAMPLE_SECONDS = 20.0
_WARM_UP_SECONDS = 15.0


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--jobs", type=int, default=5000, metavar="N", help="jobs being made")
    parser.add_argument("--minutes", type=float, default=3.0, metavar="M", help="measured, for each number")
    parser.add_argument(
        "--compare", type=int, default=500, metavar="N", help="fewer jobs, measured first; 0: not"
    )
    options = parser.parse_args()
    costs = [_measure(jobs, options.minutes * 60) for jobs in (options.compare, options.jobs) if jobs]
    if len(costs) > 1:
        few, many = costs
        for name in few:
            print(
                f"{name}: {many[name] / few[name]:.2f} times the cost of a question at {options.compare:,} jobs"
            )


def _measure(jobs: int, seconds: float) -> Mapping[str, float]:
    """Milliseconds of processor time for each question, by who asks."""
    print(f"{jobs:,} jobs, asked about at most 4 times a second in each process")
    with tempfile.TemporaryDirectory() as folder, _service() as (url, service):
        environ = _environ(_library(Path(folder) / "home", jobs), url)
        with _sync(environ, Path(folder) / "said") as sync, _studio(environ) as studio:
            processes = {"sync --watch": sync, "studio": studio.pid}
            studio.idle(_WARM_UP_SECONDS)
            before, began, asked = {p: _cpu(p) for p in processes.values()}, time.monotonic(), _asked(service)
            samples: dict[str, list[tuple[float, int]]] = {name: [] for name in processes}
            last = dict(before)
            while time.monotonic() < began + seconds:
                studio.idle(min(_SAMPLE_SECONDS, seconds))
                print(f"  {time.monotonic() - began:>5.0f} s", end="")
                for name, pid in processes.items():
                    share = (_cpu(pid) - last[pid]) / min(_SAMPLE_SECONDS, seconds) * 100
                    last[pid] = _cpu(pid)
                    samples[name].append((_memory(pid), _descriptors(pid)))
                    print(
                        f"   {name}: {share:4.0f} % CPU, {_memory(pid):4.0f} MB, {_descriptors(pid)} descriptors",
                        end="",
                    )
                print(flush=True)
            took = time.monotonic() - began
            questions = [count - asked.get(job, 0) for job, count in _asked(service).items()]
            costs = {}
            for name, pid in processes.items():
                used = _cpu(pid) - before[pid]
                # Each job is asked about by the process that holds its lease: together they ask these questions.
                costs[name] = used / max(1, sum(questions)) * 1e3
                first, *_, end = samples[name] if len(samples[name]) > 1 else samples[name] * 2
                print(
                    f"  {name}: {used / took * 100:.1f} % of a core, {end[0]:.0f} MB, "
                    f"descriptors {first[1]} -> {end[1]}, "
                    f"{costs[name]:.2f} ms for each question"
                )
            _print_rhythm(jobs, questions, took)
            print("  sync said:", (Path(folder) / "said").read_text().strip() or "nothing")
    return costs


def _print_rhythm(jobs: int, questions: Sequence[int], took: float) -> None:
    asked, never = sum(questions), jobs - sum(1 for count in questions if count)
    rate = asked / took
    print(
        f"  {asked:,} questions in {took:.0f} s, {rate:.1f} a second: "
        f"a round over all takes {jobs / rate / 60:.1f} min; "
        f"each asked {statistics.mean([*questions, *[0] * never] or [0]):.2f} times, {never:,} not yet"
        if asked
        else "  nothing was asked"
    )


def _library(home: Path, jobs: int) -> Path:
    """Jobs ordered some minutes ago, none of them done."""
    began = datetime.now(UTC) - timedelta(minutes=5)
    history = History.open(home / "data")
    history.add_many(
        [
            replace(
                make_job(number, state=JobState.GENERATING),
                created_at=began,
                submitted_at=began,
                generation_id=f"running-{number}",
                generation_ids=(f"running-{number}",),
                attempts=(Attempt(f"running-{number}", began),),
            )
            for number in range(jobs)
        ]
    )
    history.close()
    return home


def _environ(home: Path, url: str) -> dict[str, str]:
    return {
        **os.environ,
        "WAN_TUI_HOME": str(home),
        "AIMLAPI_BASE_URL": url,
        "AIMLAPI_API_KEY": "sk-demo-measure",
        "COLORTERM": "truecolor",
    }


@contextmanager
def _service() -> Iterator[tuple[str, Path]]:
    """Its address, and the file in which it notes what it was asked about."""
    with tempfile.TemporaryDirectory() as folder:
        asked = Path(folder) / "asked"
        process = subprocess.Popen(
            [PYTHON, "-m", "tests.bench.endless_service", str(asked)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}", asked
        finally:
            process.kill()
            process.wait()


@contextmanager
def _sync(environ: Mapping[str, str], said: Path) -> Iterator[int]:
    with said.open("wb") as file:
        process = subprocess.Popen(
            [PYTHON, "-m", "wan_tui", "sync", "--watch"], env=environ, stdout=subprocess.DEVNULL, stderr=file
        )
        try:
            yield process.pid
        finally:
            process.kill()
            process.wait()


@contextmanager
def _studio(environ: Mapping[str, str]) -> Iterator[PtyTerminal]:
    terminal = PtyTerminal((PYTHON, "-m", "wan_tui"), environ)
    try:
        if terminal.wait_for("running", 60.0) is None:
            raise SystemExit("the studio was never painted")
        terminal.press("")
        yield terminal
    finally:
        terminal.kill()


def _asked(file: Path) -> dict[str, int]:
    """How many times each job was asked about so far."""
    counts: dict[str, int] = {}
    for line in file.read_text().splitlines() if file.exists() else ():
        counts[line] = counts.get(line, 0) + 1
    return counts


def _cpu(pid: int) -> float:
    """Seconds of processor time so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> float:
    """Resident megabytes."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("Rss")).split()[1]) / 1024


def _descriptors(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


if __name__ == "__main__":
    main()
