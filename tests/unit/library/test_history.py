"""Jobs in the history, and the same jobs seen by several processes."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tinydb import TinyDB

from tests.unit.library.jobs import MODEL, START, compact, make_job, take_out
from wan_tui.domain.errors import Failure, LibraryError, LibraryUnwritable, Money
from wan_tui.domain.job import Attempt, Cost, Job, JobState
from wan_tui.library import records
from wan_tui.library.documents import Document
from wan_tui.library.fault_injection import Plan
from wan_tui.library.history import History


def queued(job: Job) -> Job:
    return replace(job, state=JobState.QUEUED)


def test_a_job_comes_back_as_it_was(folder: Path) -> None:
    """Every field, through a close, and in stock TinyDB too."""
    job = make_job(
        1,
        state=JobState.COMPLETED,
        generation_id="8736603f:alibaba/wan2.1-t2v-plus",
        generation_ids=("8736603f:alibaba/wan2.1-t2v-plus", "x/y"),
        submitted_at=START + timedelta(seconds=2),
        completed_at=START + timedelta(seconds=90),
        video_url="https://films.example/a.mp4?Signature=1",
        url_expires_at=START + timedelta(days=1),
        cost=Cost(0.42, 840000, "answer"),
        problem=Failure("disk_full", "The disk is full", Money.CHARGED, "Make room"),
        attempts=(Attempt("a.1", START),),
        reply='{"id": "\ud800"}',
        starred=True,
        extra={"later": {"deep": [1, None, "ü"]}},
    )
    history = History.open(folder)
    history.add(job)
    assert history.get(job.id) == job
    history.close()
    history = History.open(folder)
    assert history.get(job.id) == job
    history.close()
    with TinyDB(folder / "history.json") as stock:
        assert stock.all()[0]["later"] == {"deep": [1, None, "ü"]}
        assert stock.all()[0]["state"] == "completed"


def test_what_was_loaded_is_never_walked_by_the_collector(folder: Path) -> None:
    """A round over a hundred thousand rows would hold every thread up."""
    history = History.open(folder)
    history.add_many([make_job(number) for number in range(5)])
    history.close()
    history = History.open(folder)
    history.load()
    assert gc.isenabled()
    walked = {id(each) for each in gc.get_objects()}
    assert not [row for row in history.index.rows() if id(row) in walked]
    history.close()


def test_a_change_is_of_the_newest_job(folder: Path) -> None:
    """Two processes change one job in turn, each from what the other left; both learn of it, once."""
    first, second = History.open(folder), History.open(folder)
    first.add(make_job(1))
    second.load()
    job_id = make_job(1).id
    first.change(job_id, queued, durable=False)
    job = second.change(
        job_id, lambda job: replace(job, generation_id="g", generation_ids=("g",)), durable=True
    )
    assert (job.state, job.generation_id) == (JobState.QUEUED, "g")
    assert first.refresh() == [job_id]
    assert first.refresh() == []
    assert first.get(job_id) == job
    assert second.refresh() == [job_id]
    row = second.index.row(job_id)
    assert row is not None
    assert row.state is JobState.QUEUED
    second.add(make_job(2))
    assert first.get(make_job(2).id) is None
    assert first.refresh() == [make_job(2).id]
    assert first.get(make_job(2).id) == make_job(2)
    first.close()
    second.close()


def test_a_job_is_read_once_for_as_long_as_it_stays_the_same(folder: Path) -> None:
    """A second look gives the very job; after a change, ours or another process's, it gives the new one."""
    first, second = History.open(folder), History.open(folder)
    first.add(make_job(1))
    job_id = make_job(1).id
    seen = first.get(job_id)
    assert first.get(job_id) is seen
    assert first.change(job_id, queued, durable=False) == first.get(job_id) != seen
    starred = second.change(job_id, lambda job: replace(job, starred=True), durable=False)
    first.refresh()
    assert first.get(job_id) == starred
    first.close()
    second.close()


def test_news_survive_a_fold_by_the_other(folder: Path) -> None:
    """A process that was away while another changed and folded, once or several times, learns of all of it."""
    first, second = History.open(folder), History.open(folder)
    first.add_many([make_job(number) for number in range(5)])
    second.load()
    for times in (1, 3):
        for _ in range(times):
            first.change(make_job(times).id, lambda job: replace(job, starred=not job.starred), durable=True)
            compact(first._storage)
        first.change(make_job(0).id, lambda job: replace(job, starred=not job.starred), durable=True)
        assert set(second.refresh()) == {make_job(times).id, make_job(0).id}
        assert [row.starred for row in second.index.rows()] == [row.starred for row in first.index.rows()]
    second.change(make_job(4).id, queued, durable=True)
    assert first.refresh() == [make_job(4).id]
    first.close()
    second.close()


def test_looking_for_news_costs_nothing_when_there_are_none(
    folder: Path, faults: Callable[[str], Plan]
) -> None:
    """No file is opened and nothing but the end of the last frame is read."""
    history = History.open(folder)
    history.add(make_job(1))
    plan = faults("statvfs:1:EIO")
    assert history.refresh() == []
    assert plan.counts["open"] == 0
    assert plan.counts["read"] <= 1
    faults("")
    history.close()


def test_several_changes_are_one_write(folder: Path, faults: Callable[[str], Plan]) -> None:
    """All of them or none, in one frame."""
    history = History.open(folder)
    history.add_many([make_job(number) for number in range(10)])
    journal = folder / "history.0.journal"
    lines = journal.read_bytes().count(b"\n")
    jobs = history.change_many([(make_job(n).id, queued) for n in range(10)], durable=True)
    assert [job.state for job in jobs] == [JobState.QUEUED] * 10
    assert journal.read_bytes().count(b"\n") == lines + 1
    faults("fsync:1:EIO")
    with pytest.raises(LibraryUnwritable):
        history.change_many(
            [(make_job(n).id, lambda job: replace(job, starred=True)) for n in range(10)], durable=True
        )
    faults("")
    assert not any(row.starred for row in history.index.rows())
    assert not any(job.starred for n in range(10) if (job := history.get(make_job(n).id)))
    history.close()


def test_only_a_durable_change_waits_for_the_disk(folder: Path, faults: Callable[[str], Plan]) -> None:
    """Without it: one write, no fsync; a change that changes nothing writes nothing."""
    history = History.open(folder)
    history.add(make_job(1))
    plan = faults("statvfs:1:EIO")
    history.change(make_job(1).id, queued, durable=False)
    assert (plan.counts["write"], plan.counts["fsync"]) == (1, 0)
    history.change(make_job(1).id, queued, durable=True)
    assert plan.counts["write"] == 1
    history.change(make_job(1).id, lambda job: replace(job, starred=True), durable=True)
    assert (plan.counts["write"], plan.counts["fsync"]) == (2, 1)
    history.close()


def test_an_error_in_the_change_changes_nothing(folder: Path) -> None:
    """Neither an unknown job nor an exception in the function leaves a trace."""
    history = History.open(folder)
    history.add(make_job(1))
    with pytest.raises(KeyError):
        history.change_many([(make_job(1).id, queued), ("unknown", queued)], durable=True)
    with pytest.raises(ZeroDivisionError):
        history.change(make_job(1).id, lambda job: replace(job, film_size=1 // 0), durable=True)
    with pytest.raises(ValueError, match="already"):
        history.add(make_job(1))
    assert history.get(make_job(1).id) == make_job(1)
    history.close()


def test_a_job_that_another_program_took_out_is_gone(folder: Path) -> None:
    """For every process that has the history open, and at the next start."""
    history, other = History.open(folder), History.open(folder)
    history.add_many([make_job(1), make_job(2)])
    other.load()
    job_id = make_job(1).id
    take_out(folder, job_id)
    assert other.refresh() == history.refresh() == [job_id]
    for each in (history, other):
        assert each.get(job_id) is None
        assert [row.id for row in each.index.rows()] == [make_job(2).id]
        with pytest.raises(KeyError):
            each.change(job_id, queued, durable=True)
    history.close()
    other.close()
    history = History.open(folder)
    assert history.get(job_id) is None
    assert history.health.sentences() == []
    history.close()


def test_what_is_no_job_is_kept_and_told(folder: Path) -> None:
    """A record this version cannot read is counted, not shown, and never dropped."""
    history = History.open(folder)
    history.add(make_job(1))
    history.close()
    with TinyDB(folder / "history.json") as stock:
        stock.insert({"id": "future", "state": "dreaming", "more": 1})
        stock.insert({"note": "mine"})
    history = History.open(folder)
    history.load()
    assert len(history.index) == 1
    assert history.health.unreadable == 2
    history.change(make_job(1).id, queued, durable=True)
    history.close()
    with TinyDB(folder / "history.json") as stock:
        assert stock.get(doc_id=2) == {"id": "future", "state": "dreaming", "more": 1}
        assert stock.get(doc_id=3) == {"note": "mine"}


@pytest.mark.parametrize(
    "change",
    [
        {"endpoint": "of a newer version"},
        {"endpoint": ["vendor"]},
        {"model": ""},
        {"model": None},
        {"id": ""},
        {"created_at": "long ago"},
    ],
)
def test_a_job_that_cannot_be_read_stops_nothing(folder: Path, change: Document) -> None:
    """Whatever the list shows can be asked for, and what cannot be read is None: no screen, no search ends by it."""
    history = History.open(folder)
    history.add_many([make_job(1), make_job(2)])
    history.close()
    with TinyDB(folder / "history.json") as stock:
        stock.update(change, doc_ids=[1])
    history = History.open(folder)
    history.load()
    jobs = [history.get(row.id) for row in history.index.rows()]
    assert [job for job in jobs if job is not None] == [make_job(2)]
    history.close()


def test_an_older_layout_is_brought_up(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps are applied in order from the document's own layout on; what is written has the newest."""

    def first(document: Document) -> Document:
        return {**document, "starred": document["favourite"]}

    def second(document: Document) -> Document:
        return {**document, "status_word": "stepped"}

    history = History.open(folder)
    history.add(make_job(1))
    history.close()
    with TinyDB(folder / "history.json") as stock:
        stock.update({"favourite": True})
    monkeypatch.setattr(records, "STEPS", (first, second))
    history = History.open(folder)
    job = history.get(make_job(1).id)
    assert job is not None
    assert (job.starred, job.status_word) == (True, "stepped")
    history.change(job.id, queued, durable=True)
    history.close()
    data = json.loads((folder / "history.json").read_text())["_default"]["1"]
    assert (data["layout"], data["starred"], data["favourite"]) == (3, True, True)


def test_a_newer_layout_keeps_its_number(folder: Path) -> None:
    """An older version that changes a newer record does not make it look old."""
    history = History.open(folder)
    history.add(make_job(1))
    history.close()
    with TinyDB(folder / "history.json") as stock:
        stock.update({"layout": 7, "hologram": [1, 2]})
    history = History.open(folder)
    history.change(make_job(1).id, queued, durable=True)
    history.close()
    data = json.loads((folder / "history.json").read_text())["_default"]["1"]
    assert (data["layout"], data["hologram"], data["state"]) == (7, [1, 2], "queued")


def test_an_order_is_refused_where_its_intent_cannot_be_written(
    folder: Path, faults: Callable[[str], Plan]
) -> None:
    """The error comes before anything shows; with room again the same job can be added."""
    history = History.open(folder)
    history.load()
    for fault in ("open:1+:EROFS", "write:1:ENOSPC", "fsync:1:EIO"):
        faults(fault)
        with pytest.raises(LibraryError):
            history.add(make_job(1))
        assert len(history.index) == 0
    faults("")
    history.add(make_job(1))
    history.close()
    history = History.open(folder)
    history.load()
    assert [row.id for row in history.index.rows()] == [make_job(1).id]
    assert history.health.set_aside == []
    history.close()


def test_opening_reads_nothing(folder: Path, faults: Callable[[str], Plan]) -> None:
    """The start of the program does not depend on the size of the history."""
    plan = faults("statvfs:1:EIO")
    History.open(folder).close()
    assert not plan.counts
    assert not folder.exists()


def test_a_job_is_found_by_what_a_person_has_of_it(folder: Path) -> None:
    """By its id or the beginning of it, by its film, by its generation."""
    history = History.open(folder)
    history.add(make_job(1, film_path="/films/2026-11-22_dragon_7f3a.mp4", generation_ids=("gen:a/b",)))
    history.add(make_job(2))
    job_id = make_job(1).id
    for name in (job_id, job_id[:24].lower(), "2026-11-22_dragon_7f3a.mp4", "gen:a/b"):
        assert job_id in history.find(name), name
    for name in ("nothing", "", ".", "/", ".."):
        assert history.find(name) == [], name
    assert history.generation_ids(START) == {"gen:a/b"}
    history.close()


def test_durations_are_learned_from_saved_films(folder: Path) -> None:
    """Seconds from sent to completed, of this model, newest first, the last two hundred."""
    history = History.open(folder)

    def saved(number: int) -> Job:
        sent = START + timedelta(seconds=number)
        return make_job(
            number, state=JobState.SAVED, submitted_at=sent, completed_at=sent + timedelta(seconds=number)
        )

    history.add_many([*(saved(number) for number in range(1, 251)), make_job(400)])
    durations = history.index.past_durations(MODEL)
    assert durations[:3] == [250.0, 249.0, 248.0]
    assert len(durations) == 200
    history.add(saved(300))
    assert history.index.past_durations(MODEL)[0] == 300.0
    assert history.index.past_durations("other") == []
    history.close()
