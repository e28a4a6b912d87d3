"""Handles links that the film host refuses: retries, asks the service for another link, and finally gives up.

A link is given up if the host refuses it, the service gives no other, and its expiry date has passed by their clocks:
ours may be off by days. If the date or their time is unknown, a day of retries is required instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum, auto

from wan_tui.domain.errors import Failure, LinkDead, Money, NotFound, Unauthorized
from wan_tui.domain.job import Job
from wan_tui.domain.observations import StatusReport
from wan_tui.engine.context import EngineContext
from wan_tui.engine.schedule import DAY, MINUTE

LONGEST_WAIT = 5 * MINUTE
"""Maximum seconds between two retries of a refused link."""

EXPIRED = "expired"
"""Error code of a job whose link was given up."""

_EACH = 2
"""Number of refusals per request for another link."""


class LinkAnswer(Enum):
    """Result of asking the service for another link without getting one."""

    NO_OTHER = auto()
    NOT_ASKED = auto()


def link_expired(
    expires_at: datetime | None, moments: Sequence[datetime | None], tried: float, span: float
) -> bool:
    """Whether a refused link can be given up.

    ``moments``: current time by the clocks of host and service, None if unknown. ``tried``: seconds of failed retries;
    ``span``: how many are enough if date or time are unknown.
    """
    known = [moment for moment in moments if moment is not None]
    if expires_at is None or not known:
        return tried >= span
    return min(known) > expires_at + timedelta(seconds=MINUTE)


class DeadLinks:
    """Counts refusals and asks the service for another link now and then."""

    def __init__(
        self,
        context: EngineContext,
    ) -> None:
        self._api = context.api
        self._fingerprints = context.fingerprints
        self._connection = context.connection
        self._schedule = context.schedule
        self._clock = context.clock
        self._refused: dict[str, int] = {}
        self._unasked: dict[str, int] = {}
        """Refusals since the service was last asked for another link."""
        self._last: dict[str, float] = {}

    def forget(self, job_id: str) -> None:
        """The link works."""
        for known in (self._refused, self._unasked, self._last):
            known.pop(job_id, None)

    def wait(self, job_id: str) -> float | None:
        """Seconds until the next retry; None if this job's link was not refused."""
        refused = self._refused.get(job_id)
        return None if refused is None else self._schedule.backoff(refused, cap=LONGEST_WAIT)

    def refused(self, job_id: str) -> float:
        """Count a refusal; returns the seconds of trying since the one before, in this run."""
        now = self._clock.monotonic()
        # Time during which the machine was suspended does not count.
        since = min(now - self._last.get(job_id, now), 2 * self._schedule.scaled(LONGEST_WAIT))
        self._last[job_id] = now
        self._refused[job_id] = self._refused.get(job_id, 0) + 1
        self._unasked[job_id] = self._unasked.get(job_id, _EACH - 1) + 1
        return since

    def is_expired(self, job: Job, host_time: datetime | None, tried: float) -> bool:
        """Whether the refused link of ``job`` can be given up, if the service gives no other."""
        offset = self._api.clock_offset
        service = None if offset is None else self._clock.service_now(offset)
        return link_expired(job.url_expires_at, [host_time, service], tried, self._schedule.scaled(DAY))

    def should_ask(self, job: Job) -> bool:
        """Whether to ask the service for another link: not after each refusal, and not without a key."""
        turn = job.state.settled or self._unasked.get(job.id, _EACH) >= _EACH
        return turn and self._connection.key_usable

    async def ask(self, job: Job) -> LinkAnswer | StatusReport:
        """Ask the service for the link of ``job``; returns a report if it has another one. Raises ServiceError."""
        self._unasked[job.id] = 0
        try:
            report = await self._connection.with_key_retry(
                lambda: self._api.fetch(job.generation_id or "", job.endpoint)
            )
        except NotFound:  # the answer for any film of another key
            return LinkAnswer.NO_OTHER if self._fingerprints.same_key(job) else LinkAnswer.NOT_ASKED
        except Unauthorized as error:
            self._connection.key_refused(error)
            return LinkAnswer.NOT_ASKED
        if report.video_url in (None, job.video_url):
            return LinkAnswer.NO_OTHER
        self._unasked.pop(job.id, None)
        return report


def still_trying(job: Job, error: LinkDead) -> Failure:
    """The failure of a refused link that may still be valid."""
    next_step = (
        "f in the studio retries; the job is kept"
        if job.state.settled
        else "Retrying automatically, and asking the service for another link"
    )
    return replace(error.failure(), next_step=next_step)


def expired(job: Job) -> Failure:
    return Failure(
        EXPIRED,
        "The link to the film has expired and the service gives no other",
        Money.CHARGED,
        f"Ask the service's support about {job.generation_id}",
        job.request_id,
    )
