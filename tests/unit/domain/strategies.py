"""Jobs and news as hypothesis draws them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from wan_tui.domain.errors import Failure, Money
from wan_tui.domain.job import Attempt, Cost, Job, JobState
from wan_tui.domain.job_record import state_of, to_record
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
from wan_tui.domain.parameters import Dialect
from wan_tui.domain.search import Search

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

names = st.text(min_size=1, max_size=12)
# To the millisecond, as on disk.
moments = st.integers(min_value=-(10**10), max_value=10**12).map(lambda ms: NOW + timedelta(milliseconds=ms))
amounts = st.floats(min_value=0, max_value=100, allow_nan=False)
failures = st.builds(
    Failure,
    names | st.sampled_from(["lost", "not_found", "rejected"]),
    st.text(max_size=20),
    st.sampled_from(Money),
    st.text(max_size=20),
    st.none() | names,
    st.none() | names,
)
costs = st.builds(Cost, amounts, st.none() | st.integers(0, 10**9), names) | st.builds(
    Cost, st.none(), st.integers(0, 10**9), names
)
client_ids = st.sampled_from(["01JOB.1.A", "01JOB.1.B", "01JOB.2.A"])
"""Attempts of two processes."""
searches = st.builds(Search, amounts, st.integers(0, 100), st.none() | moments)
values = st.text(max_size=20) | st.booleans() | st.integers()


def maybe(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | strategy


def _with_ids(job: Job, ids: list[str]) -> Job:
    charged = job.error is not None and job.error.money is Money.CHARGED
    if job.state is JobState.FAILED and not charged:  # such a cost is not read back
        job = replace(job, cost=None)
    job = replace(job, generation_id=ids[0] if ids else None, generation_ids=tuple(ids))
    return replace(job, state=state_of(to_record(job)))


_jobs = st.builds(
    Job,
    id=names,
    state=st.sampled_from(JobState),
    model=names,
    parameters=st.dictionaries(names, values, max_size=4),
    endpoint=st.sampled_from(Dialect),
    created_at=moments,
    submitted_at=maybe(moments),
    completed_at=maybe(moments),
    saved_at=maybe(moments),
    video_url=maybe(names),
    url_expires_at=maybe(moments),
    film_path=maybe(names),
    film_size=maybe(st.integers(0, 2**40)),
    cost=maybe(costs),
    error=maybe(failures),
    problem=maybe(failures),
    status_word=maybe(names),
    request_id=maybe(names),
    attempts=st.lists(st.builds(Attempt, names, moments, maybe(moments)), max_size=2).map(tuple),
    search=maybe(searches),
    refused_ids=st.lists(names.filter(bool), max_size=2).map(tuple),
    key_fingerprint=maybe(names),
    price_usd=maybe(amounts),
    reply=maybe(names),
    followed=st.booleans(),
    starred=st.booleans(),
    trashed_at=maybe(moments),
    parent=maybe(names),
    extra=st.dictionaries(st.sampled_from(["mood", "tags", "v2"]), st.lists(values, max_size=2), max_size=2),
)
jobs = st.builds(_with_ids, _jobs, st.lists(names, max_size=3, unique=True))
"""Any job that can be on disk, also one whose parts do not hang together: the disk takes what it is given.

``extra`` are fields of a newer version.
"""

generation_ids = st.sampled_from(["gen-1", "gen-1:acme/model", "gen-2:acme/model"])
"""Two generations, one of them by its short and its full name."""

reports = st.builds(
    StatusReport,
    generation_id=generation_ids,
    phase=st.sampled_from(Phase),
    word=st.sampled_from(["", "queued", "completed", "warming up"]),
    video_url=st.none() | st.just("https://films.example/1.mp4"),
    url_expires_at=st.none() | moments,
    failure=failures,
    cost=st.none() | costs,
    request_id=st.none() | names,
)
other_news: st.SearchStrategy[Observation] = st.one_of(
    st.builds(Sending, client_ids, st.none() | names, st.none() | amounts, st.none() | moments),
    st.builds(NothingSent, client_ids, failures, st.lists(names, max_size=2).map(tuple)),
    st.builds(IdSeen, generation_ids),
    st.builds(Accepted, reports, st.none() | names),
    st.builds(TurnedDown, failures, st.lists(names, max_size=2).map(tuple)),
    st.builds(InDoubt, failures),
    st.builds(FoundInLog, generation_ids, st.none() | costs),
    st.builds(Looked, searches),
    st.builds(GaveUp, failures),
    st.builds(FilmSaved, names, st.integers(1, 2**40)),
    st.builds(LinkExpired, failures),
    st.builds(Blocked, st.none() | failures),
    st.builds(Withdrawn, st.none() | failures),
    st.builds(Edited, st.none() | st.booleans(), st.none() | st.booleans(), st.none() | st.booleans()),
)
news: st.SearchStrategy[Observation] = reports | other_news
"""Whatever can be told of a job, in no order that makes sense: late, twice, from another process."""


def waiting_job() -> Job:
    """A job that was just ordered."""
    return Job(
        id="01JOB",
        state=JobState.WAITING,
        model="alibaba/wan2.1-t2v-plus",
        parameters={"model": "alibaba/wan2.1-t2v-plus", "prompt": "a cat", "seed": 7},
        endpoint=Dialect.VENDOR,
        created_at=NOW,
    )
