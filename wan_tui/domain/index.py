"""What the job list shows, in memory: one short row for each job, newest first."""

from __future__ import annotations

import threading
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from heapq import merge
from itertools import pairwise
from sys import intern
from typing import Any

from wan_tui.domain import filter as filters
from wan_tui.domain.errors import Money
from wan_tui.domain.estimate import end_was_seen
from wan_tui.domain.job import JobState
from wan_tui.domain.job_record import cost_of
from wan_tui.domain.parameters import Dialect
from wan_tui.domain.standing import Standing, standing
from wan_tui.domain.text import ELLIPSIS, clean_line
from wan_tui.domain.times import parse_iso

PROMPT_LIMIT = 200
"""Characters of a prompt that a row keeps; the whole prompt is in the job."""
_DURATIONS = 200
_PIECE = 2000


@dataclass(frozen=True, slots=True)
class JobRow:
    """One line of the list. Times are seconds since 1970 (UTC); texts are cleaned and on one line."""

    id: str
    number: str
    """The document's number in the history file."""
    state: JobState
    model: str
    prompt: str
    created_at: float
    submitted_at: float | None = None
    completed_at: float | None = None
    saved_at: float | None = None
    expires_at: float | None = None
    """When the link to the film dies."""
    film: str = ""
    """The film's file name; empty while there is none."""
    seed: int | None = None
    usd: float | None = None
    error_code: str = ""
    problem_code: str = ""
    doubtful: bool = False
    """The problem is that money may have gone."""
    timed: bool = True
    """It is known about when the film was completed: somebody looked shortly before."""
    followed: bool = True
    starred: bool = False
    trashed: bool = False

    @property
    def pending(self) -> bool:
        """Something is still to be done for it by the engine."""
        return not self.state.settled and self.followed

    @property
    def standing(self) -> Standing | None:
        """Where the job stands; None: it is finished."""
        return standing(self.state, doubtful=self.doubtful)


_STATES = {state.value: state for state in JobState}
_DIALECTS = frozenset(dialect.value for dialect in Dialect)


def row_of(number: str, document: Mapping[str, Any]) -> JobRow:
    """The row for a document. Raises ValueError where that cannot be a job; reads tolerantly otherwise."""
    try:
        state, created = _STATES[document["state"]], _seconds(document["created_at"])
        job_id, model = document["id"], document["model"]
        parameters = document["parameters"]
        named = isinstance(job_id, str) and job_id and isinstance(model, str) and model
        if created is None or not named or not isinstance(parameters, dict):
            raise ValueError("not a job")
        if document.get("endpoint", Dialect.VENDOR) not in _DIALECTS:
            raise ValueError("a job of a newer version")
    except (KeyError, TypeError) as error:
        raise ValueError("not a job") from error
    cost, seed = cost_of(document), parameters.get("seed")
    return JobRow(
        id=job_id,
        number=number,
        state=state,
        model=intern(_clean(model, 80)),
        prompt=_clean(str(parameters.get("prompt", "")), PROMPT_LIMIT),
        created_at=created,
        submitted_at=_seconds(document.get("submitted_at")),
        completed_at=_seconds(document.get("completed_at")),
        saved_at=_seconds(document.get("saved_at")),
        expires_at=_seconds(document.get("url_expires_at")),
        film=_film_name(document.get("film_path")),
        seed=seed if isinstance(seed, int) else None,
        usd=cost.usd if cost else None,
        error_code=_code(document.get("error")),
        problem_code=_code(document.get("problem")),
        doubtful=_doubtful(document.get("problem")),
        timed=_timed(document),
        followed=document.get("followed") is not False,
        starred=document.get("starred") is True,
        trashed=bool(document.get("trashed_at")),
    )


def _seconds(text: object) -> float | None:
    moment = parse_iso(text)
    return moment.timestamp() if moment else None


def _clean(text: str, limit: int) -> str:
    """``clean_line``, but at once where there is nothing to clean: it is called some 300,000 times at start."""
    if text.isascii() and text.isprintable() and "  " not in text:
        text = text.strip()
        return text if len(text) <= limit else text[: limit - 1] + ELLIPSIS
    return clean_line(text, limit)


def _film_name(path: object) -> str:
    if not isinstance(path, str) or not path:
        return ""
    return _clean(path.replace("\\", "/").rpartition("/")[2], 255)


def _code(failure: object) -> str:
    return intern(_clean(str(failure.get("code") or ""), 40)) if isinstance(failure, dict) else ""


def _doubtful(failure: object) -> bool:
    return isinstance(failure, dict) and Money.from_charged(failure.get("charged")) is Money.UNKNOWN


def _timed(document: Mapping[str, Any]) -> bool:
    seen = document.get("seen_running_at")
    if seen is None:  # an older version did not note it
        return True
    times = [_seconds(document.get(name)) for name in ("submitted_at", "seen_running_at", "completed_at")]
    submitted, running, completed = times
    return None in times or end_was_seen(submitted or 0.0, running or 0.0, completed or 0.0)


def _place(row: JobRow) -> tuple[float, str]:
    return (row.created_at, row.id)


def _in_order(rows: list[JobRow]) -> list[JobRow]:
    """Sort without ever keeping other threads waiting: one sort of 100,000 rows would hold them up for 80 ms."""
    if all(_place(one) <= _place(next_one) for one, next_one in pairwise(rows)):
        return rows
    pieces = [sorted(rows[start : start + _PIECE], key=_place) for start in range(0, len(rows), _PIECE)]
    return list(merge(*pieces, key=_place))


class JobIndex:
    """All rows. May be read and changed from several threads; rows themselves never change."""

    def __init__(self) -> None:
        self.version = 0
        """Goes up with every change, so a reader can tell whether to look again."""
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
        """Every row, newest first; those in the trash too."""
        with self._lock:
            return self._order[::-1]

    def pending(self, apart_from: Container[str] = ()) -> list[str]:
        """Ids of the jobs that something is still to be done for: dying links first, then the oldest."""
        rows = [row for row in self.unsettled() if row.pending and row.id not in apart_from]
        return [
            row.id for row in sorted(rows, key=lambda row: (row.expires_at or float("inf"), row.created_at))
        ]

    def at_work(self) -> Counter[JobState]:
        """How many pending jobs are in each state: the same cost however many there are."""
        with self._lock:
            return self._at_work.copy()

    def unsettled(self) -> list[JobRow]:
        """The rows of the jobs that may still change at the service, followed or not; in no order."""
        with self._lock:
            return [self._rows[job_id] for job_id in self._unsettled]

    def since(self, moment: float) -> list[JobRow]:
        """The rows of the jobs created at ``moment`` (seconds since 1970) or later, oldest first."""
        with self._lock:
            return self._order[bisect_left(self._order, (moment, ""), key=_place) :]

    def filter(self, query: str) -> list[JobRow]:
        """The rows that fit ``query`` (see ``filter.py``), newest first."""
        return filters.select(self.rows(), query)

    def fits(self, job_id: str, query: str) -> bool:
        """Whether ``filter`` would give this job's row."""
        row = self.row(job_id)
        return row is not None and bool(filters.select([row], query))

    def remarks(self, query: str) -> list[str]:
        """Sentences about words of ``query`` that cannot mean what they seem to."""
        return filters.remarks(query)

    def past_durations(self, model: str) -> list[float]:
        """Seconds from sent to completed of this model's last 200 saved jobs whose end was seen, newest first."""
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
        """Take these rows in place of all there were."""
        by_id = {row.id: row for row in rows}
        order = _in_order(list(by_id.values()))
        with self._lock:
            self._rows, self._order = by_id, order
            self._unsettled = {row.id for row in order if not row.state.settled}
            self._at_work = Counter(row.state for row in order if row.pending)
            self._durations.clear()
            self.version += 1

    def put(self, row: JobRow) -> None:
        """Add a row or take it in place of the one with its id."""
        with self._lock:
            self._take_out(row.id)
            self._rows[row.id] = row
            if not row.state.settled:
                self._unsettled.add(row.id)
            self._at_work[row.state] += row.pending
            insort(self._order, row, key=_place)
            if row.state is JobState.SAVED:
                self._durations.pop(row.model, None)
            self.version += 1

    def drop(self, job_id: str) -> None:
        """Forget a row, if it is there."""
        with self._lock:
            self._take_out(job_id)
            self.version += 1

    def _take_out(self, job_id: str) -> None:
        old = self._rows.pop(job_id, None)
        self._unsettled.discard(job_id)
        if old is not None:
            self._at_work[old.state] -= old.pending
            del self._order[bisect_left(self._order, _place(old), key=_place)]
