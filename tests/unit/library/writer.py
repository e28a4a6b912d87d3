"""A process that changes a history and tells each change after it was recorded: for kill and contention tests.

    python -m tests.unit.library.writer FOLDER NUMBER CHANGES

Each round adds one to the counter of the shared job (``film_size``) and adds a job of its own; record lengths vary.
Says ``ready``, then waits for a line on stdin; then ``u`` after each update and ``a ID`` after each added job.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from tests.unit.library.jobs import make_job
from wan_tui.domain.job import Job
from wan_tui.library.history import History

SHARED = make_job(0)


def bump(job: Job) -> Job:
    count = (job.film_size or 0) + 1
    return replace(job, film_size=count, reply="e" * (count % 2 * 300) or None)


def main(folder: Path, who: int, changes: int) -> None:
    history = History.open(folder, lock_wait=60.0)
    history.load()
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(changes):
        history.change(SHARED.id, bump, durable=number % 3 == 0)
        print("u", flush=True)
        job = make_job(1_000_000 * (who + 1) + number)
        history.add(job, durable=number % 2 == 0)
        print(f"a {job.id}", flush=True)
    history.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
