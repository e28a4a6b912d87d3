"""How news changes a job: ``advance(job, observation, now)``, a pure function.

Moves only go forward, except the named ones: ``NothingSent`` back to waiting, and a job given up as lost goes on
where the service shows that it knows it after all. News that comes late, from an older process or a slow socket,
never undoes what is known; an id once given is never dropped.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from wan_tui.domain.errors import Failure, Money
from wan_tui.domain.job import Attempt, Job, JobState
from wan_tui.domain.observations import (
    Accepted,
    Edited,
    Hindered,
    IdSeen,
    InDoubt,
    Kept,
    LinkExpired,
    NothingSent,
    Observation,
    Phase,
    Sending,
    StatusReport,
    Traced,
    TurnedDown,
    Untraceable,
    Withdrawn,
)

_BEFORE_ACCEPTANCE = (JobState.WAITING, JobState.SUBMITTING, JobState.UNCONFIRMED)
_RANK = {state: rank for rank, state in enumerate(JobState)}


def advance(job: Job, seen: Observation, now: datetime) -> Job:
    """Return ``job`` as it is after ``seen``; an equal one where the news changes nothing."""
    match seen:
        case Sending() if job.state is JobState.WAITING:
            return _sending(job, seen, now)
        case NothingSent() if job.state is JobState.SUBMITTING and job.generation_id is None:
            return replace(job, state=JobState.WAITING, problem=seen.failure)
        case IdSeen() if job.state is JobState.SUBMITTING:  # until its answer is read
            return _with_id(job, seen.generation_id)
        case IdSeen():
            return _arrived(job, seen.generation_id, now)
        case Accepted():
            return _accepted(job, seen, now)
        case TurnedDown() if job.state in _BEFORE_ACCEPTANCE and job.generation_id is None:
            return replace(job, state=JobState.FAILED, error=seen.failure, problem=None)
        case InDoubt() if job.state is JobState.SUBMITTING:
            return _in_doubt(job, seen, now)
        case Traced():
            return _traced(job, seen, now)
        case StatusReport():
            return _reported(job, seen, now)
        case Untraceable() if job.state is JobState.UNCONFIRMED or job.awaits_link:
            return replace(job, state=JobState.FAILED, error=seen.failure, problem=None)
        case Kept() if job.state in (JobState.COMPLETED, JobState.EXPIRED, JobState.SAVED):
            return _kept(job, seen, now)
        case LinkExpired() if job.state is JobState.COMPLETED and not job.awaits_link:
            return replace(job, state=JobState.EXPIRED, error=seen.failure, problem=None)
        case Hindered() if not job.state.settled and job.problem != seen.failure:
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
        attempts=(*job.attempts, Attempt(seen.client_id, now)),
        key_fingerprint=seen.key_fingerprint,
        price_usd=seen.price_usd,
        problem=None,
    )


def _accepted(job: Job, seen: Accepted, now: datetime) -> Job:
    job = _with_id(job, seen.report.generation_id)
    return _reported(replace(job, reply=seen.reply or job.reply), seen.report, now)


def _in_doubt(job: Job, seen: InDoubt, now: datetime) -> Job:
    if job.generation_id is not None:  # the header was seen
        return _arrived(job, job.generation_id, now)
    return replace(job, state=JobState.UNCONFIRMED, problem=seen.failure)


def _traced(job: Job, seen: Traced, now: datetime) -> Job:
    job = _arrived(job, seen.generation_id, job.attempts[-1].at if job.attempts else now)
    return replace(job, cost=job.cost or seen.cost)


def _reported(job: Job, seen: StatusReport, now: datetime) -> Job:
    job = replace(
        job,
        status_word=seen.word or job.status_word,
        request_id=seen.request_id or job.request_id,
        cost=seen.cost or job.cost,
    )
    if job.generation_id is not None and not (job.given_up and seen.phase in (Phase.GONE, Phase.FAILED)):
        job = _arrived(job, job.generation_id, now)
    match seen.phase:
        case Phase.RUNNING:
            return _forward(job, JobState.GENERATING)
        case Phase.DONE:
            return _completed(job, seen, now)
        case Phase.FAILED if job.awaits_link or job.given_up:
            return replace(job, state=JobState.FAILED, error=seen.failure, problem=None)
    return job


def _completed(job: Job, seen: StatusReport, now: datetime) -> Job:
    """The film is made; its link may come later. A link once known is only replaced by another."""
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


def _kept(job: Job, seen: Kept, now: datetime) -> Job:
    return replace(
        job,
        state=JobState.SAVED,
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


def _arrived(job: Job, generation_id: str, at: datetime) -> Job:
    """The service has the order, whatever was thought of it before: it is not to be sent again."""
    job = _with_id(job, generation_id)
    if not (job.state in _BEFORE_ACCEPTANCE or job.given_up):
        return job
    return replace(job, state=JobState.QUEUED, submitted_at=job.submitted_at or at, error=None, problem=None)


def _with_id(job: Job, generation_id: str) -> Job:
    """An id is never dropped. ``UUID`` and ``UUID:model`` name one generation: the fuller form is kept for it."""
    same = next(
        (known for known in job.generation_ids if generation(known) == generation(generation_id)), None
    )
    if same is None:
        ids = (*job.generation_ids, generation_id)
    elif len(generation_id) > len(same):
        ids = tuple(generation_id if known == same else known for known in job.generation_ids)
    else:
        return job
    return replace(job, generation_id=ids[0], generation_ids=ids)


def generation(generation_id: str) -> str:
    """What names the generation in each form of its id, ``UUID`` and ``UUID:model``."""
    return generation_id.partition(":")[0]


def _forward(job: Job, state: JobState) -> Job:
    if job.state.settled or _RANK[job.state] >= _RANK[state]:
        return job
    return replace(job, state=state)


def lost(message: str, money: Money, next_step: str, code: str = "lost") -> Failure:
    """The failure of a job whose trace is gone."""
    return Failure(code, message, money, next_step)


def twin(job: Job, seen: Traced, job_id: str, now: datetime) -> Job:
    """A job for one more film that the service made, and charged, for the order of ``job``."""
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
