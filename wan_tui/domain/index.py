"""The in-memory index of all rows, newest first."""

from __future__ import annotations

import threading
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Container, Iterable
from heapq import merge
from itertools import pairwise

from wan_tui.domain import filter as filters
from wan_tui.domain.job import JobState
from wan_tui.domain.rows import JobRow

_DURATIONS = 200
_PIECE = 2000


def _place(row: JobRow) -> tuple[float, str]:
    return (row.created_at, row.id)


def _in_order(rows: list[JobRow]) -> list[JobRow]:
    """Sort in pieces, so as not to block other threads: one sort of 100,000 rows holds the GIL for 80 ms."""
    if all(_place(one) <= _place(next_one) for one, next_one in pairwise(rows)):
        return rows
    pieces = [sorted(rows[start : start + _PIECE], key=_place) for start in range(0, len(rows), _PIECE)]
    return list(merge(*pieces, key=_place))


class JobIndex:
    """All rows. Thread-safe; rows are immutable."""

    def __init__(self) -> None:
        self._rows: dict[str, JobRow] = {}
        self._order: list[JobRow] = []
        self._unsettled: set[str] = set()
        self._at_work: Counter[JobState] = Counter()
        self._durations: dict[str, list[float]] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._rows)

    def row(self, job_id: str) -> JobRow | None:
        return self._rows.get(job_id)

    def rows(self) -> list[JobRow]:
        """All rows, newest first, including the trash."""
        with self._lock:
            return self._order[::-1]

    def pending(self, excluding: Container[str] = ()) -> list[str]:
        """Ids of pending jobs: those whose link expires first, then the oldest."""
        rows = [row for row in self.unsettled() if row.pending and row.id not in excluding]
        return [
            row.id for row in sorted(rows, key=lambda row: (row.expires_at or float("inf"), row.created_at))
        ]

    def at_work(self) -> Counter[JobState]:
        """The number of pending jobs by state, in constant time."""
        with self._lock:
            return self._at_work.copy()

    def unsettled(self) -> list[JobRow]:
        """Rows of jobs that may still change at the service, followed or not, in any order."""
        with self._lock:
            return [self._rows[job_id] for job_id in self._unsettled]

    def since(self, moment: float) -> list[JobRow]:
        """Rows of jobs created at or after ``moment`` (Unix seconds), oldest first."""
        with self._lock:
            return self._order[bisect_left(self._order, (moment, ""), key=_place) :]

    def filter(self, query: str) -> list[JobRow]:
        """Rows that match ``query`` (see ``filter.py``), newest first."""
        return filters.select(self.rows(), query)

    def fits(self, job_id: str, query: str) -> bool:
        """Whether the job matches ``query``."""
        row = self.row(job_id)
        return row is not None and bool(filters.select([row], query))

    def remarks(self, query: str) -> list[str]:
        """Warnings about ``query`` (see ``filter.remarks``)."""
        return filters.remarks(query)

    def past_durations(self, model: str) -> list[float]:
        """Durations in seconds of the model's last 200 saved jobs with an accurate end, newest first."""
        known = self._durations.get(model)
        if known is None:
            known = []
            for row in self.rows():
                if (
                    row.model == model
                    and row.state is JobState.SAVED
                    and row.completed_at
                    and row.submitted_at
                    and row.timed
                ):
                    known.append(max(0.0, row.completed_at - row.submitted_at))
                    if len(known) == _DURATIONS:
                        break
            self._durations[model] = known
        return list(known)

    def fill(self, rows: Iterable[JobRow]) -> None:
        """Replace all rows."""
        by_id = {row.id: row for row in rows}
        order = _in_order(list(by_id.values()))
        with self._lock:
            self._rows, self._order = by_id, order
            self._unsettled = {row.id for row in order if not row.state.settled}
            self._at_work = Counter(row.state for row in order if row.pending)
            self._durations.clear()

    def put(self, row: JobRow) -> None:
        """Add a row, or replace the one with its id."""
        with self._lock:
            self._take_out(row.id)
            self._rows[row.id] = row
            if not row.state.settled:
                self._unsettled.add(row.id)
            self._at_work[row.state] += row.pending
            insort(self._order, row, key=_place)
            if row.state is JobState.SAVED:
                self._durations.pop(row.model, None)

    def drop(self, job_id: str) -> None:
        """Remove a row if present."""
        with self._lock:
            self._take_out(job_id)

    def _take_out(self, job_id: str) -> None:
        old = self._rows.pop(job_id, None)
        self._unsettled.discard(job_id)
        if old is not None:
            self._at_work[old.state] -= old.pending
            del self._order[bisect_left(self._order, _place(old), key=_place)]
