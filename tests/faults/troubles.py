"""What happens to a library and its machine beside kills: leases and folders deleted, backups restored, clocks set,
processes stopped for a while. The program is left out of it: each is done to files, clocks and processes from outside.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.faults.program import Program
from tests.faults.wall_clock import WallClock, clocks_can_be_set
from wan_tui.domain.errors import LibraryError

OFFSETS = [
    timedelta(),
    *(
        sign * step
        for step in (timedelta(hours=1), timedelta(hours=26), timedelta(days=3))
        for sign in (1, -1)
    ),
]
"""What a clock is set to, measured from the true time."""
_LEASES = ("data/leases", "state/leases")
_KEPT_COPIES = 4
_WEIGHTS = {"delete_state": 4, "restore_data": 1}
"""What takes most orders away with it is not to be all that happens. The others have ``_USUAL``."""
_USUAL = 8
_PAUSES = (0.5, 3.0, 6.0)
"""Seconds between two troubles, at most. Where they follow each other at once hardly an order gets through."""
_RACE_SECONDS = 1.0
"""An order that is on its way while its record is replaced by an older folder may still arrive after so long."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A backup of ``data/``, and when it was begun."""

    folder: Path
    made: datetime


class Troubles:
    """Troubles for one program; ``counts`` tells how often each was made, ``gone`` what went with a backup."""

    def __init__(self, program: Program, folder: Path) -> None:
        self.program = program
        self.counts: Counter[str] = Counter()
        self.gone: set[str] = set()
        """Job ids whose whole record is newer than the backup that was restored over it: nobody can know of them."""
        self.lost_spans: list[tuple[datetime, datetime]] = []
        """From a backup until it was put in the place of a library in use: what was ordered within went with it."""
        self.replaced = self.replaced_in_use = False
        """A backup was put in the place of the library: at all; while a process used it."""
        self._folder = folder
        self._copies: list[Copy] = []
        self._made = 0
        self._stopped: list[subprocess.Popen[bytes]] = []
        folder.mkdir(parents=True, exist_ok=True)
        self._clocks = (
            [WallClock(folder / name) for name in ("clock", "other-clock")] if clocks_can_be_set() else []
        )

    # Beforehand and at random

    @property
    def at_rest(self) -> list[Callable[[], None]]:
        """Troubles that can be made while nothing runs."""
        return [
            self.delete_leases,
            self.delete_state,
            self.restore_data,
            self.set_history_back,
            *([self.set_clock] if self._clocks else []),
        ]

    def before_start(self) -> None:
        """Now and then a trouble or two between the end of all processes and the next start."""
        if random.random() < 0.5:
            self.keep_copy()
        for _ in range(random.choice([0, 1, 1, 2])):
            _one_of(self.at_rest)()

    def environment(self) -> Mapping[str, str]:
        """Of one process: it runs by one of the clocks, most by the first."""
        if not self._clocks:
            return {}
        other = random.random() < 0.3
        self.counts["process by another clock"] += other
        return self._clocks[other].environment

    def amid(self, running: Sequence[subprocess.Popen[bytes]], enough: Callable[[], bool]) -> None:
        """Make troubles while these processes run, until it is ``enough``; then let those that were stopped go on."""
        kinds = [*self.at_rest, self.keep_copy, lambda: self.stop(running), self.go_on]
        pause = random.choice(_PAUSES)
        while not enough():
            time.sleep(random.uniform(0, pause))
            if any(process.poll() is None for process in running):
                _one_of(kinds)()
        if self._stopped:
            self.go_on()
            time.sleep(random.uniform(0, 1.0))

    # Files

    def delete_leases(self) -> None:
        """Delete every lock file of a job, again and again for a moment: also one that was just made."""
        for _ in range(random.choice([1, 8])):
            for name in _LEASES:
                for path in _files(self.program.home / name):
                    path.unlink(missing_ok=True)
            time.sleep(0.02)
        self.counts["leases deleted"] += 1

    def delete_state(self) -> None:
        shutil.rmtree(self.program.home / "state", ignore_errors=True)
        self.counts["state folder deleted"] += 1

    def keep_copy(self) -> None:
        """Make a backup of ``data/``, as a tool would that knows nothing of the program."""
        if not self._data.exists():
            return
        copy = Copy(self._folder / f"copy-{self._made}", datetime.now(UTC))
        self._made += 1
        shutil.copytree(self._data, copy.folder, copy_function=_copied, ignore_dangling_symlinks=True)
        self._copies.append(copy)
        if len(self._copies) > _KEPT_COPIES:
            shutil.rmtree(self._copies.pop(random.randrange(_KEPT_COPIES)).folder)

    def restore_data(self) -> None:
        """Put a backup in the place of ``data/``: as a whole, or file by file over what is there."""
        if not self._copies:
            return
        copy = random.choice(self._copies)
        in_use, before = self._in_use, self._ids()
        random.choice([self._swap, self._overwrite])(copy.folder)
        after = self._ids()
        self.gone |= before - after if before and after is not None else set()
        self.replaced = True
        if in_use:
            self.replaced_in_use = True
            self.lost_spans.append((copy.made, datetime.now(UTC) + timedelta(seconds=_RACE_SECONDS)))
        # What was kept later belongs to a history that is no more.
        self._copies = [other for other in self._copies if other.made <= copy.made]
        self.counts[f"data restored, {'in use' if in_use else 'at rest'}"] += 1

    def set_history_back(self) -> None:
        """Put an older ``history.json`` in the place of the newest, and leave what lies beside it."""
        older = [path for copy in self._copies if (path := copy.folder / "history.json").exists()]
        if not older or not self._data.exists():
            return
        fresh = self._data / "history.json.restored"
        shutil.copy2(random.choice(older), fresh)
        os.replace(fresh, self._data / "history.json")
        self.counts[f"history.json set back, {'in use' if self._in_use else 'at rest'}"] += 1

    # Clocks and processes

    def set_clock(self) -> None:
        """Set both clocks alike, or one alone."""
        ahead = random.choice(OFFSETS)
        clocks = self._clocks if random.random() < 0.5 else [random.choice(self._clocks)]
        for clock in clocks:
            clock.set(ahead)
        self.counts["clock set" if len(clocks) > 1 else "one of two clocks set"] += 1

    def stop(self, running: Sequence[subprocess.Popen[bytes]]) -> None:
        """Stop a process for a while; some of the time others are led to take its jobs over."""
        going = [one for one in running if one.poll() is None and one not in self._stopped]
        if len(self._stopped) > 1 or len(going) < 2:
            return
        process = random.choice(going)
        process.send_signal(signal.SIGSTOP)
        self._stopped.append(process)
        self.counts["process stopped"] += 1
        if random.random() < 0.7:
            self.delete_leases()

    def go_on(self) -> None:
        """Let the stopped processes go on."""
        for process in self._stopped:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                self.counts["process gone on"] += 1
        self._stopped.clear()

    # The reckoning

    def excuses(self, order: Mapping[str, object]) -> bool:
        """Whether the whole record of this order, where there is none, went with a backup. Nothing on the disk tells of
        it then, and the process that knew of it was killed before it could put it back.

        No more is excused: an order whose job is in the history must be known there by its id. The second after the
        backup was put in place is for an order that had passed the last look at the history and was on its way.
        """
        at = datetime.fromisoformat(str(order["accepted_at"]))
        return job_of(order) in self.gone or any(begin <= at <= end for begin, end in self.lost_spans)

    # Within

    @property
    def _data(self) -> Path:
        return self.program.home / "data"

    @property
    def _in_use(self) -> bool:
        return any(process.poll() is None for process in self.program.processes)

    def _ids(self) -> set[str] | None:
        """The jobs on disk; None where they cannot be read just now."""
        try:
            return {job.id for job in self.program.jobs()}
        except LibraryError:
            return None

    def _swap(self, copy: Path) -> None:
        fresh, old = self._data.with_name("data.restored"), self._data.with_name("data.old")
        shutil.copytree(copy, fresh)
        with suppress(FileNotFoundError):
            self._data.rename(old)
        fresh.rename(self._data)
        shutil.rmtree(old, ignore_errors=True)

    def _overwrite(self, copy: Path) -> None:
        """As ``rsync --delete`` does: each file is replaced at once, what the copy has not is deleted."""
        kept = {path.name for path in _files(copy)}
        for path in _files(copy):
            fresh = self._data / f".{path.name}.restored"
            self._data.mkdir(exist_ok=True)
            shutil.copy2(path, fresh)
            os.replace(fresh, self._data / path.name)
        for path in _files(self._data):
            if path.name not in kept:
                path.unlink(missing_ok=True)


def job_of(order: Mapping[str, object]) -> str:
    """The id of the job that an order of the till belongs to."""
    return str(order["client_request_id"]).partition(".")[0]


def paid_twice(till: Collection[Mapping[str, object]]) -> Iterator[str]:
    """Each job that the service took more than once, however it came to that."""
    for job_id, number in Counter(map(job_of, till)).items():
        if number > 1:
            yield f"{job_id} ordered {number} times"


@contextmanager
def troubled(program: Program) -> Iterator[Troubles]:
    """Troubles that end with the true time in every clock."""
    troubles = Troubles(program, program.home.with_name(f"{program.home.name}-troubles"))
    try:
        yield troubles
    finally:
        troubles.go_on()


def _one_of(kinds: Sequence[Callable[[], None]]) -> Callable[[], None]:
    return random.choices(kinds, [_WEIGHTS.get(getattr(kind, "__name__", ""), _USUAL) for kind in kinds])[0]


def _files(folder: Path) -> list[Path]:
    with suppress(FileNotFoundError, NotADirectoryError):
        return [path for path in folder.iterdir() if path.is_file()]
    return []


def _copied(source: str, target: str) -> str:
    """Files come and go while a library in use is copied."""
    with suppress(FileNotFoundError):
        shutil.copy2(source, target)
    return target
