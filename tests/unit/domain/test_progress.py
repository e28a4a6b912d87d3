"""How each piece of news changes a job in each state."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.domain.strategies import NOW, waiting_job
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
from wan_tui.domain.progress import advance
from wan_tui.domain.search import Search

WAITING, SUBMITTING, UNCONFIRMED = JobState.WAITING, JobState.SUBMITTING, JobState.UNCONFIRMED
QUEUED, GENERATING, COMPLETED = JobState.QUEUED, JobState.GENERATING, JobState.COMPLETED
SAVED, FAILED, EXPIRED = JobState.SAVED, JobState.FAILED, JobState.EXPIRED

LATER = NOW + timedelta(minutes=1)
URL = "https://films.example/1.mp4"
FREE = Failure("rejected", "No", Money.FREE)
DOUBT = Failure("unconfirmed", "The line broke", Money.UNKNOWN)
DEAD = Failure("link_dead", "The link is dead", Money.CHARGED)


def report(phase: Phase, **more: object) -> StatusReport:
    return StatusReport("gen-1", phase, phase.value, **more)  # type: ignore[arg-type]


def job_in(state: JobState, *, with_id: bool | None = None, **more: object) -> Job:
    """A job in ``state``; by itself it has an id where the service has given one by then."""
    if with_id is None:
        with_id = state not in (WAITING, SUBMITTING, UNCONFIRMED, JobState.CANCELLED)
    job = replace(waiting_job(), state=state)
    if state is not WAITING:
        job = replace(job, attempts=(Attempt("01JOB.1", NOW),))
    if with_id:
        job = replace(job, generation_id="gen-1", generation_ids=("gen-1",))
    if state in (COMPLETED, SAVED, EXPIRED):
        job = replace(job, video_url=URL, completed_at=NOW)
    return replace(job, **more)  # type: ignore[arg-type]


MOVES: dict[str, tuple[Observation, dict[JobState, JobState]]] = {
    "sending": (Sending("01JOB.1"), {WAITING: SUBMITTING}),
    "nothing sent": (NothingSent("01JOB.1", FREE), {SUBMITTING: WAITING, UNCONFIRMED: WAITING}),
    "id seen": (IdSeen("gen-1"), {WAITING: QUEUED, UNCONFIRMED: QUEUED}),
    "accepted": (
        Accepted(report(Phase.QUEUED)),
        {WAITING: QUEUED, SUBMITTING: QUEUED, UNCONFIRMED: QUEUED},
    ),
    "accepted and at work": (
        Accepted(report(Phase.RUNNING)),
        dict.fromkeys((WAITING, SUBMITTING, UNCONFIRMED, QUEUED), GENERATING),
    ),
    "accepted and done": (
        Accepted(report(Phase.DONE, video_url=URL)),
        dict.fromkeys((WAITING, SUBMITTING, UNCONFIRMED, QUEUED, GENERATING, EXPIRED), COMPLETED),
    ),
    "accepted and failed": (
        Accepted(report(Phase.FAILED, failure=FREE)),
        dict.fromkeys((WAITING, SUBMITTING, UNCONFIRMED, QUEUED, GENERATING), FAILED),
    ),
    "turned down": (TurnedDown(FREE), {WAITING: FAILED, SUBMITTING: FAILED, UNCONFIRMED: FAILED}),
    "in doubt": (InDoubt(DOUBT), {SUBMITTING: UNCONFIRMED}),
    "traced": (FoundInLog("gen-1"), {WAITING: QUEUED, SUBMITTING: QUEUED, UNCONFIRMED: QUEUED}),
    "looked": (Looked(Search(9.0, 1)), {}),
    "untraceable": (GaveUp(DOUBT), {UNCONFIRMED: FAILED, QUEUED: FAILED, GENERATING: FAILED}),
    "kept": (FilmSaved("/films/1.mp4", 9), {COMPLETED: SAVED, EXPIRED: SAVED}),
    "link expired": (LinkExpired(DEAD), {COMPLETED: EXPIRED}),
    "hindered": (Blocked(FREE), {}),
    "withdrawn": (Withdrawn(), {WAITING: JobState.CANCELLED}),
    "given up": (Withdrawn(FREE), {WAITING: FAILED}),
    "edited": (Edited(starred=True, trashed=True, followed=False), {}),
}

READINGS: dict[str, tuple[StatusReport, dict[JobState, JobState]]] = {
    "queued": (report(Phase.QUEUED), {SUBMITTING: QUEUED, UNCONFIRMED: QUEUED}),
    "at work": (report(Phase.RUNNING), dict.fromkeys((SUBMITTING, UNCONFIRMED, QUEUED), GENERATING)),
    "done": (
        report(Phase.DONE, video_url=URL),
        dict.fromkeys((SUBMITTING, UNCONFIRMED, QUEUED, GENERATING, EXPIRED), COMPLETED),
    ),
    "done without a link": (
        report(Phase.DONE),
        dict.fromkeys((SUBMITTING, UNCONFIRMED, QUEUED, GENERATING), COMPLETED),
    ),
    "failed": (
        report(Phase.FAILED, failure=FREE),
        dict.fromkeys((SUBMITTING, UNCONFIRMED, QUEUED, GENERATING), FAILED),
    ),
    "gone": (report(Phase.GONE), {SUBMITTING: QUEUED, UNCONFIRMED: QUEUED}),
}


@pytest.mark.parametrize("state", JobState)
@pytest.mark.parametrize("name", MOVES)
def test_where_each_piece_of_news_leads_from_each_state(name: str, state: JobState) -> None:
    """The whole table: what is not in it stays where it is."""
    seen, moves = MOVES[name]
    assert advance(job_in(state), seen, LATER).state is moves.get(state, state)


@pytest.mark.parametrize("state", [state for state in JobState if state is not WAITING])
@pytest.mark.parametrize("name", READINGS)
def test_where_each_reading_leads_from_each_state(name: str, state: JobState) -> None:
    """A reading is of a job that has an id; the same table again."""
    seen, moves = READINGS[name]
    assert advance(job_in(state, with_id=True), seen, LATER).state is moves.get(state, state)


def test_the_intent_notes_attempt_key_and_price() -> None:
    """What is on disk before the socket opens."""
    job = advance(job_in(WAITING, problem=FREE), Sending("01JOB.1", "k3y", 0.42), LATER)
    assert job.attempts == (Attempt("01JOB.1", LATER),)
    assert (job.key_fingerprint, job.price_usd, job.problem) == ("k3y", 0.42, None)


def test_an_order_that_did_not_leave_keeps_its_attempt() -> None:
    """So that the next one has another client id."""
    sent = advance(job_in(WAITING), Sending("01JOB.1.A"), NOW)
    job = advance(sent, NothingSent("01JOB.1.A", FREE), LATER)
    assert job.problem == FREE
    assert job.client_id("A") == "01JOB.2.A"


def test_proof_that_one_attempt_did_not_leave_says_nothing_of_another() -> None:
    """Another process sent the order meanwhile: it stays on its way."""
    sent = advance(job_in(WAITING), Sending("01JOB.1.B"), NOW)
    assert advance(sent, NothingSent("01JOB.1.A", FREE), LATER) == sent
    doubtful = advance(sent, InDoubt(DOUBT), LATER)
    assert advance(doubtful, NothingSent("01JOB.1.A", FREE), LATER) == doubtful
    assert advance(doubtful, NothingSent("01JOB.1.B", FREE), LATER).state is WAITING


def test_ids_on_a_refusal_are_kept_apart() -> None:
    """They are no proof that the order arrived, but are asked about; one that is known after all revives the job."""
    sent = advance(job_in(WAITING), Sending("01JOB.1.A"), NOW)
    held = advance(sent, NothingSent("01JOB.1.A", FREE, ("x-1",)), LATER)
    assert (held.state, held.generation_ids, held.refused_ids) == (WAITING, (), ("x-1",))
    refused = advance(sent, TurnedDown(FREE, ("x-2", "x-2")), LATER)
    assert (refused.state, refused.generation_id, refused.refused_ids) == (FAILED, None, ("x-2",))
    known = advance(refused, Accepted(StatusReport("x-2", Phase.RUNNING, "generating")), LATER)
    assert (known.state, known.generation_id, known.error) == (GENERATING, "x-2", None)


def test_of_several_ids_the_one_that_is_known_is_used() -> None:
    """Header and body named two: whichever the service answers for is asked about from then on."""
    job = advance(job_in(SUBMITTING), IdSeen("header"), NOW)
    job = advance(job, Accepted(StatusReport("body", Phase.QUEUED, "queued")), LATER)
    assert job.generation_ids == ("header", "body")
    job = advance(job, StatusReport("header", Phase.GONE, "unknown"), LATER)
    job = advance(job, StatusReport("body", Phase.RUNNING, "generating"), LATER)
    assert (job.generation_id, job.generation_ids) == ("body", ("header", "body"))
    assert advance(job, IdSeen("header"), LATER) == job


def test_a_job_that_failed_costs_nothing_but_where_it_was_charged() -> None:
    """A usage figure that came with an answer does not count for a film that was not made."""
    cost = Cost(0.42, 840_000, "answer")
    job = job_in(GENERATING, cost=cost)
    assert advance(job, report(Phase.FAILED, failure=FREE, cost=cost), LATER).cost is None
    assert advance(job, GaveUp(DOUBT), LATER).cost is None
    assert advance(job, GaveUp(replace(DOUBT, money=Money.CHARGED)), LATER).cost == cost


@pytest.mark.parametrize("state", [SUBMITTING, UNCONFIRMED])
@pytest.mark.parametrize("seen", [NothingSent("01JOB.1", FREE), TurnedDown(FREE)])
def test_whoever_has_an_id_is_neither_unsent_nor_refused(state: JobState, seen: Observation) -> None:
    """The id proves that the order arrived."""
    job = job_in(state, with_id=True)
    assert advance(job, seen, LATER) == job


def test_a_broken_answer_after_its_header_is_an_accepted_order() -> None:
    """The id came first: no doubt arises."""
    job = advance(advance(job_in(SUBMITTING), IdSeen("gen-1"), NOW), InDoubt(DOUBT), LATER)
    assert (job.state, job.generation_id, job.submitted_at, job.problem) == (QUEUED, "gen-1", LATER, None)


def test_an_accepted_order_is_noted_whole() -> None:
    """Id, moment, the service's word, request id, cost and its raw answer."""
    cost = Cost(0.42, 840_000, "answer")
    seen = Accepted(report(Phase.QUEUED, cost=cost, request_id="req-1"), '{"id": "gen-1"}')
    job = advance(job_in(SUBMITTING, problem=FREE), seen, LATER)
    assert (job.generation_id, job.generation_ids) == ("gen-1", ("gen-1",))
    assert (job.submitted_at, job.status_word, job.request_id) == (LATER, "queued", "req-1")
    assert (job.cost, job.reply, job.problem) == (cost, '{"id": "gen-1"}', None)


def test_a_found_order_was_submitted_when_it_was_sent() -> None:
    """Not when it was found; its cost is the log's until the service's own answer comes."""
    sent = replace(job_in(UNCONFIRMED, problem=DOUBT), attempts=(Attempt("01JOB.1", NOW),))
    job = advance(sent, FoundInLog("gen-1", Cost(0.42, None, "logs")), LATER)
    assert (job.submitted_at, job.problem, job.cost) == (NOW, None, Cost(0.42, None, "logs"))
    answered = advance(job, report(Phase.RUNNING, cost=Cost(0.5, None, "answer")), LATER)
    assert answered.cost == Cost(0.5, None, "answer")
    assert advance(answered, FoundInLog("gen-1", Cost(0.42, None, "logs")), LATER).cost == answered.cost


def test_a_second_id_is_kept_beside_the_first() -> None:
    """It was charged twice, and both films can be asked for."""
    job = advance(job_in(QUEUED), FoundInLog("gen-2"), LATER)
    assert (job.generation_id, job.generation_ids) == ("gen-1", ("gen-1", "gen-2"))
    late = advance(job, Accepted(StatusReport("gen-3", Phase.QUEUED, "queued")), LATER)
    assert late.generation_ids == ("gen-1", "gen-2", "gen-3")
    assert late.state is QUEUED


def test_the_short_and_the_long_form_of_an_id_are_one_generation() -> None:
    """Two listed ids would read as two charges."""
    seen = advance(job_in(JobState.SUBMITTING, with_id=False), IdSeen("8736603f"), NOW)
    seen = advance(seen, IdSeen("8736603f:alibaba/wan2.1-t2v-plus"), NOW)
    assert seen.generation_ids == ("8736603f:alibaba/wan2.1-t2v-plus",)
    assert seen.generation_id == seen.generation_ids[0]
    assert advance(seen, IdSeen("8736603f"), NOW) == seen


def test_an_order_known_to_the_service_is_never_sent_again() -> None:
    """Also where it was thought unsent: sending and withdrawing do nothing then."""
    for seen in (IdSeen("gen-1"), FoundInLog("gen-1"), Accepted(report(Phase.QUEUED))):
        job = advance(job_in(WAITING), seen, NOW)
        assert advance(job, Sending("01JOB.2"), LATER) == job
        assert advance(job, Withdrawn(), LATER) == job


def test_completion_brings_the_link() -> None:
    """Once; a later reading may bring a fresh one, the moment of completion stays."""
    done = report(Phase.DONE, video_url=URL, url_expires_at=LATER, cost=Cost(0.42, None, "answer"))
    job = advance(job_in(GENERATING, problem=FREE), done, NOW)
    assert (job.video_url, job.url_expires_at, job.completed_at, job.problem) == (URL, LATER, NOW, None)
    fresh = advance(job, report(Phase.DONE, video_url=URL + "?2"), LATER)
    assert (fresh.video_url, fresh.completed_at) == (URL + "?2", NOW)


def test_completion_without_a_link_is_completion() -> None:
    """The link comes later, and ends what was in its way; nothing takes it away again."""
    job = advance(job_in(GENERATING, with_id=True), report(Phase.DONE), NOW)
    assert (job.state, job.video_url, job.completed_at, job.awaits_link) == (COMPLETED, None, NOW, True)
    hindered = advance(job, Blocked(DEAD), LATER)
    assert advance(hindered, report(Phase.DONE), LATER) == hindered
    assert advance(hindered, report(Phase.RUNNING), LATER).state is COMPLETED
    linked = advance(hindered, report(Phase.DONE, video_url=URL), LATER)
    assert (linked.state, linked.video_url, linked.completed_at, linked.problem) == (
        COMPLETED,
        URL,
        NOW,
        None,
    )
    assert not linked.awaits_link
    assert advance(linked, report(Phase.DONE), LATER).video_url == URL


@pytest.mark.parametrize(
    "seen", [GaveUp(DEAD), report(Phase.FAILED, failure=DEAD)], ids=["untraceable", "failed"]
)
def test_a_film_that_never_got_a_link_may_still_be_lost(seen: Observation) -> None:
    """As while it was being made; one with a link is not."""
    linkless = advance(job_in(GENERATING, with_id=True), report(Phase.DONE), NOW)
    assert (advance(linkless, seen, LATER).state, advance(linkless, seen, LATER).error) == (FAILED, DEAD)
    linked = advance(linkless, report(Phase.DONE, video_url=URL), LATER)
    assert advance(linked, seen, LATER).state is COMPLETED


def test_what_hinders_a_download_survives_a_fresh_link() -> None:
    """A full disk is still full."""
    job = advance(job_in(COMPLETED), Blocked(FREE), NOW)
    assert advance(job, report(Phase.DONE, video_url=URL), LATER).problem == FREE
    assert advance(job, Blocked(None), LATER).problem is None


def test_a_fresh_link_revives_an_expired_job() -> None:
    """The error is gone with it."""
    job = advance(job_in(EXPIRED, error=DEAD), report(Phase.DONE, video_url=URL + "?2"), LATER)
    assert (job.state, job.error, job.video_url) == (COMPLETED, None, URL + "?2")


def test_a_film_on_disk_settles_everything() -> None:
    """Path and size are noted; adopting it again under another name keeps the moment."""
    job = advance(job_in(EXPIRED, error=DEAD), FilmSaved("/films/1.mp4", 9), NOW)
    assert (job.film_path, job.film_size, job.saved_at, job.error) == ("/films/1.mp4", 9, NOW, None)
    again = advance(job, FilmSaved("/films/2.mp4", 9), LATER)
    assert (again.state, again.film_path, again.saved_at) == (SAVED, "/films/2.mp4", NOW)


def test_a_saved_job_takes_a_fresh_link_for_a_missing_file() -> None:
    """Everything else about it stays."""
    job = advance(job_in(SAVED), report(Phase.DONE, video_url=URL + "?2"), LATER)
    assert (job.state, job.video_url, job.completed_at) == (SAVED, URL + "?2", NOW)


def test_a_failure_tells_why() -> None:
    """The reason becomes the error; what stood in the way is forgotten."""
    job = advance(job_in(UNCONFIRMED, problem=DOUBT), GaveUp(DOUBT), LATER)
    assert (job.error, job.problem) == (DOUBT, None)


def test_settled_jobs_are_not_hindered() -> None:
    """Nothing stands in the way of what is over."""
    for state in JobState:
        job = advance(job_in(state), Blocked(DOUBT), LATER)
        assert job.problem == (None if state.settled else DOUBT)


def test_marks_change_alone() -> None:
    """What is not named stays; the first moment in the trash counts."""
    job = advance(job_in(SAVED), Edited(starred=True, trashed=True), NOW)
    assert (job.starred, job.trashed_at, job.followed) == (True, NOW, True)
    job = advance(job, Edited(trashed=True, followed=False), LATER)
    assert (job.starred, job.trashed_at, job.followed) == (True, NOW, False)
    assert advance(job, Edited(trashed=False), LATER).trashed_at is None


def test_a_reading_without_news_leaves_what_is_known() -> None:
    """An answer without word, request id or cost takes none away."""
    job = job_in(QUEUED, status_word="queued", request_id="req-1", cost=Cost(0.42, None, "answer"))
    assert advance(job, StatusReport("gen-1", Phase.QUEUED, ""), LATER) == job
