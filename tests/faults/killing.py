"""Killing the real program as pulling the plug would, and reckoning up what is left.

No fault is played at the service meanwhile, so every order that reached it must end saved, whatever was killed.
"""

from __future__ import annotations

import json
import random
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Literal

from tests.faults.program import Program, ended_by_kill
from wan_tui.domain.errors import FilmError
from wan_tui.domain.job import Job, JobState
from wan_tui.library.history import History
from wan_tui.library.mp4 import inspect

ORDER_POINTS = ("before-intent", "after-intent", "after-send", "after-headers", "before-id", "after-id")
FILM_POINTS = (
    "after-completed",
    "before-download",
    "film.opened",
    "before-rename",
    "film.verified",
    "film.linked",
    "film.named",
    "film.finished",
    "after-saved",
)
STORE_POINTS = (
    "journal.before-write",
    "journal.written",
    "journal.synced",
    "compact.written",
    "compact.backed-up",
    "compact.replaced",
    "compact.done",
)
POINTS = (*ORDER_POINTS, *FILM_POINTS, *STORE_POINTS)

FOLDING = {"WAN_TUI_JOURNAL_LIMIT": "400"}
"""Environment in which the journal is folded into the snapshot at nearly every change."""
SLOW_DISK = {"WAN_TUI_FAULT_DISK": "fsync:*:sleep=0.01"}

Looker = Literal["studio", "sync"]
"""What looks after the jobs: the studio in a terminal, or ``sync --watch``."""

_MOST_CHANGES = 5
"""A store point is passed at least so many times on the way of one order."""
_VAIN = 6
"""Runs for each kill, on the average, after which a point is called out of reach."""


@dataclass
class Toll:
    """What the kills cost. Each list must stay empty: what is in it says what happened."""

    kills: int = 0
    orders: int = 0
    acknowledged: set[str] = field(default_factory=set)
    lost: list[str] = field(default_factory=list)
    double: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    half: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not (self.lost or self.double or self.unreadable or self.half)

    def add(self, other: Toll) -> None:
        self.kills += other.kills
        self.orders += other.orders
        self.acknowledged |= other.acknowledged
        for name in ("lost", "double", "unreadable", "half"):
            getattr(self, name).extend(getattr(other, name))

    def __str__(self) -> str:
        return (
            f"{self.kills} kills, {self.orders} orders: lost {len(self.lost)}, double {len(self.double)}, "
            f"unreadable {len(self.unreadable)}, half films {len(self.half)}"
        )


def kill_at(program: Program, point: str, kills: int) -> Toll:
    """Kill ``kills`` processes at a named point: most while they order, some while they recover from that."""
    toll = Toll()
    folding = FOLDING if point.startswith("compact.") else {}
    for run in count():
        if toll.kills == kills:
            return reckon(program, toll)
        assert run < kills * _VAIN, f"{point} was reached {toll.kills} times only"
        nth = random.randint(1, _MOST_CHANGES) if point in STORE_POINTS else 1
        command = ("sync", "--json") if run % 4 == 3 else ("generate", f"film {run}", "--wait", "--json")
        process = program.start(*command, WAN_TUI_CRASH_AT=f"{point}:{nth}", **folding)
        _ended(program, process, toll)
        _look(program, toll)
    raise AssertionError("unreachable")


def kill_at_random(program: Program, kills: int, lookers: Sequence[Looker], in_flight: int = 5) -> Toll:
    """Keep ``in_flight`` jobs going, looked after by ``lookers``; kill them all at random moments; again and again."""
    toll = Toll()
    prompts = (f"film {number}" for number in count())
    while toll.kills < kills:
        pending = sum(job.pending and not program.never_arrived(job) for job in _look(program, toll))
        program.forget_draft()
        with ExitStack() as terminals:
            running = [program.start("sync", "--watch", "--json") for _ in range(lookers.count("sync"))]
            for _ in range(lookers.count("studio")):
                studio = terminals.enter_context(program.studio())
                running.append(studio.process)
                program.order_in(studio, next(prompts))
            running += [
                program.start("generate", next(prompts), "--json", *random.choice([[], ["--wait"]]))
                for _ in range(in_flight - pending)
            ]
            random.shuffle(running)
            time.sleep(random.uniform(0.5, 4.0))
            for process in running:
                time.sleep(random.uniform(0.0, 0.3))
                process.kill()
            for process in running:
                _ended(program, process, toll)
    return reckon(program, toll)


def reckon(program: Program, toll: Toll) -> Toll:
    """Let everything come to its end, then compare the till, the history and the film folder."""
    program.settle()
    jobs = _look(program, toll)
    till = program.till()
    toll.orders = len(till)
    known = {generation_id for job in jobs for generation_id in job.generation_ids}
    ids = {job.id for job in jobs}
    toll.lost += [f"id {order['generation_id']}" for order in till if order["generation_id"] not in known]
    toll.lost += [f"record {job_id}" for job_id in toll.acknowledged - ids]
    toll.lost += [
        f"film of {job.id}: {job.state}"
        for job in jobs
        if job.state is not JobState.SAVED and not program.never_arrived(job)
    ]
    times = Counter(str(order["client_request_id"]).rpartition(".")[0] for order in till)
    toll.double += [f"{job_id} ordered {number} times" for job_id, number in times.items() if number > 1]
    if len(till) > program.confirmed:
        toll.double.append(f"{program.confirmed} confirmed, {len(till)} taken")
    toll.half += _wrong_films(program, jobs)
    return toll


def _ended(program: Program, process: subprocess.Popen[bytes], toll: Toll) -> None:
    """Count a kill, and what ``generate`` had told as ordered. A studio has no stdout to collect."""
    code, out, err = program.collect(process) if process.stdout else (process.wait(), "", "")
    toll.kills += ended_by_kill(code)
    assert ended_by_kill(code) or code == 0, (code, out, err)
    for line in out.splitlines(keepends=True):
        if line.endswith("\n"):
            toll.acknowledged.add(json.loads(line)["id"])


def _look(program: Program, toll: Toll) -> list[Job]:
    """The jobs as the next start will find them."""
    history = History.open(program.home / "data", read_only=True)
    history.load()
    toll.unreadable += history.health.sentences()
    jobs = [history.get(row.id) for row in history.index.rows()]
    toll.unreadable += ["a job that cannot be read"] * jobs.count(None)
    return [job for job in jobs if job is not None]


def _wrong_films(program: Program, jobs: Sequence[Job]) -> Iterator[str]:
    """Films that are not whole, not there, or there twice."""
    films = program.films()
    for film in films:
        try:
            inspect(film)
        except FilmError as error:
            yield f"{film.name}: {error.message}"
    kept = [Path(job.film_path) for job in jobs if job.film_path]
    for film in {*kept} ^ {*films}:
        yield f"{film.name} is {'not there' if film in kept else 'in no record'}"
