"""The columns of the job list: their texts and widths."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from wan_tui.domain.events import DownloadProgress
from wan_tui.domain.film_state import LOST, FilmState
from wan_tui.domain.job import JobState
from wan_tui.domain.text import ELLIPSIS
from wan_tui.domain.times import span
from wan_tui.ui import formatting
from wan_tui.ui.formatting import fit, fit_right
from wan_tui.ui.jobs.progress_bar import DONE, LEFT, bar, fraction

if TYPE_CHECKING:
    from wan_tui.domain.rows import JobRow
    from wan_tui.engine.api import EngineApi

CURSOR, MARK, STAR = "›", "◆", "★"
_GUTTER = 4
"""Cursor, mark and star, each in a place of its own, so that nothing shifts."""
_STATE, _TIME, _NOTE, _RATIO, _SEED = 13, 7, 14, 5, 5
_SEED_DIGITS = 4
_BAR = 4
_LEAST_PROMPT = 20

ROLES = {
    JobState.WAITING: "muted",
    JobState.SUBMITTING: "running",
    JobState.UNCONFIRMED: "warning",
    JobState.QUEUED: "running",
    JobState.GENERATING: "running",
    JobState.COMPLETED: "running",
    JobState.SAVED: "good",
    JobState.FAILED: "bad",
    JobState.EXPIRED: "bad",
    JobState.CANCELLED: "muted",
}
"""The style that goes with the word and the sign of a state."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths in cells; 0: there is no room for the column."""

    state: int
    time: int
    note: int
    ratio: int
    seed: int
    prompt: int


def columns(width: int) -> Columns:
    """Share ``width`` cells out: the prompt takes the rest; seed, ratio and note give way first."""
    left = width - _GUTTER
    state = _STATE if left >= _STATE + _TIME + 2 + _LEAST_PROMPT else 1
    time = _TIME if left >= state + _TIME + 2 + _LEAST_PROMPT // 2 else 0
    left -= state + 1 + (time + 1 if time else 0)
    note = _NOTE if left >= _NOTE + 1 + _LEAST_PROMPT else 0
    left -= note + 1 if note else 0
    ratio = _RATIO if left >= _RATIO + 1 + 1.5 * _LEAST_PROMPT else 0
    left -= ratio + 1 if ratio else 0
    seed = _SEED if ratio and left >= _SEED + 1 + 1.5 * _LEAST_PROMPT else 0
    left -= seed + 1 if seed else 0
    return Columns(state, time, note, ratio, seed, max(0, left))


def header(widths: Columns) -> str:
    """The line above the rows."""
    parts = [" " * _GUTTER + fit("State" if widths.state > 1 else "", widths.state)]
    if widths.time:
        parts.append(fit_right("Time", widths.time))
    if widths.note:
        parts.append(fit("Note", widths.note))
    if widths.ratio:
        parts.append(fit("Ratio", widths.ratio))
    if widths.seed:
        parts.append(fit("Seed", widths.seed))
    parts.append(fit("Prompt", widths.prompt))
    return " ".join(parts)


def cells(
    row: JobRow, widths: Columns, *, note: str, now: float, cursor: bool, marked: bool
) -> Iterator[tuple[str, str]]:
    """Yield the line's pieces as (text, role); together they fill the columns exactly."""
    signs = (CURSOR, cursor), (MARK, marked), (STAR, row.starred)
    yield "".join(sign if shown else " " for sign, shown in signs) + " ", "mark"
    state = formatting.state_word(row.state) if widths.state > 1 else formatting.SIGNS[row.state]
    yield fit(state, widths.state) + " ", ROLES[row.state]
    if widths.time:
        yield fit_right(time_text(row, now), widths.time) + " ", "muted"
    if widths.note:
        yield fit(note, widths.note) + " ", _note_role(note)
    if widths.ratio:
        yield fit(row.aspect_ratio, widths.ratio) + " ", "muted"
    if widths.seed:
        # Films alike but for the seed are told apart by its end.
        yield fit_right(_end_of_seed(row.seed), widths.seed) + " ", "muted"
    yield fit(row.prompt, widths.prompt), "text"


def _end_of_seed(seed: int | None) -> str:
    digits = "" if seed is None else str(seed)
    return digits if len(digits) <= _SEED_DIGITS else ELLIPSIS + digits[-_SEED_DIGITS:]


def _note_role(note: str) -> str:
    if note.startswith("!"):
        return "warning"
    return "running" if note.startswith((DONE, LEFT)) else "muted"


def ticks(row: JobRow) -> bool:
    """Whether the row shows a time that runs by the second."""
    return row.state.running or row.state in (JobState.SUBMITTING, JobState.UNCONFIRMED)


def time_text(row: JobRow, now: float) -> str:
    """The time it has been running, or how long ago it was ordered. ``now`` is in seconds since 1970."""
    if ticks(row):
        return formatting.clock(now - (row.submitted_at or row.created_at))
    return formatting.age(now - row.created_at)


def note_with_bar(engine: EngineApi, row: JobRow, progress: DownloadProgress | None, now: datetime) -> str:
    """The note, with a bar before it while the film is made or fetched."""
    note = note_text(engine, row, progress, now)
    plain = row.trashed or not row.followed or note.startswith("!")
    if plain or (part := fraction(engine, row, progress, now)) is None:
        return note
    words = note.removesuffix(" left").removeprefix("saving ").removeprefix("unusually ")
    return f"{''.join(bar(part, _BAR))} {words}"


def note_text(engine: EngineApi, row: JobRow, progress: DownloadProgress | None, now: datetime) -> str:
    """The most useful note on a job in fourteen cells."""
    match row.state:
        case _ if row.trashed:
            return "in the trash"
        case JobState.QUEUED | JobState.GENERATING if not row.followed:
            return "not followed"
        case _ if row.problem_code:
            return f"! {formatting.words(row.problem_code)}"
        case JobState.QUEUED | JobState.GENERATING:
            return _time_left(engine, row.id, now)
        case JobState.UNCONFIRMED:
            return "looking it up"
        case JobState.COMPLETED:
            return progress_text(progress) if progress is not None else _link_text(row, engine.service_now())
        case JobState.SAVED if (lost := _lost_film(engine, row.id)) is not None:
            return f"! film {lost}"
        case JobState.FAILED | JobState.EXPIRED:
            return formatting.words(row.error_code)
    return formatting.money(row.usd) if row.usd is not None else ""


def progress_text(progress: DownloadProgress) -> str:
    """The download's progress: a percentage where the total is known, else a size."""
    if progress.total:
        return f"saving {min(100, 100 * progress.received // progress.total)}%"
    return f"saving {formatting.size(progress.received)}"


def _time_left(engine: EngineApi, job_id: str, now: datetime) -> str:
    job = engine.job(job_id)
    left = engine.time_left(job, now) if job is not None else None
    return formatting.estimate(left) if left is not None else ""


def _lost_film(engine: EngineApi, job_id: str) -> FilmState | None:
    """What is wrong with the film, if anything."""
    job = engine.job(job_id)
    state = engine.film_state(job) if job is not None else None
    return state if state in LOST else None


def _link_text(row: JobRow, now: datetime) -> str:
    if row.expires_at is None:
        return ""
    rest = row.expires_at - now.timestamp()
    return f"link {span(rest)}" if rest > 0 else "! link expired"
