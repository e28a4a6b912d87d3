"""What may follow an order that is not known to have been taken: only what provably never left is sent at once.

This process can vouch for the orders that it made itself and for their attempts, as far as each was proved not to have
left. Any other order may have been sent by somebody else meanwhile, whatever its record says: the record may come from
a backup, or from a copy of the library on another machine. Such an order is looked for first, in the service's log by
the client id, which begins with the job's id, and in the ledger. The log runs late, so it is looked at a second time
after a while.
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
"""How long an order may be under way before the service's log shows it, in all but rare cases."""

CHECKING = Failure(
    "checking",
    "The order comes from an earlier run: the service's log is read before it is sent",
    Money.FREE,
    "It is sent by itself in a few minutes, unless the service has it already",
)
_LOG_CLOSED = Failure(
    "log_closed",
    "The order comes from an earlier run, and this key may not read the service's log to see if it has it",
    Money.UNKNOWN,
    "In the studio f sends it all the same, x withdraws it",
)
_OTHER_KEY = replace(
    OTHER_KEY, next_step="Start with that key; in the studio f sends it all the same, x withdraws it"
)
_AT_USERS_RISK = frozenset({"log_closed", "maybe_charged", OTHER_KEY.code})
"""Codes of what keeps an order from being sent until the user, who knows better, says so."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an order may be sent now; else after ``wait`` seconds (None: when the user says so), and ``why``."""

    send: bool = False
    wait: float | None = None
    why: Failure | None = None


class SendGuard:
    """Remembers what this process knows for itself of the orders that are not taken yet."""

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
        self._vain: dict[str, int] = {}
        self._at_users_risk: set[str] = set()

    def made_here(self, job_id: str) -> None:
        """This process made the order: nobody else can have sent it before."""
        self._unsent.add(job_id)
        self._known_since[job_id] = self._clock.monotonic()

    def age(self, job: Job) -> float:
        """Seconds since the order was made: by its record where another run made it, whichever clock was wrong."""
        now = self._clock.monotonic()
        if job.id in self._unsent:
            return now - self._known_since[job.id]
        recorded = abs((self._clock.now() - job.created_at).total_seconds())
        return max(recorded, now - self._known_since.get(job.id, now))

    def leaving(self, job_id: str) -> None:
        """The order is about to be sent: from now on only proof makes it unsent again."""
        self._unsent.discard(job_id)
        self._at_users_risk.discard(job_id)
        self._vain.pop(job_id, None)

    def not_sent(self, job_id: str) -> None:
        """Proof that the last attempt, made here, did not leave."""
        self._unsent.add(job_id)
        self._known_since.setdefault(job_id, self._clock.monotonic())

    def insisted(self, job: Job) -> None:
        """The user says: send it now, knowing what ``job.problem`` says."""
        self._vain.pop(job.id, None)
        if job.problem is not None and job.problem.code in _AT_USERS_RISK:
            self._at_users_risk.add(job.id)

    async def verdict(self, job: Job) -> Verdict:
        """Whether the order may be sent now. Where the service turns out to have it, that is recorded."""
        since = self._known_since.setdefault(job.id, self._clock.monotonic())
        ours = all(attempt.instance == self._instance for attempt in job.attempts)
        made_here = ours and (bool(job.attempts) or job.id in self._unsent)
        if (job.id in self._unsent and ours) or job.id in self._at_users_risk:
            return Verdict(send=True)
        left = self._schedule.scaled(LOG_LAG) - (self._clock.monotonic() - since)
        try:
            if await self._recovery.already_there(job):
                return Verdict()
        except ServiceError as error:
            return self._not_looked_up(job, error)
        if made_here:  # the service itself had turned it away
            return Verdict(send=True)
        if not self._fingerprints.same_key(job):  # its log shows nothing of what another key ordered
            return Verdict(why=_OTHER_KEY)
        if left > 0:
            return Verdict(wait=left, why=CHECKING)
        return await self._by_the_ledger(job)

    async def _by_the_ledger(self, job: Job) -> Verdict:
        """The last witness. A key that may not read it leaves it at the log, which was read twice."""
        try:
            charges = (await self._recovery.charges(job)).rows
        except Forbidden:
            charges = []
        except ServiceError as error:
            return self._not_looked_up(job, error)
        return Verdict(why=_maybe_charged(charges)) if charges else Verdict(send=True)

    def _not_looked_up(self, job: Job, error: ServiceError) -> Verdict:
        vain = self._vain[job.id] = self._vain.get(job.id, 0) + 1
        wait = self._schedule.scaled(RATE_LIMIT_WAITS[min(vain, len(RATE_LIMIT_WAITS)) - 1])
        if isinstance(error, Unauthorized):
            self._connection.key_refused(error)
            return Verdict(wait=wait)
        self._connection.fails(error)
        if isinstance(error, Forbidden):
            return Verdict(why=replace(_LOG_CLOSED, request_id=error.request_id))
        if vain > len(RATE_LIMIT_WAITS) and not isinstance(error, Unreachable):
            return Verdict(why=_no_look(error))
        return Verdict(wait=wait)


def _no_look(error: ServiceError) -> Failure:
    return Failure(
        "not_looked_up",
        f"Before it is sent again, the service's log and ledger have to be read: {error.message}",
        Money.UNKNOWN,
        "In the studio f looks again, x withdraws it",
        error.request_id,
    )


def _maybe_charged(charges: Sequence[LedgerRow]) -> Failure:
    ids = clean_line(", ".join(row.reference_id or "without an id" for row in charges[:3]), 200)
    return Failure(
        "maybe_charged",
        f"The order comes from an earlier run, and the ledger has a charge that may be for it ({ids})",
        Money.UNKNOWN,
        "In the studio f sends it all the same, x withdraws it",
    )
