"""A history damaged at any byte: it opens, what is whole is kept, the bad part is set aside and told."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.unit.library.jobs import compact
from tests.unit.library.test_storage import open_db, storage_of
from wan_tui.library.fault_injection import Plan

PROPERTY = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
JOBS = 6


def documents(folder: Path) -> dict[str, object]:
    """What the program sees when it starts, by the document's own id."""
    with open_db(folder) as db:
        return {doc["id"]: doc for doc in db.all()}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library with a snapshot, the one before it, and changes in both journals."""
    folder = tmp_path_factory.mktemp("original")
    db = open_db(folder)
    db.insert_multiple({"id": f"job{n}", "state": "waiting", "n": 0} for n in range(JOBS))
    compact(storage_of(db))
    for number in range(JOBS):
        db.update({"n": 1}, doc_ids=[number + 1])
    compact(storage_of(db))
    for number in range(JOBS):
        db.update({"n": 2, "state": "saved"}, doc_ids=[number + 1])
    # As a kill leaves it: the last journal is not folded in.
    storage_of(db)._follower.state.journal.close()
    return folder


@pytest.fixture
def copy(original: Path, tmp_path: Path) -> Callable[[], Path]:
    def fresh() -> Path:
        folder = tmp_path / "data"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(original, folder)
        return folder

    return fresh


def set_aside(folder: Path) -> bytes:
    return b"".join(sorted(p.read_bytes() for p in folder.glob("history.damaged-*")))


def usable(folder: Path) -> None:
    """After whatever happened, a change is recorded, and the next start is sound and sees it."""
    with open_db(folder) as db:
        number = db.insert({"id": "new"})
    with open_db(folder) as db:
        assert db.get(doc_id=number) == {"id": "new"}
        assert storage_of(db).health.sentences() == []


@given(data=st.data())
@PROPERTY
def test_a_journal_cut_anywhere_loses_only_what_was_cut(
    copy: Callable[[], Path], data: st.DataObject
) -> None:
    """Every change before the cut is there; the torn one is set aside, not guessed at."""
    folder = copy()
    journal = folder / "history.2.journal"
    raw = journal.read_bytes()
    cut = data.draw(st.integers(0, len(raw) - 1))
    journal.write_bytes(raw[:cut])
    whole = raw[:cut].count(b"\n")
    seen = documents(folder)
    assert [seen[f"job{n}"]["n"] for n in range(JOBS)] == [2] * whole + [1] * (JOBS - whole)  # type: ignore[index]
    usable(folder)
    assert raw[:cut].rpartition(b"\n")[2] in set_aside(folder)


@given(data=st.data())
@PROPERTY
def test_a_journal_damaged_in_the_middle_loses_one_change(
    copy: Callable[[], Path], data: st.DataObject
) -> None:
    """A wrong byte costs the frame it is in and no other (two, where it was the end of a line)."""
    folder = copy()
    journal = folder / "history.2.journal"
    raw = bytearray(journal.read_bytes())
    place = data.draw(st.integers(0, len(raw) - 1))
    was_end = raw[place] == 10
    raw[place] ^= data.draw(st.integers(1, 255))
    journal.write_bytes(raw)
    seen = documents(folder)
    lost = sum(seen[f"job{n}"]["n"] != 2 for n in range(JOBS))  # type: ignore[index]
    assert 1 <= lost <= (2 if was_end else 1)
    assert len(seen) == JOBS
    usable(folder)
    assert set_aside(folder)


@given(data=st.data())
@PROPERTY
def test_a_snapshot_damaged_anywhere_is_rebuilt_exactly(
    copy: Callable[[], Path], data: st.DataObject
) -> None:
    """The predecessor and the journals since give the same state; the damaged file is kept as it was found."""
    folder = copy()
    before = documents(copy())
    folder = copy()
    path = folder / "history.json"
    raw = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(raw) - 1))
    match data.draw(st.sampled_from(["flip", "cut", "insert", "remove"])):
        case "flip":
            raw[place] ^= data.draw(st.integers(1, 255))
        case "cut":
            del raw[place:]
        case "insert":
            raw[place:place] = data.draw(st.binary(min_size=1, max_size=20))
        case _:
            del raw[place : place + data.draw(st.integers(1, 200))]
    path.write_bytes(raw)
    assert documents(folder) == before
    usable(folder)
    assert bytes(raw) in set_aside(folder)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"null",
        b'"text"',
        b"\x00" * 100,
        b"\xff\xfe\x00garbage\n\n",
        b"{",
        b'{"_default": 5}',
        b"{}{}",
    ],
)
def test_a_file_that_is_no_history_is_set_aside(copy: Callable[[], Path], content: bytes) -> None:
    """Empty, binary or foreign: never overwritten silently, and the history is rebuilt."""
    before = documents(copy())
    folder = copy()
    (folder / "history.json").write_bytes(content)
    assert documents(folder) == before
    usable(folder)
    assert content in set_aside(folder)
    assert list(folder.glob("history.damaged-*"))


def test_fifty_megabytes_of_garbage(copy: Callable[[], Path]) -> None:
    """Size is no protection: it is set aside like anything else."""
    before = documents(copy())
    folder = copy()
    (folder / "history.json").write_bytes(b"\x80garbage\n" * (50 * 1024 * 1024 // 9))
    assert documents(folder) == before
    usable(folder)


@given(data=st.data())
@PROPERTY
def test_alone_and_damaged_every_whole_document_is_salvaged(
    copy: Callable[[], Path], data: st.DataObject
) -> None:
    """With neither predecessor nor journals, whatever is still whole in the file is kept: all but one document."""
    folder = copy()
    documents(folder)
    for path in folder.iterdir():
        if path.name != "history.json":
            path.unlink()
    path = folder / "history.json"
    raw = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(raw)
    seen = documents(folder)
    intact = [
        n for n in range(JOBS) if seen.get(f"job{n}", {}) == {"id": f"job{n}", "state": "saved", "n": 2}
    ]
    assert len(intact) >= JOBS - 1
    usable(folder)
    assert bytes(raw) in set_aside(folder)


@pytest.mark.parametrize("end", [b"9", b",", b"{"])
def test_a_document_without_its_end_takes_no_other_along(copy: Callable[[], Path], end: bytes) -> None:
    """Its closing brace is damaged so that what follows could be read as a part of it: the others are kept."""
    folder = copy()
    documents(folder)
    for path in folder.iterdir():
        if path.name != "history.json":
            path.unlink()
    path = folder / "history.json"
    raw = path.read_bytes()
    path.write_bytes(raw.replace(b'"n":2},\n"4"', b'"n":2' + end + b',\n"4"'))
    assert set(documents(folder)) >= {f"job{number}" for number in range(JOBS) if number != 2}


def test_both_snapshots_damaged(copy: Callable[[], Path]) -> None:
    """What either of them still holds, and the journals, make up the history; both files are kept."""
    before = documents(copy())
    folder = copy()
    for name in ("history.json", "history.json.bak"):
        path = folder / name
        raw = path.read_bytes()
        path.write_bytes(raw[: len(raw) - 30])
    assert documents(folder) == before
    usable(folder)
    assert len(list(folder.glob("history.damaged-*"))) >= 2


def test_a_missing_snapshot_is_rebuilt(copy: Callable[[], Path]) -> None:
    """The file is gone, its predecessor and the journals are not."""
    before = documents(copy())
    folder = copy()
    (folder / "history.json").unlink()
    with open_db(folder) as db:
        storage_of(db).load()
        assert {doc["id"]: doc for doc in db.all()} == before
        assert "rebuilt" in " ".join(storage_of(db).health.sentences())
    usable(folder)


def test_a_restored_backup_meets_the_journals_since(copy: Callable[[], Path]) -> None:
    """A user who copies .bak over the history loses nothing: the journals since are applied."""
    before = documents(copy())
    folder = copy()
    shutil.copy(folder / "history.json.bak", folder / "history.json")
    assert documents(folder) == before
    usable(folder)


def test_an_unreadable_sector_is_damage(copy: Callable[[], Path], faults: Callable[[str], Plan]) -> None:
    """EIO while the snapshot is read: rebuilt from its predecessor."""
    before = documents(copy())
    folder = copy()
    faults("read:1:EIO")
    seen = documents(folder)
    faults("")
    assert seen == before


def test_damage_is_told(copy: Callable[[], Path]) -> None:
    """The report names what was damaged and the file it was put into."""
    folder = copy()
    (folder / "history.json").write_bytes(b"oops")
    with open_db(folder) as db:
        storage = storage_of(db)
        storage.load()
        assert storage.health.sentences()
        [kept] = storage.health.set_aside
        assert kept.path.read_bytes() == b"oops"
        assert kept.path.name in " ".join(storage.health.sentences())
    assert json.loads((folder / "history.json").read_text())["_default"]["1"]["n"] == 2


@example(b"1" * 100)
@given(junk=st.binary(max_size=300))
@PROPERTY
def test_garbage_at_the_end_of_a_journal(copy: Callable[[], Path], junk: bytes) -> None:
    """Whatever stands behind the last change, the changes are there."""
    before = documents(copy())
    folder = copy()
    with (folder / "history.2.journal").open("ab") as file:
        file.write(junk)
    assert documents(folder) == before
    usable(folder)
