"""The history of all jobs, shared by all processes that use this library."""

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
"""Number of parsed jobs kept in memory: polled and visible jobs are read many times a second."""
Change = Callable[[Job], Job]


class History:
    """Jobs on disk and their index. All methods block on the disk: call them in a thread.

    Reading works while another process holds the lock; writing raises LibraryBusy then, LibraryUnwritable on a write
    error, and LibraryTooNew for a history of a newer version. Nothing is changed in these cases.
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
        """Locates the films of jobs; applied to every job returned."""
        self.folder = folder
        self._db = HistoryDB(
            folder / FILE_NAME, storage=JournalStorage, read_only=read_only, lock_wait=lock_wait
        )
        self._storage = cast(JournalStorage, self._db.storage)
        self._table = cast(JournalTable, self._db.table(self._db.default_table_name))
        self._read_jobs: dict[str, tuple[bytes, Job]] = {}
        self._foreign_changes: dict[str, None] = {}
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
        """Create the history without reading; that happens in ``load`` or at the first use."""
        return cls(folder, films=films, read_only=read_only, lock_wait=lock_wait)

    @property
    def health(self) -> Health:
        """Damage found, and whether the history is writable."""
        return self._storage.health

    @property
    def path(self) -> Path:
        """The file that stock TinyDB opens."""
        return self._storage.path

    def load(self) -> None:
        """Read everything and build the index, one document at a time, so as not to block other threads."""
        if self._filled:
            return
        with _gc_paused():
            self._storage.load()
            self.index.fill(self._rows())
        self._storage.take_changes(self._table.name)
        self._filled = True

    def get(self, job_id: str) -> Job | None:
        """The job, or None if it does not exist or this version cannot read it."""
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
            self._drop_replaced(job_id)
            return None
        if len(self._read_jobs) >= _READ_JOBS:
            self._read_jobs.clear()
        self._read_jobs[job_id] = (raw, job)
        return self.films.locate(job)

    def find(self, name: str) -> list[str]:
        """Ids of the jobs that match ``name``: a job id or its beginning, a film's name, or a generation id."""
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
        """All generation ids of the jobs created since then."""
        self.load()
        ids: set[str] = set()
        for row in self.index.rows():
            if row.created_at < since.timestamp():
                break
            if job := self.get(row.id):
                ids.update(job.generation_ids)
        return ids

    def add(self, job: Job, *, durable: bool = True) -> None:
        """Record a new job. Raises ValueError if its id exists."""
        self.add_many([job], durable=durable)

    def add_many(self, jobs: Sequence[Job], *, durable: bool = True) -> None:
        """Record new jobs atomically."""
        self.load()
        rows: list[JobRow] = []

        def insert(draft: TableDraft) -> None:
            self._update_index()
            for job in jobs:
                if self.index.row(job.id):
                    raise ValueError(f"job {job.id} already exists")
                number = self._storage.next_number(self._table.name)
                draft[number] = to_document(job)
                rows.append(row_of(str(number), draft[number]))

        self._table.change(insert, durable=durable)
        for row in rows:
            self.index.put(row)

    def change(self, job_id: str, fn: Change, *, durable: bool) -> Job:
        """Replace a job by ``fn(job)``, where ``job`` is the newest version, including changes by other processes.

        ``durable``: synced on return; otherwise it survives a kill but not a power cut. Raises KeyError if the job does
        not exist.
        """
        return self.change_many([(job_id, fn)], durable=durable)[0]

    def change_many(self, changes: Sequence[tuple[str, Change]], *, durable: bool) -> list[Job]:
        """Change several jobs atomically. Returns the new versions, in order."""
        self.load()
        jobs: list[Job] = []
        rows: list[JobRow] = []

        def update(draft: TableDraft) -> None:
            self._update_index()
            for job_id, fn in changes:
                row = self.index.row(job_id)
                if row is None:
                    raise KeyError(job_id)
                before = self.films.locate(from_document(draft[int(row.number)]))
                if before.id != job_id:
                    self._drop_replaced(job_id)
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
        """The job on disk, read under the lock; None if it does not exist. Raises LibraryBusy and LibraryUnwritable."""
        try:
            return self.change(job_id, lambda job: job, durable=False)
        except KeyError:
            return None

    def refresh(self) -> list[str]:
        """Read changes by other processes; return the ids of changed jobs. Cheap without changes."""
        self.load()
        self._storage.refresh()
        self._update_index()
        changed = list(self._foreign_changes)
        for job_id in changed:
            del self._foreign_changes[job_id]
        return changed

    def tidy(self) -> None:
        """Update ``history.json`` if that is quick. Raises LibraryUnwritable."""
        self._storage.tidy()

    def close(self) -> None:
        """Update ``history.json`` if that is quick, and close the files. Data in memory can still be read."""
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
        """The row of a document; None if this version cannot read it as a job."""
        if number_of(number) is None:
            return None  # the next start gives it a valid number
        try:
            return row_of(number, decode(raw))
        except (ValueError, KeyError):
            return None

    def _update_index(self) -> None:
        """Update the index with changes by other processes."""
        for number in self._storage.take_changes(self._table.name):
            raw = self._storage.raw(self._table.name).get(number)
            row = self._read(number, raw) if raw else None
            if row is not None:
                self.index.put(row)
                self._foreign_changes[row.id] = None
            else:
                self._forget(number)

    def _drop_replaced(self, job_id: str) -> None:
        """Drop a job whose number now belongs to another job, because the history was rolled back: changes of one must
        never be written to the other.
        """
        self.index.drop(job_id)
        self._foreign_changes[job_id] = None

    def _forget(self, number: str) -> None:
        for row in self.index.rows():
            if row.number == number:
                self.index.drop(row.id)
                self._foreign_changes[row.id] = None


@contextmanager
def _gc_paused() -> Iterator[None]:
    """Disable the garbage collector while creating many long-lived objects, and exclude them from later collections.

    A full collection over 100,000 rows would block all threads for 177 ms, against 6 ms without them.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()
