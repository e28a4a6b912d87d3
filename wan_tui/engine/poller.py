"""Asking the service how a generation is getting on, patiently: no job fails because a question failed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from wan_tui.api.client import ApiClient
from wan_tui.domain.crashpoints import crash_point
from wan_tui.domain.errors import (
    Failure,
    Money,
    NoCredits,
    NotFound,
    RateLimited,
    ServiceError,
    Unauthorized,
    Unreachable,
    Untrusted,
)
from wan_tui.domain.job import Job
from wan_tui.domain.observations import Hindered, Phase, StatusReport, Untraceable
from wan_tui.domain.parameters import MODELS, Dialect
from wan_tui.domain.progress import lost
from wan_tui.engine.clock import Clock
from wan_tui.engine.limiter import Limiter
from wan_tui.engine.link import LinkMonitor
from wan_tui.engine.recorder import Recorder
from wan_tui.engine.schedule import HOUR, NORMAL_LAG, POLLS_OPEN, POLLS_PER_SECOND, RECOVERY_SPAN, Schedule

_SHOW_AFTER = 5
"""Failed questions in a row after which the job says so."""
_GONE_AFTER = 3
"""How many times in a row the service must say "unknown" before it is believed."""
_UNTRUSTED_WAIT = 300.0
_LINK_MISSING = Failure(
    "link_missing",
    "The film is made, but the service gives no link to it yet",
    Money.CHARGED,
    "It is asked for again by itself",
)


@dataclass(slots=True)
class _Watch:
    """What is remembered between two polls of one job."""

    polled: bool = False
    blips: int = 0
    gone: int = 0
    linkless: int = 0
    running_at: datetime | None = None
    """When the service last said that it is at work."""
    untrusted: bool = False


class Poller:
    """Takes jobs from *queued* over *generating* to *completed* or *failed*."""

    def __init__(
        self, api: ApiClient, recorder: Recorder, link: LinkMonitor, schedule: Schedule, clock: Clock
    ) -> None:
        self._api = api
        self._recorder = recorder
        self._link = link
        self._schedule = schedule
        self._clock = clock
        self._limiter = Limiter(clock, rate=POLLS_PER_SECOND / schedule.scale, open=POLLS_OPEN)
        self._watches: dict[str, _Watch] = {}
        self._resumed = 0

    def delay(self, job: Job) -> float:
        """Seconds until the job is to be asked about."""
        watch = self._watches.setdefault(job.id, _Watch())
        age = self._age(job)
        if not watch.polled:
            first = self._schedule.first_poll()
            return first - age if age < first else self._schedule.resume(self._resumed)
        if watch.linkless:
            wait = self._schedule.link_wait(watch.linkless)
        elif watch.untrusted:
            wait = self._schedule.scaled(_UNTRUSTED_WAIT)
        elif watch.gone and age > self._schedule.scaled(NORMAL_LAG):
            wait = self._schedule.scaled(HOUR)
        elif watch.blips:
            wait = self._schedule.backoff(watch.blips, base=2.0)
        else:
            wait = self._schedule.next_poll(age)
        return wait * self._limiter.slowness

    def resuming(self, jobs: int) -> None:
        """So many jobs are left from before: their first questions are spread out."""
        self._resumed = jobs

    async def step(self, job: Job) -> None:
        """Ask once and record the answer."""
        if job.generation_id is None:
            return
        await self._link.key_ready()
        watch = self._watches.setdefault(job.id, _Watch())
        try:
            async with self._limiter.passage():
                report = await self._api.fetch(job.generation_id, job.endpoint)
        except NotFound as error:
            await self._missing(job, watch, error)
        except ServiceError as error:
            await self._blip(job, watch, error)
        else:
            self._limiter.went_well()
            self._link.works()
            await self._news(job, watch, report)
        watch.polled = True

    async def ask_again(self, job: Job) -> bool:
        """Ask once about a generation that was given up, at all its addresses; True if the service knows it after all.

        Raises ServiceError kinds where it does not say.
        """
        for dialect in (job.endpoint, *_others(job)):
            try:
                report = await self._api.fetch(job.generation_id or "", dialect)
            except NotFound:
                continue
            except Unauthorized as error:
                self._link.key_refused(error)
                raise
            if report.phase is not Phase.GONE:
                self._watches.pop(job.id, None)
                await self._recorder.record(job.id, report)
                return True
        return False

    async def _news(self, job: Job, watch: _Watch, report: StatusReport) -> None:
        if report.phase is Phase.GONE:
            await self._missing(
                job, watch, NotFound("The service says that it does not know this generation")
            )
            return
        if report.phase in (Phase.QUEUED, Phase.RUNNING):
            watch.running_at = self._clock.now()
        report = replace(report, running_at=watch.running_at)
        watch.blips = watch.gone = 0
        watch.untrusted = False
        waiting_for_link = report.phase is Phase.DONE and report.video_url is None
        watch.linkless = watch.linkless + 1 if waiting_for_link else 0
        await self._recorder.record(job.id, report)
        if report.phase is Phase.DONE:
            crash_point("after-completed")
        missing = report.failure or (_LINK_MISSING if watch.linkless > 1 else None)
        await self._recorder.record(job.id, Hindered(missing if waiting_for_link else None))

    async def _blip(self, job: Job, watch: _Watch, error: ServiceError) -> None:
        match error:
            case Unauthorized() | NoCredits():
                self._link.key_refused(error)
                return
            case RateLimited():
                self._limiter.slow_down(error.retry_after)
                return
            case Unreachable() | Untrusted():
                self._link.fails(error)
        watch.untrusted = isinstance(error, Untrusted)
        watch.blips += 1
        if watch.blips >= _SHOW_AFTER:
            await self._recorder.record(job.id, Hindered(_still_asking(error)))

    async def _missing(self, job: Job, watch: _Watch, error: NotFound) -> None:
        """A 404 is normal for a fresh job, may be the wrong address for an old one, and is proof of nothing."""
        watch.gone += 1
        if self._age(job) < self._schedule.scaled(NORMAL_LAG) or watch.gone < _GONE_AFTER:
            return
        report = await self._elsewhere(job) if watch.gone == _GONE_AFTER else None
        if report is not None and report.phase is not Phase.GONE:
            await self._news(job, watch, report)
        elif self._least_age(job) > self._schedule.scaled(RECOVERY_SPAN):
            await self._recorder.record(job.id, Untraceable(_gone_for_good(job)))
        else:
            await self._recorder.record(job.id, Hindered(_still_asking(error)))

    async def _elsewhere(self, job: Job) -> StatusReport | None:
        """Ask at the service's other address, once."""
        for dialect in _others(job):
            try:
                return await self._api.fetch(job.generation_id or "", dialect)
            except ServiceError:
                continue
        return None

    def _age(self, job: Job) -> float:
        """Seconds since the order was accepted; a clock set back makes it 0, never negative."""
        return max(0.0, (self._clock.now() - (job.submitted_at or job.created_at)).total_seconds())

    def _least_age(self, job: Job) -> float:
        """The same by the clock that is behind: no job is given up because one jumped."""
        now = self._clock.earlier_now(self._api.clock_offset)
        return (now - (job.submitted_at or job.created_at)).total_seconds()


def _others(job: Job) -> list[Dialect]:
    """The service's other addresses for the job's model."""
    model = MODELS.get(job.model)
    return [dialect for dialect in (model.dialects if model else Dialect) if dialect is not job.endpoint]


def _still_asking(error: ServiceError) -> Failure:
    return Failure(
        "not_answering",
        error.message,
        Money.CHARGED,
        "Asking goes on by itself; nothing is lost",
        error.request_id,
    )


def _gone_for_good(job: Job) -> Failure:
    return lost(
        "The service has not known this generation for a day",
        Money.CHARGED,
        f"Ask the service's support about {job.generation_id}",
    )
