"""Decides whether an order may be sent: at once only if it was provably never sent.

This process knows that about orders it created itself, if every attempt was proved not sent. Any other order may have
been sent by another process, whatever its record says: the record may come from a backup or from a copy of the library
on another machine. Such an order is first looked up in the service's log, by client ids that start with the job id,
and in the ledger. The log lags, so it is read a second time after a while.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from wan_tui.api.wire.records import LedgerRow
from wan_tui.domain.errors import Failure, Forbidden, Money, ServiceError, Unauthorized, Unreachable
from wan_tui.domain.job import Job
from wan_tui.domain.text import clean_line
from wan_tui.engine.context import EngineContext
from wan_tui.engine.fingerprints import OTHER_KEY
from wan_tui.engine.recovery import Recovery
from wan_tui.engine.schedule import MINUTE, RATE_LIMIT_WAITS

LOG_LAG = 2 * MINUTE
"""Maximum lag of the service's log in all but rare cases."""

_CHARGE_LOOKS = 5
"""How often a charge is looked at again that may be for an order on its way, before the user is asked."""

MOST_LOOKS = 1 + _CHARGE_LOOKS
"""Looks after which an order is sent or handed to the user, if none of them fails."""

CHECKING = Failure(
    "checking",
    "The order is from an earlier run, so the service's log is checked before it is sent",
    Money.FREE,
    "It will be sent automatically in a few minutes unless the service already has it",
)
_SEND_ANYWAY = "f in the studio sends it anyway, x withdraws it"
_LOG_CLOSED = Failure(
    "log_closed",
    "The order is from an earlier run, and this key may not read the service's log to check whether it was sent",
    Money.UNKNOWN,
    _SEND_ANYWAY,
)
_OTHER_KEY = replace(OTHER_KEY, next_step=f"{OTHER_KEY.next_step}; {_SEND_ANYWAY}")
_OVERRIDABLE = frozenset({"log_closed", "maybe_charged", OTHER_KEY.code})
"""Codes of failures that block an order until the user decides to send it anyway."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an order may be sent now; else when to check again (``wait`` in seconds, None: only when the user asks),
    and ``why``.
    """

    send: bool = False
    wait: float | None = None
    why: Failure | None = None


class SendGuard:
    """Tracks which orders this process knows to be unsent."""

    def __init__(
        self,
        context: EngineContext,
        recovery: Recovery,
    ) -> None:
        self._instance = context.instance
        self._recovery = recovery
        self._fingerprints = context.fingerprints
        self._connection = context.connection
        self._schedule = context.schedule
        self._clock = context.clock
        self._unsent: set[str] = set()
        self._known_since: dict[str, float] = {}
        self._failed_lookups: dict[str, int] = {}
        self._charge_looks: dict[str, int] = {}
        self._overridden: set[str] = set()

    def made_here(self, job_id: str) -> None:
        """This process created the order: no other process can have sent it."""
        self._unsent.add(job_id)
        self._known_since[job_id] = self._clock.monotonic()

    def age(self, job: Job) -> float:
        """Seconds since the order was created; by its record if another run created it, even in the future."""
        now = self._clock.monotonic()
        if job.id in self._unsent:
            return now - self._known_since[job.id]
        recorded = abs((self._clock.now() - job.created_at).total_seconds())
        return max(recorded, now - self._known_since.get(job.id, now))

    def leaving(self, job_id: str) -> None:
        """The order is about to be sent: from now on only proof makes it count as unsent again."""
        self._unsent.discard(job_id)
        self._overridden.discard(job_id)
        self._failed_lookups.pop(job_id, None)
        self._charge_looks.pop(job_id, None)

    def not_sent(self, job_id: str) -> None:
        """Proof that the last attempt, made here, was not sent."""
        self._unsent.add(job_id)
        self._known_since.setdefault(job_id, self._clock.monotonic())

    def overridden(self, job: Job) -> None:
        """The user wants it sent now despite ``job.problem``."""
        self._failed_lookups.pop(job.id, None)
        if job.problem is not None and job.problem.code in _OVERRIDABLE:
            self._overridden.add(job.id)

    async def verdict(self, job: Job) -> Verdict:
        """Whether the order may be sent now. If the service has it already, that is recorded."""
        since = self._known_since.setdefault(job.id, self._clock.monotonic())
        ours = all(attempt.instance == self._instance for attempt in job.attempts)
        made_here = ours and (bool(job.attempts) or job.id in self._unsent)
        if (job.id in self._unsent and ours) or job.id in self._overridden:
            return Verdict(send=True)
        left = self._schedule.scaled(LOG_LAG) - (self._clock.monotonic() - since)
        try:
            if await self._recovery.find_order(job):
                return Verdict()
        except ServiceError as error:
            return self._lookup_failed(job, error)
        if made_here:  # the service had rejected it
            return Verdict(send=True)
        if not self._fingerprints.same_key(job):  # the log omits orders made with another key
            return Verdict(why=_OTHER_KEY)
        if left > 0:
            return Verdict(wait=left, why=CHECKING)
        return await self._check_ledger(job)

    async def _check_ledger(self, job: Job) -> Verdict:
        """Check for a charge. If the key may not read the ledger, two readings of the log are enough.

        A charge that may be for another order, which is on its way, is looked at again when that has been answered.
        """
        try:
            charges = (await self._recovery.charges(job)).rows
        except Forbidden:
            charges = []
        except ServiceError as error:
            return self._lookup_failed(job, error)
        if not charges:
            return Verdict(send=True)
        looks = self._charge_looks[job.id] = self._charge_looks.get(job.id, 0) + 1
        if looks <= _CHARGE_LOOKS and self._recovery.others_on_their_way():
            return Verdict(wait=self._schedule.scaled(LOG_LAG), why=CHECKING)
        return Verdict(why=_maybe_charged(charges))

    def _lookup_failed(self, job: Job, error: ServiceError) -> Verdict:
        failures = self._failed_lookups[job.id] = self._failed_lookups.get(job.id, 0) + 1
        wait = self._schedule.scaled(RATE_LIMIT_WAITS[min(failures, len(RATE_LIMIT_WAITS)) - 1])
        if isinstance(error, Unauthorized):
            self._connection.key_refused(error)
            return Verdict(wait=wait)
        self._connection.report_failure(error)
        if isinstance(error, Forbidden):
            return Verdict(why=replace(_LOG_CLOSED, request_id=error.request_id))
        if failures > len(RATE_LIMIT_WAITS) and not isinstance(error, Unreachable):
            return Verdict(why=_no_look(error))
        return Verdict(wait=wait)


def _no_look(error: ServiceError) -> Failure:
    return Failure(
        "not_looked_up",
        f"The service's log and ledger must be checked before it is sent again, but failed: {error.message}",
        Money.UNKNOWN,
        "f in the studio checks again, x withdraws it",
        error.request_id,
    )


def _maybe_charged(charges: Sequence[LedgerRow]) -> Failure:
    ids = clean_line(", ".join(row.reference_id or "without an id" for row in charges[:3]), 200)
    return Failure(
        "maybe_charged",
        f"The order is from an earlier run, and the ledger has a charge that may be for it ({ids})",
        Money.UNKNOWN,
        _SEND_ANYWAY,
    )
