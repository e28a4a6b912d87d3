"""A job on disk and as JSON."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.unit.domain.strategies import NOW, jobs, waiting_job
from wan_tui.domain.job import Attempt, Cost, Job, JobState
from wan_tui.domain.job_record import from_record, to_json, to_record
from wan_tui.domain.times import iso, parse_iso

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NEEDED = ("id", "state", "model", "parameters", "created_at")
# A word that this version does not know, of a state or an endpoint, is a newer version's: such a job is left alone.
# prompt and seed are copies of what is in the parameters.
DETAILS = sorted(to_record(waiting_job()).keys() - {*NEEDED, "endpoint", "prompt", "seed"})


@given(jobs)
def test_a_job_survives_the_disk(job: Job) -> None:
    """Every field, also those that a newer version added."""
    record = json.loads(json.dumps(to_record(job)))
    assert from_record(record) == job


@given(jobs, st.sampled_from(DETAILS), JSON)
@example(waiting_job(), "generation_ids", 7)
@example(waiting_job(), "generation_ids", "gen-1")
@example(waiting_job(), "cost", {"usd": 10**400, "credits": float("nan")})
@example(waiting_job(), "price_usd", 10**400)
@example(waiting_job(), "price_usd", float("nan"))
@example(waiting_job(), "error", {"code": [], "message": None})
@example(waiting_job(), "attempts", [7, {"client_id": 7, "at": "x"}, {"at": None}])
def test_a_damaged_detail_is_dropped_and_the_rest_kept(job: Job, name: str, damage: Any) -> None:
    """Whatever one field holds, the job can be read and its other fields are as they were."""
    record = to_record(job)
    read = from_record({**record, name: damage})
    # The generation's id is in the list of all its ids, so the two repair each other.
    touched = {"generation_id", "generation_ids"} if name.startswith("generation_id") else {name}
    after = json.loads(json.dumps(to_record(read), allow_nan=False))
    assert {k: v for k, v in after.items() if k not in touched} == {
        k: v for k, v in record.items() if k not in touched
    }
    assert from_record(after) == read


@given(jobs, st.sampled_from(NEEDED), JSON)
def test_a_record_without_what_makes_a_job_is_a_value_error(job: Job, name: str, value: Any) -> None:
    """One kind of error, so that the library can set the record aside."""
    record = to_record(job)
    del record[name]
    with pytest.raises(ValueError, match="not a job"):
        from_record(record)
    with contextlib.suppress(ValueError):
        from_record({**record, name: value})


@pytest.mark.parametrize(
    ("name", "word"), [("state", "polishing"), ("endpoint", "v3"), ("endpoint", ["vendor"])]
)
def test_a_word_of_a_newer_version_is_a_value_error(name: str, word: object) -> None:
    """What is not understood is not acted upon; a record that names no endpoint is of the default one."""
    record = to_record(waiting_job())
    with pytest.raises(ValueError, match="is not a valid"):
        from_record({**record, name: word})
    del record["endpoint"]
    assert from_record(record) == waiting_job()


@given(jobs)
def test_the_public_shape_has_the_promised_fields(job: Job) -> None:
    """As scripts read it."""
    data = json.loads(json.dumps(to_json(job)))
    assert list(data) == [
        "id",
        "generation_id",
        "state",
        "model",
        "prompt",
        "parameters",
        "seed",
        "created_at",
        "submitted_at",
        "completed_at",
        "saved_at",
        "video_url",
        "url_expires_at",
        "film_path",
        "cost",
        "error",
        "endpoint",
    ]
    assert set(data["cost"]) == {"usd", "credits", "source"}
    assert data["error"] is None or set(data["error"]) == {
        "code",
        "message",
        "request_id",
        "charged",
        "hint",
        "field",
    }


def test_a_problem_shows_as_the_error_until_there_is_one() -> None:
    """A script sees why an order waits; on disk the two are kept apart."""
    record = {**to_record(waiting_job()), "problem": {"code": "offline", "message": "No line"}}
    job = from_record(record)
    assert to_json(job)["error"]["code"] == "offline"
    assert to_record(job)["error"] is None


def test_an_id_is_in_the_list_of_all_ids() -> None:
    """Also where the record says otherwise: an id is never lost."""
    record = {**to_record(waiting_job()), "generation_id": "gen-1", "generation_ids": ["gen-2"]}
    assert from_record(record).generation_ids == ("gen-1", "gen-2")
    record = {**to_record(waiting_job()), "generation_id": None, "generation_ids": ["gen-2", "gen-3"]}
    assert from_record(record).generation_id == "gen-2"


def test_each_post_has_a_client_id_of_its_own() -> None:
    """Made of characters that the service keeps, and unique by attempt."""
    job = waiting_job()
    assert job.client_id("A") == "01JOB.1.A"
    record = {**to_record(job), "attempts": [{"client_id": "01JOB.1", "at": iso(NOW)}]}
    assert from_record(record).attempts == (Attempt("01JOB.1", NOW),)
    assert from_record(record).client_id("A") == "01JOB.2.A"


def test_what_is_pending() -> None:
    """Something is to be done unless it is settled or the user let go of it."""
    record = to_record(waiting_job())
    for state in JobState:
        job = from_record({**record, "state": state.value})
        assert job.pending == (state.value not in ("saved", "failed", "expired", "cancelled"))
        assert not from_record({**record, "state": state.value, "followed": False}).pending


def test_a_cost_that_says_nothing_is_none() -> None:
    """So that the details do not speak of an unknown cost as of a known one."""
    record = {**to_record(waiting_job()), "cost": {"usd": None, "credits": None, "source": "answer"}}
    assert from_record(record).cost is None
    record = {**record, "cost": {"usd": 0.42, "credits": "many"}}
    assert from_record(record).cost == Cost(0.42, None, "answer")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-24T12:00:00.000Z", NOW),
        ("2026-11-24T12:00:00", NOW),
        ("2026-11-24T13:00:00+01:00", NOW),
        ("2026-11-24", datetime(2026, 11, 24, tzinfo=UTC)),
        ("yesterday", None),
        ("", None),
        (1_764_000_000, None),
        (None, None),
    ],
)
def test_times_are_read_tolerantly(text: object, moment: datetime | None) -> None:
    """ISO 8601 with or without an offset; all else is no time."""
    assert parse_iso(text) == moment


def test_times_are_written_in_utc() -> None:
    """Whatever the zone they were given in."""
    east = NOW.astimezone(timezone(timedelta(hours=9)))
    assert iso(east) == "2026-11-24T12:00:00.000Z"
    assert iso(None) is None
