"""Polls generations. A failed poll never fails a job."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from wan_tui.domain.crashpoints import crash_point
from wan_tui.domain.errors import (
    Failure,
    Forbidden,
    Money,
    NotFound,
    NotSent,
    RateLimited,
    ServiceError,
    Unauthorized,
    Unavailable,
    Untrusted,
)
from wan_tui.domain.job import Job
from wan_tui.domain.observations import Blocked, GaveUp, Looked, Phase, StatusReport
from wan_tui.domain.parameters import MODELS, Dialect
from wan_tui.domain.progress import lost
from wan_tui.engine.context import EngineContext
from wan_tui.engine.evidence import Evidence
from wan_tui.engine.fingerprints import OTHER_KEY
from wan_tui.engine.rate_limiter import RateLimiter
from wan_tui.engine.recovery import Recovery
from wan_tui.engine.schedule import HOUR, NORMAL_LAG, POLLS_OPEN, POLLS_PER_SECOND, RECOVERY_SPAN

_SHOW_AFTER = 5
"""Failed polls in a row until the job shows the error."""
_GONE_AFTER = 3
"""Number of 404s in a row until the generation counts as unknown."""
_UNTRUSTED_WAIT = 300.0
_LINK_MISSING = Failure(
    "link_missing",
    "The film is made, but the service gives no link to it yet",
    Money.CHARGED,
    "Retrying automatically",
)


@dataclass(slots=True)
class _Watch:
    """Poll state of one job. ``accepted`` is when its order was accepted, by the monotonic clock."""

    accepted: float
    polled: bool = False
    failures: int = 0
    gone: int = 0
    linkless: int = 0
    running_at: datetime | None = None
    """When a poll last saw it running."""
    untrusted: bool = False


class Poller:
    """Moves jobs from *queued* through *generating* to *completed* or *failed*."""

    def __init__(
        self,
        context: EngineContext,
        recovery: Recovery,
    ) -> None:
        self._api = context.api
        self._recorder = context.recorder
        self._connection = context.connection
        self._recovery = recovery
        self._fingerprints = context.fingerprints
        self._schedule = context.schedule
        self._clock = context.clock
        self._limiter = RateLimiter(
            context.clock, rate=POLLS_PER_SECOND / context.schedule.scale, open=POLLS_OPEN
        )
        self._evidence = Evidence(context.api, context.schedule, context.clock)
        self._watches: dict[str, _Watch] = {}
        self._resumed = 0

    def delay(self, job: Job) -> float:
        """Seconds until the next poll of the job."""
        watch = self._watch(job)
        age = self._age(watch)
        if not watch.polled:
            first = self._schedule.first_poll()
            return first - age if age < first else self._schedule.resume(self._resumed)
        if watch.linkless:
            wait = self._schedule.link_wait(watch.linkless)
        elif watch.untrusted:
            wait = self._schedule.scaled(_UNTRUSTED_WAIT)
        elif watch.gone and age > self._schedule.scaled(NORMAL_LAG):
            wait = self._schedule.scaled(HOUR)
        elif watch.failures:
            wait = self._schedule.backoff(watch.failures, base=2.0)
        else:
            wait = self._schedule.next_poll(age)
        return wait * self._limiter.slowdown

    def resuming(self, jobs: int) -> None:
        """Set the number of jobs of earlier runs, whose first polls are spread out."""
        self._resumed = jobs

    async def step(self, job: Job) -> None:
        """Poll once and record the answer."""
        if job.generation_id is None:
            return
        await self._connection.key_ready()
        watch = self._watch(job)
        generation_id = job.generation_id
        fetch = partial(self._api.fetch, generation_id, job.endpoint)
        try:
            async with self._limiter.slot():
                await self._connection.key_ready()  # it may have been refused meanwhile
                report = await (
                    self._connection.with_key_retry(fetch) if self._fingerprints.same_key(job) else fetch()
                )
        except NotFound as error:
            await self._handle_missing(job, watch, error)
        except ServiceError as error:
            await self._record_error(job, watch, error)
        else:
            self._limiter.speed_up()
            self._connection.report_success()
            await self._record_report(job, watch, report)
        watch.polled = True

    async def ask_again(self, job: Job) -> bool:
        """Poll a generation that was given up, by all ids at all endpoints; return whether the service knows it.

        Raises ServiceError if it cannot be determined.
        """
        report, answered = await self._ask_everywhere(job, first=None)
        if report is None:
            if not answered:
                raise Unavailable("The service did not answer at all endpoints")
            return False
        self._watches.pop(job.id, None)
        await self._recorder.record(job.id, report)
        return True

    async def _record_report(self, job: Job, watch: _Watch, report: StatusReport) -> None:
        if report.phase is Phase.GONE:
            await self._handle_missing(
                job, watch, NotFound("The service says that it does not know this generation")
            )
            return
        if report.phase in (Phase.QUEUED, Phase.RUNNING):
            watch.running_at = self._clock.now()
        report = replace(report, running_at=watch.running_at)
        watch.failures = watch.gone = 0
        watch.untrusted = False
        waiting_for_link = report.phase is Phase.DONE and report.video_url is None
        watch.linkless = watch.linkless + 1 if waiting_for_link else 0
        await self._recorder.record(job.id, report)
        if report.phase is Phase.DONE:
            crash_point("after-completed")
        missing = report.failure or (_LINK_MISSING if watch.linkless > 1 else None)
        await self._recorder.record(job.id, Blocked(missing if waiting_for_link else None))

    async def _record_error(self, job: Job, watch: _Watch, error: ServiceError) -> None:
        match error:
            case Forbidden() if not self._fingerprints.same_key(job):
                # This key may not see the job, but it is not a bad key.
                watch.gone += 1
                await self._recorder.record(job.id, Blocked(OTHER_KEY))
                return
            case Unauthorized() | Forbidden():
                self._connection.key_refused(error)
                return
            case RateLimited():
                self._limiter.slow_down(error.retry_after)
                return
            case NotSent():
                self._connection.report_failure(error)
        watch.untrusted = isinstance(error, Untrusted)
        watch.failures += 1
        if watch.failures >= _SHOW_AFTER:
            await self._recorder.record(job.id, Blocked(_still_polling(error)))

    async def _handle_missing(self, job: Job, watch: _Watch, error: NotFound) -> None:
        """Handle a 404: normal for a new job, maybe due to a wrong id or endpoint, no evidence with another key."""
        watch.gone += 1
        believed = self._age(watch) >= self._schedule.scaled(NORMAL_LAG) and watch.gone >= _GONE_AFTER
        if not believed and len(job.generation_ids) < 2:
            return
        report, answered = await self._ask_everywhere(job, first=job.generation_id)
        if report is not None:
            await self._record_report(job, watch, report)
        elif not believed:
            return
        elif not self._fingerprints.same_key(job):
            await self._recorder.record(job.id, Blocked(OTHER_KEY))
        elif answered and await self._log_has_nothing(job):
            await self._record_miss(job, error)
        else:
            await self._recorder.record(job.id, Blocked(_still_polling(error)))

    async def _ask_everywhere(self, job: Job, *, first: str | None) -> tuple[StatusReport | None, bool]:
        """Poll every id of the job at every endpoint, except ``first`` at the job's own.

        Returns the first report of a known generation, and whether all polls were answered.
        """
        answered = True
        for dialect in (job.endpoint, *_others(job)):
            for generation_id in job.generation_ids:
                if generation_id == first and dialect is job.endpoint:
                    continue
                try:
                    report = await self._api.fetch(generation_id, dialect)
                except NotFound:
                    continue
                except ServiceError:
                    answered = False
                else:
                    if report.phase is not Phase.GONE:
                        return report, True
        return None, answered

    async def _log_has_nothing(self, job: Job) -> bool:
        """Whether the service's log neither names another generation of the job nor says that the order failed."""
        if not job.attempts:
            return True
        try:
            return not await self._recovery.look_up(job)
        except ServiceError:
            return False

    async def _record_miss(self, job: Job, error: ServiceError) -> None:
        """Record an unsuccessful lookup; give up if there were enough."""
        search = self._evidence.looked(job)
        await self._recorder.record(job.id, Looked(search))
        if search.exhausted(self._schedule.scaled(RECOVERY_SPAN)):
            await self._recorder.record(job.id, GaveUp(_given_up(job)))
        else:
            await self._recorder.record(job.id, Blocked(_still_polling(error)))

    def _watch(self, job: Job) -> _Watch:
        if job.id not in self._watches:
            since = job.submitted_at or job.created_at
            now = self._clock.earlier_now(self._api.clock_offset)
            age = max(0.0, (now - since).total_seconds())
            self._watches[job.id] = _Watch(self._clock.monotonic() - age)
        return self._watches[job.id]

    def _age(self, watch: _Watch) -> float:
        """Seconds since the order was accepted, independent of the wall clock."""
        return self._clock.monotonic() - watch.accepted


def _others(job: Job) -> list[Dialect]:
    """The other endpoints for the job's model."""
    model = MODELS.get(job.model)
    return [dialect for dialect in (model.dialects if model else Dialect) if dialect is not job.endpoint]


def _still_polling(error: ServiceError) -> Failure:
    return Failure(
        "not_answering",
        error.message,
        Money.CHARGED,
        "Retrying automatically; nothing is lost",
        error.request_id,
    )


def _given_up(job: Job) -> Failure:
    return lost(
        "The service has not known this generation for a day",
        Money.CHARGED,
        f"Ask the service's support about {job.generation_id}",
    )
