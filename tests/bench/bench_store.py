"""The history store measured: a change at 1,000 and 100,000 jobs against a bare append, loading, stalls, memory.

    python -m tests.bench.bench_store [--jobs 100000]

Ratios within one run are what to trust; absolute times move with the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from tests.unit.library.jobs import START, compact, make_job
from wan_tui.domain.job import Cost, Job, JobState
from wan_tui.library.documents import encode
from wan_tui.library.history import History
from wan_tui.library.records import to_document

_TICK = 0.001
_WORDS = "a slow pan across rain soaked neon street with reflections in puddles and a lone cyclist".split()  # noqa: SIM905


def full_job(number: int) -> Job:
    """A saved job with everything a real one has: about 1.4 KB of JSON."""
    at = START + timedelta(seconds=number)
    generation = f"{number:08x}-3b4c-4d5e-8f90-a1b2c3d4e5f6:alibaba/wan2.1-t2v-plus"
    prompt = " ".join(_WORDS[(number * 7 + i * i) % len(_WORDS)] for i in range(32))
    return make_job(
        number,
        state=JobState.SAVED,
        parameters={"prompt": prompt, "resolution": "720p", "aspect_ratio": "16:9", "seed": number},
        generation_id=generation,
        generation_ids=(generation,),
        submitted_at=at,
        completed_at=at + timedelta(seconds=90),
        saved_at=at + timedelta(seconds=95),
        film_path=f"/home/user/Videos/wan-tui/2026-11-22_a-slow-pan-across-rain_{number % 65536:04x}.mp4",
        film_size=5_000_000,
        cost=Cost(0.42, 840000, "answer"),
    )


def medians_ms(works: Sequence[Callable[[int], object]], rounds: int = 300) -> list[float]:
    """Each in turn in every round, so that a busy moment of the machine meets all of them."""
    times: list[list[float]] = [[] for _ in works]
    for number in range(rounds):
        for work, taken in zip(works, times, strict=True):
            began = time.perf_counter()
            work(number)
            taken.append(time.perf_counter() - began)
    return [statistics.median(taken) * 1e3 for taken in times]


def appender(fd: int, record: bytes, *, durable: bool) -> Callable[[int], object]:
    """What the disk alone takes for the same bytes."""
    sync = getattr(os, "fdatasync", os.fsync)
    return lambda _: (os.write(fd, record), sync(fd) if durable else None)


def changer(history: History, *, durable: bool) -> Callable[[int], object]:
    def turn_star(job: Job) -> Job:
        return replace(job, starred=not job.starred)

    ids = [full_job(number).id for number in range(1000)]
    return lambda number: history.change(ids[number], turn_star, durable=durable)


def filled(folder: Path, jobs: int) -> History:
    history = History.open(folder)
    for start in range(0, jobs, 5000):
        history.add_many([full_job(n) for n in range(start, min(start + 5000, jobs))], durable=False)
    compact(history._storage)
    return history


async def largest_gap(work: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds that ``work`` takes in a thread, and the longest the event loop stood still meanwhile."""
    gaps: list[float] = []
    done = asyncio.Event()

    async def watch() -> None:
        while not done.is_set():
            last = time.perf_counter()
            await asyncio.sleep(_TICK)
            gaps.append(time.perf_counter() - last - _TICK)

    watcher = asyncio.create_task(watch())
    await asyncio.sleep(0.05)
    gaps.clear()
    began = time.perf_counter()
    await asyncio.to_thread(work)
    took = time.perf_counter() - began
    done.set()
    await watcher
    return took * 1e3, max(gaps, default=0.0) * 1e3


def rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def measure_loading(folder: Path) -> dict[str, float]:
    """In a fresh process, as the program does it."""
    before = rss_mb()
    history = History.open(folder)
    took, gap = asyncio.run(largest_gap(history.load))
    result = {"load ms": took, "load gap ms": gap, "memory MB": rss_mb() - before}
    for query in ("neon", "cyclist state:saved", "zzz"):
        took, gap = asyncio.run(largest_gap(lambda: history.index.filter(query)))  # noqa: B023
        result[f"filter '{query}' ms"], result[f"filter '{query}' gap ms"] = took, gap
    took, gap = asyncio.run(largest_gap(partial(compact, history._storage)))
    result["fold ms"], result["fold gap ms"] = took, gap
    result["rows ms"], result["refresh ms"] = medians_ms(
        [lambda _: history.index.rows(), lambda _: history.refresh()], 100
    )
    history.close()
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--load", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.load:
        print(json.dumps(measure_loading(options.load)))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        record = encode(to_document(full_job(1)))
        small, large = filled(folder / "small", 1000), filled(folder / "large", options.jobs)
        print(f"record: {len(record)} bytes")
        bare = os.open(folder / "bare", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for durable in (True, False):
            floor, at_small, at_large = medians_ms(
                [
                    appender(bare, record, durable=durable),
                    changer(small, durable=durable),
                    changer(large, durable=durable),
                ]
            )
            print(
                f"change, {'durable' if durable else 'one write'}: {at_small:.3f} ms at 1,000, {at_large:.3f} ms "
                f"at {options.jobs:,} (x{at_large / at_small:.2f}); bare append {floor:.3f} ms "
                f"(x{at_large / floor:.2f})"
            )
        os.close(bare)
        small.close()
        large.close()
        told = subprocess.run(
            [sys.executable, "-m", "tests.bench.bench_store", "--load", str(folder / "large")],
            capture_output=True,
            text=True,
            check=True,
        )
        for what, figure in json.loads(told.stdout).items():
            print(f"{what}: {figure:.3f}")


if __name__ == "__main__":
    main()
