"""Every single disk call fails once, in every way: what was acknowledged is there, nothing is ever unreadable."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from tests.unit.library.jobs import compact
from tests.unit.library.test_storage import open_db, storage_of
from wan_tui.domain.errors import LibraryError
from wan_tui.library import disk
from wan_tui.library.fault_injection import Plan

CALLS = ["open", "read", "write", "fsync", "rename", "link", "unlink", "truncate", "lock", "mkdir"]
KINDS = ["ENOSPC", "EIO", "EACCES", "EROFS"]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library with a snapshot, its predecessor and a journal."""
    folder = tmp_path_factory.mktemp("original")
    db = open_db(folder)
    db.insert_multiple({"id": f"job{n}", "n": 0} for n in range(3))
    compact(storage_of(db))
    db.update({"n": 1}, doc_ids=[1])
    compact(storage_of(db))
    db.insert({"id": "job3", "n": 0})
    storage_of(db)._follower.state.journal.close()
    return folder


Step = Callable[[], object]
T = TypeVar("T")


def run(folder: Path, acknowledged: dict[str, int], doubtful: dict[str, int]) -> None:
    """What a session does; notes which changes were acknowledged and which ended in an error."""
    db = open_db(folder, journal_limit=120)
    table = db.table("_default")

    def attempt(name: str, value: int, step: Step) -> None:
        try:
            step()
        except LibraryError:
            doubtful[name] = value
        else:
            acknowledged[name] = value
            doubtful.pop(name, None)
            # What was recorded shows at once in the running program, too.
            assert {doc["id"]: doc["n"] for doc in _quietly(db.all)}[name] == value

    attempt("new0", 0, lambda: table.insert({"id": "new0", "n": 0}))
    for number in range(3):
        attempt("job0", 10 + number, lambda: table.update({"n": 10 + number}, doc_ids=[1]))  # noqa: B023
    attempt("new1", 0, lambda: table.insert({"id": "new1", "n": 0, "long": "x" * 5000}))
    with _refused():
        compact(storage_of(db))
    attempt("new2", 0, lambda: table.insert({"id": "new2", "n": 0}))
    db.close()


def _quietly(look: Callable[[], list[T]]) -> list[T]:
    """Look without the planned failures: reading may fail for its own reasons."""
    plan, disk._plan = disk._plan, Plan()
    try:
        return look()
    finally:
        disk.use_plan(plan)


class _refused:  # noqa: N801
    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        return kind is not None and issubclass(kind, LibraryError)


def plans(call: str, kind: str) -> Iterator[str]:
    yield f"{call}:1+:{kind}"
    for nth in range(1, 200):
        yield f"{call}:{nth}:{kind}"


@pytest.mark.parametrize("call", CALLS)
def test_each_call_fails_once(
    original: Path, tmp_path: Path, faults: Callable[[str], Plan], call: str
) -> None:
    """For every call of this kind, one after another: the old state or the new one, and a sound next start."""
    injected = 0
    for kind in KINDS if call != "write" else [*KINDS, "short"]:
        for text in plans(call, kind):
            folder = tmp_path / "data"
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(original, folder)
            acknowledged, doubtful = {"job1": 0, "job2": 0, "job3": 0}, {"job0": 1}
            plan = faults(text)
            run(folder, acknowledged, doubtful)
            faults("")
            with open_db(folder) as db:
                seen = {doc["id"]: doc["n"] for doc in db.all()}
                problems = storage_of(db).health.set_aside
            for name, value in acknowledged.items():
                assert seen.get(name) in (value, doubtful.get(name, value)), (text, name, seen, doubtful)
            assert seen.keys() <= acknowledged.keys() | doubtful.keys(), text
            assert len(set(seen)) == len(seen)
            assert not problems or call == "read", (text, problems)
            injected += plan.fired
            if not plan.fired:
                break
    print(f"{call}: {injected} failures injected")
    assert injected or call in ("mkdir", "truncate")


def test_a_disk_full_for_a_while(folder: Path, faults: Callable[[str], Plan]) -> None:
    """While the disk is full nothing changes, in the file or in memory; when there is room it goes on."""
    with open_db(folder) as db:
        db.insert({"id": "a"})
        faults("write:1+:ENOSPC")
        for _ in range(3):
            with pytest.raises(LibraryError, match="the disk is full"):
                db.insert({"id": "b"})
        assert db.all() == [{"id": "a"}]
        faults("")
        assert db.insert({"id": "c"}) > 1
        assert [doc["id"] for doc in db.all()] == ["a", "c"]
    with open_db(folder) as db:
        assert [doc["id"] for doc in db.all()] == ["a", "c"]
        assert storage_of(db).health.sentences() == []


def test_a_half_written_frame_that_cannot_be_cut_off(folder: Path, faults: Callable[[str], Plan]) -> None:
    """The write breaks off and the clean-up fails too: the next change cleans up first."""
    with open_db(folder) as db:
        db.insert({"id": "a"})
        faults("write:1:short,write:2:ENOSPC,truncate:1:EIO")
        with pytest.raises(LibraryError):
            db.insert({"id": "b"})
        faults("")
        db.insert({"id": "c"})
        assert [doc["id"] for doc in db.all()] == ["a", "c"]
    with open_db(folder) as db:
        assert [doc["id"] for doc in db.all()] == ["a", "c"]


def test_another_process_sees_a_change_taken_back(folder: Path, faults: Callable[[str], Plan]) -> None:
    """A frame that one process read and its writer then took back is forgotten by both."""
    with open_db(folder) as writer, open_db(folder) as reader:
        writer.insert({"id": "a"})
        journal = folder / "history.0.journal"
        before = journal.stat().st_size
        writer.insert({"id": "b"})
        assert len(reader.all()) == 2
        with journal.open("r+b") as file:
            file.truncate(before)
        assert [doc["id"] for doc in reader.all()] == ["a"]
        writer.insert({"id": "other"})
        assert [doc["id"] for doc in reader.all()] == ["a", "other"]
        assert [doc["id"] for doc in writer.all()] == ["a", "other"]


def test_reading_works_where_nothing_can_be_written(original: Path, faults: Callable[[str], Plan]) -> None:
    """On a read-only disk the history shows, and each change says why not."""
    faults("write:1+:EROFS,lock:1+:EROFS,mkdir:1+:EROFS,truncate:1+:EROFS,rename:1+:EROFS")
    with open_db(original) as db:
        storage_of(db).load()
        assert len(db) == 4
        with pytest.raises(LibraryError, match="read-only"):
            db.insert({"id": "x"})
