"""What holds of a job whatever it is told, in whatever order and however late."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.unit.domain.strategies import NOW, jobs, news, other_news, reports, waiting_job
from wan_tui.domain.errors import Failure, Money
from wan_tui.domain.job import Job, JobState
from wan_tui.domain.observations import Accepted, Edited, Observation, Phase, Sending, StatusReport
from wan_tui.domain.parameters import Dialect
from wan_tui.domain.progress import advance

S = JobState
WAYS: dict[JobState, set[JobState]] = {
    S.WAITING: {S.SUBMITTING, S.QUEUED, S.GENERATING, S.COMPLETED, S.FAILED, S.CANCELLED},
    S.SUBMITTING: {S.WAITING, S.UNCONFIRMED, S.QUEUED, S.GENERATING, S.COMPLETED, S.FAILED},
    S.UNCONFIRMED: {S.WAITING, S.QUEUED, S.GENERATING, S.COMPLETED, S.FAILED},
    S.QUEUED: {S.GENERATING, S.COMPLETED, S.FAILED},
    S.GENERATING: {S.COMPLETED, S.FAILED},
    S.COMPLETED: {S.SAVED, S.EXPIRED, S.FAILED},
    S.SAVED: set(),
    S.FAILED: {S.QUEUED, S.GENERATING, S.COMPLETED},
    S.EXPIRED: {S.COMPLETED, S.SAVED},
    S.CANCELLED: set(),
}
"""Every step a job may take. Back go only *submitting* and *unconfirmed* to *waiting*, on proof, *expired*, by a fresh
link, and *failed*, where it was given up or turned down and the service shows that it knows it.
"""


class Life(RuleBasedStateMachine):
    """A job from its order on, under any news."""

    @initialize()
    def ordered(self) -> None:
        self.now = NOW
        self.before = self.job = waiting_job()
        self.seen: Observation = Edited()

    @rule(seen=other_news)
    def told(self, seen: Observation) -> None:
        self._tell(seen)

    @precondition(lambda self: self.job.generation_id is not None)
    @rule(seen=reports)
    def read(self, seen: Observation) -> None:
        """Only what has an id can be asked about."""
        self._tell(seen)

    def _tell(self, seen: Observation) -> None:
        self.now += timedelta(seconds=1)
        self.before, self.job, self.seen = self.job, advance(self.job, seen, self.now), seen

    @invariant()
    def steps_are_known_ones(self) -> None:
        assert self.job.state is self.before.state or self.job.state in WAYS[self.before.state]

    @invariant()
    def only_what_was_given_up_comes_back(self) -> None:
        if self.before.state is S.FAILED and self.job.state is not S.FAILED:
            assert self.before.recoverable
            assert self.job.generation_id is not None

    @invariant()
    def ids_are_kept(self) -> None:
        had = [name.partition(":")[0] for name in self.before.generation_ids]
        assert [name.partition(":")[0] for name in self.job.generation_ids][: len(had)] == had
        assert len({name.partition(":")[0] for name in self.job.generation_ids}) == len(
            self.job.generation_ids
        )
        assert (self.job.generation_id is None) == (not self.job.generation_ids)
        assert self.job.generation_id is None or self.job.generation_id in self.job.generation_ids
        assert self.job.attempts[: len(self.before.attempts)] == self.before.attempts

    @invariant()
    def nothing_known_to_the_service_is_sent_or_withdrawn(self) -> None:
        if len(self.job.attempts) > len(self.before.attempts):
            assert isinstance(self.seen, Sending)
            assert not self.before.generation_ids
        if self.before.state is S.WAITING:
            assert not self.before.generation_ids
        if self.job.state is S.CANCELLED and self.before.state is not S.CANCELLED:
            assert not self.job.generation_ids

    @invariant()
    def every_running_job_can_be_asked_about(self) -> None:
        if self.job.state in (S.QUEUED, S.GENERATING, S.COMPLETED, S.SAVED, S.EXPIRED):
            assert self.job.generation_id is not None
            assert self.job.submitted_at is not None
        if self.job.state is S.EXPIRED:
            assert self.job.video_url is not None
        if self.before.video_url is not None:
            assert self.job.video_url is not None

    @invariant()
    def a_film_that_has_a_link_is_not_failed(self) -> None:
        if self.before.state is S.COMPLETED and self.job.state is S.FAILED:
            assert self.before.video_url is None

    @invariant()
    def a_film_stays(self) -> None:
        if self.before.state is S.SAVED:
            assert self.job.state is S.SAVED
        assert (self.job.state is S.SAVED) == (self.job.film_path is not None)

    @invariant()
    def money_is_not_worsened(self) -> None:
        """A known cost is not forgotten, unless nothing was charged; the last word on a failed job stands."""
        free = self.job.error is not None and self.job.error.money is not Money.CHARGED
        assert self.before.cost is None or self.job.cost is not None or free
        if self.before.state is S.FAILED and not self.before.recoverable:
            assert self.job.error == self.before.error
        assert (self.job.error is not None) == (self.job.state in (S.FAILED, S.EXPIRED))

    @invariant()
    def moments_stand(self) -> None:
        for name in ("created_at", "submitted_at", "completed_at", "saved_at"):
            had: datetime | None = getattr(self.before, name)
            assert had is None or getattr(self.job, name) == had

    @invariant()
    def the_order_itself_is_untouched(self) -> None:
        assert (self.job.id, self.job.parameters) == (self.before.id, self.before.parameters)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=200, stateful_step_count=25)


@given(jobs, news)
@example(
    Job(id="1", state=S.QUEUED, model="m", parameters={}, endpoint=Dialect.VENDOR, created_at=NOW),
    Accepted(StatusReport("gen-1", Phase.FAILED, "", failure=Failure("lost", "", Money.UNKNOWN))),
)
@example(
    Job(
        id="1",
        state=S.FAILED,
        model="m",
        parameters={},
        endpoint=Dialect.VENDOR,
        created_at=NOW,
        generation_id="gen-2",
        generation_ids=("gen-2",),
        error=Failure("lost", "", Money.FREE),
    ),
    Accepted(StatusReport("gen-1", Phase.FAILED, "", failure=Failure("rejected", "", Money.FREE))),
)
@settings(max_examples=500)
def test_the_same_news_a_second_time_changes_nothing(job: Job, seen: Observation) -> None:
    """Also for a record whose parts do not hang together."""
    once = advance(job, seen, NOW)
    assert advance(once, seen, NOW + timedelta(hours=1)) == once


@given(jobs, st.lists(news, max_size=5))
def test_news_never_touches_what_a_newer_version_added(job: Job, seen: list[Observation]) -> None:
    """Nor who a job is."""
    after = job
    for item in seen:
        after = advance(after, item, NOW)
    assert (after.id, after.extra, after.parameters) == (job.id, job.extra, job.parameters)


@given(jobs, st.sampled_from([S.SAVED, S.FAILED, S.CANCELLED]), news)
def test_a_settled_job_is_left_in_peace(job: Job, state: JobState, seen: Observation) -> None:
    """Only ids, cost, the service's words and the user's marks are added; a saved one's file may get another name."""
    job = replace(job, state=state)
    assume(not job.recoverable)
    after = advance(job, seen, NOW)
    added = {"generation_id", "generation_ids", "cost", "status_word", "request_id", "reply"}
    # A record may claim a look that still goes on; it ends with the id that it was for.
    added.add("search")
    if isinstance(seen, Edited):
        added = {"starred", "followed", "trashed_at"}
    elif state is S.SAVED:
        added |= {
            "video_url",
            "url_expires_at",
            "film",
            "film_path",
            "film_size",
            "saved_at",
            "error",
            "problem",
        }
    assert replace(after, **{name: getattr(job, name) for name in added}) == job
