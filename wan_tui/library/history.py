"""The history: every job ever ordered, shared by all processes that work on this library."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import cast

from wan_tui.domain.index import JobIndex
from wan_tui.domain.job import Job
from wan_tui.domain.rows import JobRow, row_of
from wan_tui.library.documents import TableDraft, decode, number_of
from wan_tui.library.film_places import FilmPlaces
from wan_tui.library.health import Health
from wan_tui.library.records import from_document, to_document
from wan_tui.library.storage import LOCK_WAIT, JournalStorage
from wan_tui.library.tables import HistoryDB, JournalTable

FILE_NAME = "history.json"
_READ_JOBS = 512
"""Jobs that are kept read: those asked about and those on the screen are looked at many times a second."""
Change = Callable[[Job], Job]


class History:
    """Jobs on disk and the index over them. All methods block on the disk: call them in a thread.

    Reading works while another process holds the lock; whatever writes raises LibraryBusy then, LibraryUnwritable
    where the disk refuses, and LibraryTooNew for a history of a newer version. Nothing is changed in these cases.
    """

    def __init__(
        self,
        folder: Path,
        *,
        films: FilmPlaces | None = None,
        read_only: bool = False,
        lock_wait: float = LOCK_WAIT,
    ) -> None:
        self.films = films or FilmPlaces()
        """Says where the films of jobs lie today: every job given out has been located by it."""
        self.folder = folder
        self._db = HistoryDB(
            folder / FILE_NAME, storage=JournalStorage, read_only=read_only, lock_wait=lock_wait
        )
        self._storage = cast(JournalStorage, self._db.storage)
        self._table = cast(JournalTable, self._db.table(self._db.default_table_name))
        self._read_jobs: dict[str, tuple[bytes, Job]] = {}
        self._changed_elsewhere: dict[str, None] = {}
        self._filled = False
        self.index = JobIndex()

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        films: FilmPlaces | None = None,
        read_only: bool = False,
        lock_wait: float = LOCK_WAIT,
    ) -> History:
        """Make ready at no cost: nothing is read until ``load`` or the first use."""
        return cls(folder, films=films, read_only=read_only, lock_wait=lock_wait)

    @property
    def health(self) -> Health:
        """What was found damaged, and whether anything can be written."""
        return self._storage.health

    @property
    def path(self) -> Path:
        """The file that stock TinyDB opens."""
        return self._storage.path

    def load(self) -> None:
        """Read everything and build the index. Document by document, so that other threads get their turns."""
        if self._filled:
            return
        with _collector_resting():
            self._storage.load()
            self.index.fill(self._rows())
        self._storage.take_news(self._table.name)
        self._filled = True

    def get(self, job_id: str) -> Job | None:
        """The job as it stands, or None where there is none, or none that this version can read."""
        self.load()
        row = self.index.row(job_id)
        raw = self._storage.raw(self._table.name).get(row.number) if row else None
        if not raw:
            return None
        known = self._read_jobs.get(job_id)
        if known is not None and known[0] is raw:
            return self.films.locate(known[1])
        try:
            job = from_document(decode(raw))
        except ValueError:
            return None
        if job.id != job_id:
            self._gone(job_id)
            return None
        if len(self._read_jobs) >= _READ_JOBS:
            self._read_jobs.clear()
        self._read_jobs[job_id] = (raw, job)
        return self.films.locate(job)

    def find(self, name: str) -> list[str]:
        """Ids of the jobs that ``name`` may mean: a job's id or its beginning, its film's name, or its generation."""
        self.load()
        rows = self.index.rows()
        film = Path(name).name
        found = [row.id for row in rows if row.id.startswith(name.upper()) or (film and row.film == film)]
        if found or not name:
            return found if name else []
        raw, wanted = self._storage.raw(self._table.name), json.dumps(name).encode()
        likely = (row for row in rows if wanted in raw[row.number])
        return [row.id for row in likely if (job := self.get(row.id)) and name in job.generation_ids]

    def generation_ids(self, since: datetime) -> set[str]:
        """Every generation id of the jobs made since then."""
        self.load()
        ids: set[str] = set()
        for row in self.index.rows():
            if row.created_at < since.timestamp():
                break
            if job := self.get(row.id):
                ids.update(job.generation_ids)
        return ids

    def add(self, job: Job, *, durable: bool = True) -> None:
        """Record a new job. Raises ValueError where its id is known already."""
        self.add_many([job], durable=durable)

    def add_many(self, jobs: Sequence[Job], *, durable: bool = True) -> None:
        """Record new jobs in one go: all of them or none."""
        self.load()
        rows: list[JobRow] = []

        def insert(draft: TableDraft) -> None:
            self._absorb()
            for job in jobs:
                if self.index.row(job.id):
                    raise ValueError(f"job {job.id} is in the history already")
                number = self._storage.next_number(self._table.name)
                draft[number] = to_document(job)
                rows.append(row_of(str(number), draft[number]))

        self._table.change(insert, durable=durable)
        for row in rows:
            self.index.put(row)

    def change(self, job_id: str, fn: Change, *, durable: bool) -> Job:
        """Replace a job by ``fn(job)``, where ``job`` is the newest there is, whoever changed it last.

        ``durable``: on the disk on return; without it a kill cannot undo the change, but a power cut can. Raises
        KeyError where there is no such job.
        """
        return self.change_many([(job_id, fn)], durable=durable)[0]

    def change_many(self, changes: Sequence[tuple[str, Change]], *, durable: bool) -> list[Job]:
        """Change several jobs in one go: all of them or none. Returns them as they stand now, in order."""
        self.load()
        jobs: list[Job] = []
        rows: list[JobRow] = []

        def update(draft: TableDraft) -> None:
            self._absorb()
            for job_id, fn in changes:
                row = self.index.row(job_id)
                if row is None:
                    raise KeyError(job_id)
                before = self.films.locate(from_document(draft[int(row.number)]))
                if before.id != job_id:
                    self._gone(job_id)
                    raise KeyError(job_id)
                job = fn(before)
                if job != before:
                    draft[int(row.number)] = to_document(job)
                    rows.append(row_of(row.number, draft[int(row.number)]))
                jobs.append(job)

        self._table.change(update, durable=durable)
        for row in rows:
            self.index.put(row)
        return jobs

    def newest(self, job_id: str) -> Job | None:
        """The job as it is on disk, whoever changed it last: read under the lock. None where there is none.

        Raises LibraryBusy and LibraryUnwritable as a change does.
        """
        try:
            return self.change(job_id, lambda job: job, durable=False)
        except KeyError:
            return None

    def refresh(self) -> list[str]:
        """Learn what other processes changed; return the ids of those jobs, each told once. Cheap when none."""
        self.load()
        self._storage.refresh()
        self._absorb()
        changed = list(self._changed_elsewhere)
        for job_id in changed:
            del self._changed_elsewhere[job_id]
        return changed

    def tidy(self) -> None:
        """Bring ``history.json`` up to date where that takes no time. Raises LibraryUnwritable."""
        self._storage.tidy()

    def close(self) -> None:
        """Leave a complete ``history.json`` behind, where that is quick, and let go of the files.

        What was loaded can still be looked at.
        """
        self._db.close()

    def _rows(self) -> Iterator[JobRow]:
        unreadable = 0
        for number, raw in list(self._storage.raw(self._table.name).items()):
            if (row := self._read(number, raw)) is not None:
                yield row
            else:
                unreadable += 1
        self.health.unreadable = unreadable

    def _read(self, number: str, raw: bytes) -> JobRow | None:
        """The row of a document; None for what is no job to this version."""
        if number_of(number) is None:
            return None  # until the next start, which gives it a proper one
        try:
            return row_of(number, decode(raw))
        except (ValueError, KeyError):
            return None

    def _absorb(self) -> None:
        """Bring into the index what the storage has learned of other processes' changes."""
        for number in self._storage.take_news(self._table.name):
            raw = self._storage.raw(self._table.name).get(number)
            row = self._read(number, raw) if raw else None
            if row is not None:
                self.index.put(row)
                self._changed_elsewhere[row.id] = None
            else:
                self._forget(number)

    def _gone(self, job_id: str) -> None:
        """Its number is another job's now: the history was set back, and the number given out again. What is news of
        the one must never be written to the other.
        """
        self.index.drop(job_id)
        self._changed_elsewhere[job_id] = None

    def _forget(self, number: str) -> None:
        for row in self.index.rows():
            if row.number == number:
                self.index.drop(row.id)
                self._changed_elsewhere[row.id] = None


@contextmanager
def _collector_resting() -> Iterator[None]:
    """Keep the cycle collector out of the way while very many lasting objects are made, and away from them for good.

    Each of its full rounds over them would hold up every thread: 177 ms at 100,000 rows, against 6 ms without.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()
