"""The job state machine: ``advance(job, observation, now)``, a pure function.

States only move forward, with two exceptions: ``NothingSent`` goes back to waiting, and a job that was given up or
refused resumes if the service turns out to know it. A late observation, from an older process or a slow socket, never
reverts what is known; a generation id is never dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import PurePath

from wan_tui.domain.errors import Failure, Money
from wan_tui.domain.job import Attempt, Cost, Job, JobState
from wan_tui.domain.observations import (
    Accepted,
    Blocked,
    Edited,
    FilmSaved,
    FoundInLog,
    GaveUp,
    IdSeen,
    InDoubt,
    LinkExpired,
    Looked,
    NothingSent,
    Observation,
    Phase,
    Sending,
    StatusReport,
    TurnedDown,
    Withdrawn,
)

_IN_FLIGHT = (JobState.SUBMITTING, JobState.UNCONFIRMED)
_BEFORE_ACCEPTANCE = (JobState.WAITING, JobState.SUBMITTING, JobState.UNCONFIRMED)
_RANK = {state: rank for rank, state in enumerate(JobState)}


def advance(job: Job, seen: Observation, now: datetime) -> Job:
    """Return ``job`` after ``seen``; an equal job if nothing changes."""
    match seen:
        case Sending() if job.state is JobState.WAITING:
            return _sending(job, seen, now)
        case NothingSent() if job.state in _IN_FLIGHT and job.generation_id is None:
            return _not_sent(job, seen)
        case IdSeen() if job.state is JobState.SUBMITTING:  # until its answer is read
            return _with_id(job, seen.generation_id)
        case IdSeen():
            return _accepted_as(job, seen.generation_id, now)
        case Accepted():
            return _accepted(job, seen, now)
        case TurnedDown() if job.state in _BEFORE_ACCEPTANCE and job.generation_id is None:
            return _with_refused_ids(_failed(job, seen.failure), seen.generation_ids)
        case InDoubt() if job.state is JobState.SUBMITTING:
            return _in_doubt(job, seen, now)
        case FoundInLog():
            return _found(job, seen, now)
        case StatusReport():
            return _reported(job, seen, now)
        case Looked() if job.state is JobState.UNCONFIRMED or job.awaits_link:
            return replace(job, search=seen.search)
        case GaveUp() if job.state is JobState.UNCONFIRMED or job.awaits_link:
            return _failed(job, seen.failure)
        case FilmSaved() if job.state in (JobState.COMPLETED, JobState.EXPIRED, JobState.SAVED):
            return _saved(job, seen, now)
        case LinkExpired() if job.state is JobState.COMPLETED and not job.awaits_link:
            return replace(job, state=JobState.EXPIRED, error=seen.failure, problem=None)
        case Blocked() if not job.state.settled and job.problem != seen.failure:
            return replace(job, problem=seen.failure)
        case Withdrawn() if job.state is JobState.WAITING:
            state = JobState.FAILED if seen.failure else JobState.CANCELLED
            return replace(job, state=state, error=seen.failure, problem=None)
        case Edited():
            return _edited(job, seen, now)
    return job


def _sending(job: Job, seen: Sending, now: datetime) -> Job:
    return replace(
        job,
        state=JobState.SUBMITTING,
        attempts=(*job.attempts, Attempt(seen.client_id, now, seen.service_at)),
        key_fingerprint=seen.key_fingerprint,
        price_usd=seen.price_usd,
        problem=None,
        search=None,
    )


def _not_sent(job: Job, seen: NothingSent) -> Job:
    """Back to waiting, unless the observation is about an older attempt."""
    if not job.attempts or job.attempts[-1].client_id != seen.client_id:
        return job
    job = replace(job, state=JobState.WAITING, problem=seen.failure, search=None)
    return _with_refused_ids(job, seen.generation_ids)


def _with_refused_ids(job: Job, ids: Sequence[str]) -> Job:
    return replace(job, refused_ids=tuple(dict.fromkeys((*job.refused_ids, *ids))))


def _failed(job: Job, failure: Failure | None) -> Job:
    failed = replace(job, state=JobState.FAILED, error=failure, problem=None, search=None)
    return _costing(failed, job.cost)


def _costing(job: Job, cost: Cost | None) -> Job:
    """Set the cost. A failed job costs nothing unless it was charged, whatever usage the service reports."""
    charged = job.error is not None and job.error.money is Money.CHARGED
    return replace(job, cost=cost if charged or job.state is not JobState.FAILED else None)


def _accepted(job: Job, seen: Accepted, now: datetime) -> Job:
    job = _with_id(job, seen.report.generation_id)
    return _reported(replace(job, reply=seen.reply or job.reply), seen.report, now)


def _in_doubt(job: Job, seen: InDoubt, now: datetime) -> Job:
    if job.generation_id is not None:  # the header was seen
        return _accepted_as(job, job.generation_id, now)
    return replace(job, state=JobState.UNCONFIRMED, problem=seen.failure)


def _found(job: Job, seen: FoundInLog, now: datetime) -> Job:
    job = _accepted_as(job, seen.generation_id, job.attempts[-1].at if job.attempts else now)
    return _costing(job, job.cost or seen.cost)


def _reported(job: Job, seen: StatusReport, now: datetime) -> Job:
    job = replace(job, status_word=seen.word or job.status_word, request_id=seen.request_id or job.request_id)
    if job.generation_id is not None:
        if not (job.recoverable and seen.phase in (Phase.GONE, Phase.FAILED)):
            job = _accepted_as(job, job.generation_id, now)
        job = _use_known_id(job, seen)
    job = _costing(job, seen.cost or job.cost)
    match seen.phase:
        case Phase.RUNNING:
            return _forward(job, JobState.GENERATING)
        case Phase.DONE:
            return _completed(job, seen, now)
        case Phase.FAILED if job.awaits_link or job.recoverable:
            return _failed(job, seen.failure)
    return job


def _use_known_id(job: Job, seen: StatusReport) -> Job:
    """Of a job's several ids, poll the one that the service knows from now on."""
    if seen.phase is Phase.GONE:
        return job
    known = [id_ for id_ in job.generation_ids if generation(id_) == generation(seen.generation_id)]
    return replace(job, generation_id=known[0], search=None) if known else job


def _completed(job: Job, seen: StatusReport, now: datetime) -> Job:
    """The film is made; its link may come later. A known link is replaced only by another link."""
    if seen.video_url is None and not job.state.running:
        return job
    if job.state is JobState.SAVED:  # a fresh link, should the file be missing
        return replace(job, video_url=seen.video_url, url_expires_at=seen.url_expires_at)
    if job.state in (JobState.CANCELLED, JobState.FAILED):
        return job
    return replace(
        job,
        state=JobState.COMPLETED,
        completed_at=job.completed_at or now,
        seen_running_at=job.seen_running_at if job.completed_at else seen.running_at or job.submitted_at,
        video_url=seen.video_url,
        url_expires_at=seen.url_expires_at,
        error=None,
        problem=None if job.awaits_link else job.problem,
    )


def _saved(job: Job, seen: FilmSaved, now: datetime) -> Job:
    return replace(
        job,
        state=JobState.SAVED,
        film=PurePath(seen.path).name,
        film_path=seen.path,
        film_size=seen.size,
        saved_at=job.saved_at or now,
        error=None,
        problem=None,
    )


def _edited(job: Job, seen: Edited, now: datetime) -> Job:
    if seen.trashed is not None:
        job = replace(job, trashed_at=(job.trashed_at or now) if seen.trashed else None)
    return replace(
        job,
        starred=job.starred if seen.starred is None else seen.starred,
        followed=job.followed if seen.followed is None else seen.followed,
    )


def _accepted_as(job: Job, generation_id: str, at: datetime) -> Job:
    """The service has the order, whatever the previous state: it must not be sent again."""
    job = _with_id(job, generation_id)
    if not (job.state in _BEFORE_ACCEPTANCE or job.recoverable):
        return job
    return replace(
        job,
        state=JobState.QUEUED,
        submitted_at=job.submitted_at or at,
        error=None,
        problem=None,
        search=None,
    )


def _with_id(job: Job, generation_id: str) -> Job:
    """Add a generation id. No id is dropped and the one in use stays in use. ``UUID`` and ``UUID:model`` name the
    same generation; the longer form is kept.
    """
    same = next(
        (known for known in job.generation_ids if generation(known) == generation(generation_id)), None
    )
    if same is None:
        ids = (*job.generation_ids, generation_id)
    elif len(generation_id) > len(same):
        ids = tuple(generation_id if known == same else known for known in job.generation_ids)
    else:
        return job
    used = generation(job.generation_id or ids[0])
    in_use = next((id_ for id_ in ids if generation(id_) == used), ids[0])
    return replace(job, generation_id=in_use, generation_ids=ids)


def generation(generation_id: str) -> str:
    """The UUID part of a generation id, ``UUID`` or ``UUID:model``."""
    return generation_id.partition(":")[0]


def _forward(job: Job, state: JobState) -> Job:
    if job.state.settled or _RANK[job.state] >= _RANK[state]:
        return job
    return replace(job, state=state)


def lost(message: str, money: Money, next_step: str, code: str = "lost") -> Failure:
    """The failure of a job that can no longer be traced."""
    return Failure(code, message, money, next_step)


def duplicate(job: Job, seen: FoundInLog, job_id: str, now: datetime) -> Job:
    """A job for an additional film that the service made and charged for the order of ``job``."""
    return replace(
        job,
        id=job_id,
        parent=job.id,
        created_at=now,
        generation_id=seen.generation_id,
        generation_ids=(seen.generation_id,),
        cost=seen.cost,
        reply=None,
        starred=False,
    )
