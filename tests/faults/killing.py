"""Killing the real program as pulling the plug would, and reckoning up what is left.

No fault is played at the service meanwhile, so every order that reached it must end saved, whatever was killed.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Literal

from tests.faults.program import Program, ended_by_kill, held, in_doubt
from tests.faults.troubles import Troubles, job_of, paid_twice, troubled
from wan_tui.domain.errors import FilmError, LibraryError
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

_ORDER = ("generate", "a film", "--seed", "7")
"""One film for all, which the simulator draws once: drawing costs more than the rest of an order."""
_MOST_CHANGES = 5
"""A store point is passed at least so many times on the way of one order."""
_START = 90.0
"""Seconds that a process may take to begin, while many do and the machine is busy."""
_END = 180.0
"""Seconds that everything may take to come to its end, on a busy machine."""
_DAMAGE = re.compile(r"damaged|partly written|could not be read|cannot be read")
_FEWEST_NEW = 2
"""Orders of each round, however many jobs are still going on: who looks after those may be killed before it begins."""
_VAIN = 6
"""Runs for each kill, on the average, after which a point is called out of reach."""


@dataclass
class Toll:
    """What the kills cost. Each of the first four lists must stay empty: what is in it says what happened. The last two
    can only fill amid troubles."""

    kills: int = 0
    orders: int = 0
    acknowledged: set[str] = field(default_factory=set)
    lost: list[str] = field(default_factory=list)
    double: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    half: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    """Orders whose whole record is newer than the backup that was put in its place."""
    held: list[str] = field(default_factory=list)
    """Orders that were not sent and wait for the user's word: only amid troubles; without any they count as lost."""
    troubles: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    """What commands that ended by themselves said of an order or a look that failed."""

    @property
    def clean(self) -> bool:
        return not (self.lost or self.double or self.unreadable or self.half)

    def add(self, other: Toll) -> None:
        self.kills += other.kills
        self.orders += other.orders
        self.acknowledged |= other.acknowledged
        self.troubles += other.troubles
        self.told += other.told
        for name in ("lost", "double", "unreadable", "half", "gone", "held"):
            getattr(self, name).extend(getattr(other, name))

    def __str__(self) -> str:
        aside = [f"{len(self.gone)} gone with a backup"] * bool(self.gone)
        aside += [f"{len(self.held)} held back, not sent"] * bool(self.held)
        return (
            f"{self.kills} kills, {self.troubles.total()} troubles, {self.orders} orders: lost {len(self.lost)}, "
            f"paid twice {len(self.double)}, unreadable {len(self.unreadable)}, half films {len(self.half)}"
            + "".join(f"; {words}" for words in aside)
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
        command = ("sync", "--json") if run % 4 == 3 else (*_ORDER, "--wait", "--json")
        process = program.start(*command, WAN_TUI_CRASH_AT=f"{point}:{nth}", **folding)
        _ended(program, process, toll)
        _look(program, toll)
    raise AssertionError("unreachable")


def kill_at_random(program: Program, kills: int, lookers: Sequence[Looker], in_flight: int = 5) -> Toll:
    """Keep ``in_flight`` jobs going, looked after by ``lookers``; kill them all at random moments; again and again."""
    return _kill_all_the_time(program, kills, lookers, in_flight, None)


def kill_amid_troubles(program: Program, kills: int, lookers: Sequence[Looker], in_flight: int = 5) -> Toll:
    """The same, with leases deleted, backups restored, clocks set, processes stopped between any two steps."""
    with troubled(program) as troubles:
        return _kill_all_the_time(program, kills, lookers, in_flight, troubles)


def _kill_all_the_time(
    program: Program, kills: int, lookers: Sequence[Looker], in_flight: int, troubles: Troubles | None
) -> Toll:
    toll = Toll()
    prompts = (f"film {number}" for number in count())
    while toll.kills < kills:
        pending = len(program.going_on(_look(program, toll, troubles)))
        program.forget_draft()
        if troubles:
            troubles.before_start()
        with ExitStack() as terminals:
            running = [
                program.start("sync", "--watch", "--json", **_environment(troubles))
                for _ in range(lookers.count("sync"))
            ]
            for _ in range(lookers.count("studio")):
                studio = terminals.enter_context(program.studio(environment=_environment(troubles)))
                running.append(studio.process)
                # "online" may be covered by what is said of the history; the price has come by then too.
                program.order_in(studio, next(prompts), ready="1 film · $", patience=_START)
            ordering = [
                program.start(
                    *_ORDER,
                    "--json",
                    *random.choice([[], ["--wait"]]),
                    **_environment(troubles, ordering=True),
                )
                for _ in range(max(in_flight - pending, _FEWEST_NEW))
            ]
            running += ordering
            random.shuffle(running)
            enough = _enough(program, ordering)
            if troubles:
                troubles.amid(running, enough)
            while not enough():
                time.sleep(0.02)
            for process in running:
                time.sleep(random.uniform(0.0, 0.3))
                process.kill()
            for process in running:
                _ended(program, process, toll, troubles)
    return reckon(program, toll, troubles)


def _enough(program: Program, ordering: Sequence[subprocess.Popen[bytes]]) -> Callable[[], bool]:
    """Tells when to kill: at a random moment, but mostly not before some orders have arrived, or came to nothing. On a
    busy machine all would be killed before they have begun.
    """
    began, before = time.monotonic(), len(program.till())
    least, wanted = random.uniform(0.5, 3.0), len(ordering) * random.choice([0.2, 0.6, 0.8, 1.0, 1.0])

    def enough() -> bool:
        passed = time.monotonic() - began
        vain = sum(bool(process.poll()) for process in ordering)
        done = len(program.till()) - before + vain
        return passed > least and (passed > _START or done >= wanted)

    return enough


def _environment(troubles: Troubles | None, *, ordering: bool = False) -> dict[str, str]:
    """Amid troubles some orders are killed at a point of their way: those leave the most to be mistaken about."""
    if troubles is None:
        return {}
    point = {"WAN_TUI_CRASH_AT": random.choice(ORDER_POINTS)} if ordering and random.random() < 0.3 else {}
    return {**troubles.environment(), **point}


def reckon(program: Program, toll: Toll, troubles: Troubles | None = None) -> Toll:
    """Let everything come to its end, then compare the till, the history and the film folder."""
    try:
        program.patience = _END
        program.settle()
    except AssertionError as unsettled:
        toll.lost.append(f"not settled: {unsettled}")
    jobs = _look(program, toll, troubles)
    till = program.till()
    toll.orders = len(till)
    ids = {job.id for job in jobs}
    taken = program.taken()
    unknown = [order for order in till if job_of(order) not in ids]
    excused = {job_of(order) for order in unknown if troubles and troubles.excuses(order)}
    toll.gone += sorted(excused)
    known = {generation_id for job in jobs for generation_id in job.generation_ids}
    toll.lost += [
        f"id {order['generation_id']}"
        for order in till
        if order["generation_id"] not in known and job_of(order) not in excused
    ]
    missing = toll.acknowledged - ids - excused
    if troubles:
        missing -= troubles.gone
        # What was not even ordered may have gone with a library that was replaced under it.
        missing &= taken if troubles.replaced_in_use else missing
    toll.lost += [f"record {job_id}" for job_id in missing]
    for job in jobs:
        if job.state is JobState.SAVED or (job.id not in taken and _rightly_not_found(job)):
            continue
        if troubles and job.id not in taken and job.state.settled:
            continue  # ``generate`` could not send it at once, took it back and said so
        if troubles and job.id not in taken and held(job):
            toll.held.append(job.id)
        else:
            failure = job.error or job.problem
            toll.lost.append(f"film of {job.id}: {job.state} {failure.code if failure else ''}")
    toll.double += paid_twice(till)
    if len(till) > program.confirmed:
        toll.double.append(f"{program.confirmed} confirmed, {len(till)} taken")
    toll.half += _wrong_films(program, jobs, replaced=bool(troubles and troubles.replaced))
    if troubles:
        toll.troubles += troubles.counts
    return toll


def _rightly_not_found(job: Job) -> bool:
    """It was killed on its way and never arrived: it is looked for, or was long enough."""
    return in_doubt(job) or (job.error is not None and job.error.code == "not_found")


def _ended(
    program: Program, process: subprocess.Popen[bytes], toll: Toll, troubles: Troubles | None = None
) -> None:
    """Count a kill, and what ``generate`` had told as ordered. A studio has no stdout to collect."""
    code, out, err = program.collect(process) if process.stdout else (process.wait(), "", "")
    toll.kills += ended_by_kill(code)
    # Only amid troubles a command may fail, and then it says why: its data was taken away under it, or it waits.
    failed = troubles is not None and code == 1 and err.strip() != "" and "Traceback" not in err
    assert ended_by_kill(code) or code == 0 or failed, (code, out, err)
    for line in out.splitlines(keepends=True):
        if line.endswith("\n"):
            told = json.loads(line)
            if "id" in told:
                toll.acknowledged.add(told["id"])
            if failure := told.get("error"):
                toll.told[str(failure.get("code"))] += 1


def _look(program: Program, toll: Toll, troubles: Troubles | None = None) -> list[Job]:
    """The jobs as the next start will find them."""
    history = History.open(program.home / "data", read_only=True)
    try:
        history.load()
    except LibraryError as error:
        toll.unreadable.append(error.message)
        return []
    if troubles is None:
        toll.unreadable += history.health.sentences()
    elif not troubles.replaced:
        # That an older file was put in the place of a newer one is to be told; nothing is damaged by that.
        toll.unreadable += [words for words in history.health.sentences() if _DAMAGE.search(words)]
    elif history.health.unreadable:
        toll.unreadable.append(f"{history.health.unreadable} records cannot be read")
    jobs = [history.get(row.id) for row in history.index.rows()]
    toll.unreadable += ["a job that cannot be read"] * jobs.count(None)
    return [job for job in jobs if job is not None]


def _wrong_films(program: Program, jobs: Sequence[Job], *, replaced: bool) -> Iterator[str]:
    """Films that are not whole, not there, or there twice. Where the history was ``replaced`` by an older one, a film
    may be there that it does not know.
    """
    films = program.films()
    for film in films:
        try:
            inspect(film)
        except FilmError as error:
            yield f"{film.name}: {error.message}"
    kept = [Path(job.film_path) for job in jobs if job.film_path]
    for film in {*kept} ^ {*films}:
        if film in kept or not replaced:
            yield f"{film.name} is {'not there' if film in kept else 'in no record'}"
