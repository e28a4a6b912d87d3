"""Describes a job in words, section by section, for the details pane."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from wan_tui.domain.errors import Failure
from wan_tui.domain.events import DownloadProgress
from wan_tui.domain.film_state import LOST, FilmState
from wan_tui.domain.job import Cost, Job, JobState
from wan_tui.domain.parameters import MODEL, MODELS, PROMPT
from wan_tui.domain.standing import Standing, standing_of
from wan_tui.domain.text import clean_line, clean_text, redact
from wan_tui.domain.time_left import TimeLeft, end_was_seen
from wan_tui.domain.times import span
from wan_tui.domain.wording import parameter_rows, value_text
from wan_tui.ui import formatting
from wan_tui.ui.dialogs.key_trouble import THE_WAY, WRONG_KEY
from wan_tui.ui.formatting import FETCH_AGAIN, clock, moment

_MEANINGS = {
    JobState.WAITING: "waits here until it can be sent; nothing ordered yet",
    JobState.SUBMITTING: "the order is on its way",
    JobState.UNCONFIRMED: "not known yet whether the order arrived; looking it up",
    JobState.QUEUED: "accepted; waits for its turn at the service",
    JobState.GENERATING: "the service is making the film",
    JobState.COMPLETED: "made and paid for; the film is not here yet",
    JobState.SAVED: "the film is on this disk",
    JobState.FAILED: "there will be no film",
    JobState.EXPIRED: "made and paid for, but the link expired before the film was fetched",
    JobState.CANCELLED: "withdrawn before it was sent; nothing was charged",
}

_LOST_WORDS: dict[FilmState | None, str] = {
    FilmState.MISSING: f"missing; {FETCH_AGAIN}",
    FilmState.SHORTER: f"shorter than when it was saved; {FETCH_AGAIN}",
    FilmState.DAMAGED: f"damaged: not what was saved; {FETCH_AGAIN}",
}

_WITNESSES = {"answer": "", "header": "", "logs": "from the service's log"}
"""Where a cost is from; of the service's own answers nothing need be said."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known around a job at the moment ``now``, which is ``service_now`` by the service's clock. ``film`` is
    None until it was looked at.
    """

    now: datetime
    service_now: datetime
    film: FilmState | None = None
    left: TimeLeft | None = None
    progress: DownloadProgress | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One entry: ``text`` is clean but may have several lines. ``role`` is the style that underlines it."""

    label: str
    text: str
    role: str = "text"


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    lines: tuple[Line, ...]


def describe(job: Job, facts: Facts) -> list[Section]:
    """Return what is known, the most useful first; sections with nothing in them are left out."""
    sections: tuple[tuple[str, Iterable[Line]], ...] = (
        ("", _state(job, facts)),
        ("Prompt", [Line("", value_text(job.prompt))] if job.prompt else []),
        ("Film", _film(job, facts)),
        ("Order", _order(job)),
        ("Times", _times(job, facts)),
        ("For support", _traces(job)),
    )
    found = [Section(title, tuple(lines)) for title, lines in sections]
    return [section for section in found if section.lines]


def _state(job: Job, facts: Facts) -> Iterator[Line]:
    lost = job.state is JobState.SAVED and facts.film in LOST
    meaning = f", but the film is {facts.film} now" if lost else f": {_meaning(job)}"
    yield Line("State", formatting.state_word(job.state) + meaning, "title")
    if (word := _foreign_word(job)) is not None:
        yield Line("Service says", word)
    if not job.followed and not job.state.settled:
        yield Line("Followed", "no; the service still makes and charges it", "warning")
    if job.error is not None:
        yield from _failure("Error", job.error, "bad", job.model)
    if job.problem is not None:
        yield from _failure("Problem", job.problem, "warning", job.model)
    if job.state.running:
        yield Line("Running for", clock((facts.now - (job.submitted_at or job.created_at)).total_seconds()))
        if facts.left is not None:
            yield Line("Time left", _time_left(facts.left))
    if job.trashed_at is not None:
        yield Line("Trash", f"since {moment(job.trashed_at)}", "warning")


def _meaning(job: Job) -> str:
    if job.state is JobState.WAITING and standing_of(job) is Standing.IN_DOUBT:
        return "waits until it is known whether an earlier attempt arrived"
    return _MEANINGS[job.state]


def _foreign_word(job: Job) -> str | None:
    """What the service calls the state of a job that it works on, where that is none of our words."""
    if job.status_word is None or not job.state.running or job.status_word.lower() in list(JobState):
        return None
    return clean_line(job.status_word, 100)


def _failure(label: str, failure: Failure, role: str, model_id: str) -> Iterator[Line]:
    yield Line(label, clean_text(failure.message, 500) or formatting.words(failure.code), role)
    if failure.field is not None:
        model = MODELS.get(model_id)
        parameter = model.parameter_called(failure.field) if model else None
        yield Line("Field", parameter.label if parameter else clean_line(failure.field, 80), role)
    yield Line("Money", f"{failure.money.value.capitalize()}.", role)
    if failure.next_step:
        yield Line("Next step", clean_text(failure.next_step, 500))
    if failure.code in WRONG_KEY:
        yield Line("Key", THE_WAY)


def _time_left(left: TimeLeft) -> str:
    if left.slow:
        return "unusually slow: longer than any earlier film"
    return f"{formatting.estimate(left)}, judging by your earlier films"


def _film(job: Job, facts: Facts) -> Iterator[Line]:
    if job.film_path is not None:
        lost = _LOST_WORDS.get(facts.film)
        yield Line(
            "File",
            clean_line(job.film_path, 1000) + (f" ({lost})" if lost else ""),
            "bad" if lost else "text",
        )
        if job.film_size is not None and not lost:
            yield Line("Size", formatting.size(job.film_size))
    if facts.progress is not None and job.state is JobState.COMPLETED:
        yield Line("Download", _download(facts.progress))
    if job.video_url is not None:
        yield Line("Link", redact(clean_line(job.video_url, 2000)))
        yield from _link_life(job, facts.service_now)
    if job.cost is not None:
        yield Line("Cost", _cost(job.cost))
    elif job.price_usd is not None:
        yield Line("Price", f"{formatting.money(job.price_usd)}, as shown when ordered")
    if len(job.generation_ids) > 1:
        yield Line(
            "Charged", f"{len(job.generation_ids)} times: the service made it more than once", "warning"
        )


def _download(progress: DownloadProgress) -> str:
    if not progress.total:
        return formatting.size(progress.received)
    share = min(100, 100 * progress.received // progress.total)
    return f"{share} % of {formatting.size(progress.total)}"


def _link_life(job: Job, now: datetime) -> Iterator[Line]:
    if job.url_expires_at is None:
        return
    rest = (job.url_expires_at - now).total_seconds()
    if rest > 0:
        yield Line("Link expires", f"in {span(rest)}, at {moment(job.url_expires_at)}")
    else:
        yield Line("Link expired", f"{span(-rest)} ago, at {moment(job.url_expires_at)}", "muted")


def _cost(cost: Cost) -> str:
    parts = []
    if cost.usd is not None:
        parts.append(formatting.money(cost.usd))
    if cost.credits is not None:
        parts.append(f"{cost.credits:,} credits")
    source = _WITNESSES.get(cost.source, clean_line(cost.source, 40))
    return ", ".join(filter(None, (" = ".join(parts), source)))


def _order(job: Job) -> Iterator[Line]:
    """The parameters but the prompt, which has a section of its own."""
    for name, label, text in parameter_rows(job.model, job.parameters):
        if name == MODEL.name:
            yield Line(label, _model(job.model))
        elif name != PROMPT.name:
            yield Line(label, text)


def _model(model_id: str) -> str:
    shown = clean_line(model_id, 200)
    return f"{MODELS[model_id].label} ({shown})" if model_id in MODELS else shown


def _times(job: Job, facts: Facts) -> Iterator[Line]:
    ago = formatting.age((facts.now - job.created_at).total_seconds())
    yield Line("Ordered", f"{moment(job.created_at)} ({'just now' if ago == 'now' else ago + ' ago'})")
    for label, when in (
        ("Accepted", job.submitted_at),
        ("Completed", job.completed_at),
        ("Saved", job.saved_at),
    ):
        if when is not None:
            yield Line(label, moment(when))
    if job.submitted_at is not None and job.completed_at is not None:
        took = clock((job.completed_at - job.submitted_at).total_seconds())
        yield Line("Took", took if _end_was_seen(job) else f"at most {took} (not checked in between)")


def _end_was_seen(job: Job) -> bool:
    if job.submitted_at is None or job.completed_at is None or job.seen_running_at is None:
        return True
    times = (job.submitted_at, job.seen_running_at, job.completed_at)
    return end_was_seen(*(when.timestamp() for when in times))


def _traces(job: Job) -> Iterator[Line]:
    yield Line("Job", clean_line(job.id, 40))
    yield from _listed("Generation", job.generation_ids or _some(job.generation_id))
    if job.status_word is not None and _foreign_word(job) is None:
        yield Line("Service says", clean_line(job.status_word, 100))
    yield from _listed("Request id", _some(job.request_id or (job.error.request_id if job.error else None)))
    yield from _listed("Client id", [attempt.client_id for attempt in job.attempts])
    yield Line("Address", job.endpoint.path)
    if job.parent is not None:
        yield Line("Made from", clean_line(job.parent, 40))


def _listed(label: str, texts: Iterable[str]) -> Iterator[Line]:
    shown = "\n".join(clean_line(text, 200) for text in texts)
    if shown:
        yield Line(label, shown)


def _some(text: str | None) -> tuple[str, ...]:
    return (text,) if text else ()
