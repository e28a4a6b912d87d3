"""One bad record costs itself only: the others are read, listed, changed and added to as if it were not there."""

from __future__ import annotations

import json
import zlib
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.domain.strategies import jobs
from tests.unit.library.jobs import make_job
from wan_tui.domain.job_record import from_record, to_json, to_record
from wan_tui.domain.rows import row_of
from wan_tui.library.history import History
from wan_tui.library.snapshot import salvage

PROPERTY = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
DEEP = '{"a":' * 5000 + "1" + "}" * 5000
ABSURD = [
    None,
    True,
    -1,
    10**400,
    float("1e300"),
    "",
    "\0",
    "\ud800",
    "²",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    [],
    [[]] * 3,
    {},
    {"usd": 10**400, "credits": -(10**400), "message": [{}], "at": "9999-12-31T23:59:59-01:00"},
    json.loads('{"a":' * 90 + "1" + "}" * 90),
]
values = st.sampled_from(ABSURD) | st.text(max_size=5) | st.integers() | st.floats()


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something stands in a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, below in inner for found in [(*path, key), *places(below, (*path, key))]]


@st.composite
def spoiled(draw: st.DrawFn) -> dict[str, Any]:
    """A record with absurd things in some of its places."""
    record = to_record(draw(jobs))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(places(record)))
        holder: Any = record
        for key in path[:-1]:
            holder = holder[key]
        holder[path[-1]] = deepcopy(draw(values))
    return record


@given(spoiled())
@PROPERTY
def test_a_spoiled_record_is_a_job_or_none(record: dict[str, Any]) -> None:
    """Never another error; what is read can be reckoned with, shown and written again, and stays what it is."""
    try:
        row = row_of("1", record)
    except ValueError:
        row = None
    try:
        job = from_record(record)
    except ValueError:
        return
    assert row is None or row.id == job.id
    for moment in (job.created_at, job.submitted_at, job.url_expires_at, *(a.at for a in job.attempts)):
        if moment is not None:
            _ = (moment - timedelta(days=100), moment + timedelta(days=100), moment.astimezone())
    json.dumps(to_json(job))
    assert from_record(to_record(job)) == job


def library(folder: Path, *records: tuple[str, str]) -> History:
    """A library of two sound jobs and of raw ``records`` by number, as another program may have written it."""
    folder.mkdir()
    sound = [(str(n), json.dumps(to_record(make_job(n)))) for n in (1, 2)]
    rows = ", ".join(f"{json.dumps(number)}: {raw}" for number, raw in [sound[0], *records, sound[1]])
    (folder / "history.json").write_text(f'{{"_default": {{{rows}}}}}')
    return History.open(folder)


def usable(history: History, folder: Path) -> None:
    """The sound jobs are there and can be changed, a new one is taken, and the next start sees it all."""
    history.change_many([(make_job(n).id, lambda job: job) for n in (1, 2)], durable=False)
    history.add(make_job(3))
    history.close()
    again = History.open(folder)
    again.load()
    for number in (1, 2, 3):
        assert again.get(make_job(number).id) == make_job(number)


@pytest.mark.parametrize("number", ["²", "-5", "007", "9" * 30, "1e3", "٣"])
def test_a_record_under_no_proper_number_gets_one(folder: Path, number: str) -> None:
    """It is a job like any other from then on, and it is told."""
    job = make_job(7)
    history = library(folder, (number, json.dumps(to_record(job))))
    history.load()
    told = " ".join(history.health.sentences())
    assert history.get(job.id) == job
    assert "with an invalid number" in told
    history.change(job.id, lambda job: make_job(7, starred=True), durable=True)
    usable(history, folder)
    again = History.open(folder)
    again.load()
    found = again.get(job.id)
    assert found is not None
    assert found.starred


def test_the_highest_number_leaves_room_for_more(folder: Path) -> None:
    """Numbers do not end there: a gap is taken."""
    usable(library(folder, ("9" * 15, json.dumps(to_record(make_job(8))))), folder)


@pytest.mark.parametrize(
    "change",
    [
        {"created_at": "0001-01-01T00:00:00+23:59"},
        {"created_at": "9999-12-31T23:59:59-23:59"},
        {"submitted_at": "9999-12-31T23:59:59-23:59", "url_expires_at": "0001-01-01T00:00:00+01:00"},
        {"film_size": 10**300, "seed": 10**300},
        {"attempts": [{"client_id": "x", "at": "0001-01-01T00:00:00+10:00"}]},
    ],
)
def test_an_absurd_time_or_number_does_not_hide_the_job(folder: Path, change: dict[str, Any]) -> None:
    """The job is worth more than the detail."""
    history = library(folder, ("3", json.dumps({**to_record(make_job(9)), **change})))
    history.load()
    assert len(history.index) == 3
    assert history.get(make_job(9).id) is not None
    assert history.generation_ids(datetime.now(UTC)) == set()
    usable(history, folder)


def test_a_deep_record_in_a_journal_costs_itself(folder: Path) -> None:
    """Framed well, with a right checksum, and deeper than anybody can follow."""
    history = library(folder)
    history.change(make_job(1).id, lambda job: make_job(1, starred=True), durable=True)
    history.close()
    journals = sorted(folder.glob("history.*.journal"))
    path = journals[-1] if journals else folder / "history.1.journal"
    for raw in (
        DEEP,
        json.dumps({**to_record(make_job(4)), "x": json.loads('{"a":' * 300 + "1" + "}" * 300)}),
    ):
        payload = f'{{"_default": {{"9": {raw}}}}}'.encode()
        with path.open("ab") as file:
            file.write(b"%08x %s\n" % (zlib.crc32(payload), payload))
    again = History.open(folder)
    again.load()
    assert {row.id for row in again.index.rows()} == {make_job(n).id for n in (1, 2)}
    again.add(make_job(3))
    assert again.get(make_job(3).id) == make_job(3)


def test_salvaging_finds_a_free_number(tmp_path: Path) -> None:
    """For documents whose own number cannot be read, whatever the other numbers are."""
    path = tmp_path / "history.json"
    path.write_text('{"_default": {\n"²": {"id": "a"},\n"5": {"id": "b"},\n"x": {"id": "c"}')
    assert {number: json.loads(raw)["id"] for number, raw in salvage(path)["_default"].items()} == {
        "5": "b",
        "6": "a",
        "7": "c",
    }
