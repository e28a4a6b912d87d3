"""The history file as TinyDB, and what other programs and versions may do to it."""

from __future__ import annotations

import errno
import inspect
import json
import os
import shutil
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from tinydb import TinyDB, where
from tinydb.table import Document, Table

from tests.unit.library.jobs import compact
from wan_tui.domain.errors import LibraryBusy, LibraryError, LibraryTooNew, LibraryUnwritable
from wan_tui.library.fault_injection import Plan
from wan_tui.library.storage import JournalStorage
from wan_tui.library.tables import HistoryDB


def open_db(folder: Path, **options: object) -> HistoryDB:
    return HistoryDB(folder / "history.json", storage=JournalStorage, **options)


def storage_of(db: HistoryDB) -> JournalStorage:
    assert isinstance(db.storage, JournalStorage)
    return db.storage


def test_stock_tinydb_opens_the_file_after_a_close(folder: Path) -> None:
    """TinyDB as it comes reads every document of ours, under integer numbers, with no option at all."""
    with open_db(folder) as db:
        db.insert_multiple({"id": f"job{n}", "prompt": "ein Drache \ud800 🐉"} for n in range(3))
    with TinyDB(folder / "history.json") as stock:
        assert [doc.doc_id for doc in stock.all()] == [1, 2, 3]
        assert stock.get(where("id") == "job2") == {"id": "job2", "prompt": "ein Drache \ud800 🐉"}


def test_what_stock_tinydb_writes_is_taken_over(folder: Path) -> None:
    """A user may change the file with TinyDB while we are not running; the change counts and nothing is lost."""
    with open_db(folder) as db:
        db.insert_multiple({"id": f"job{n}"} for n in range(3))
    with TinyDB(folder / "history.json") as stock:
        stock.update({"mine": True}, doc_ids=[2])
        stock.insert({"id": "theirs"})
    with open_db(folder) as db:
        assert db.get(doc_id=2) == {"id": "job1", "mine": True}
        assert db.insert({"id": "next"}) == 5
        assert storage_of(db).health.sentences() == []
    with TinyDB(folder / "history.json") as stock:
        assert [doc["id"] for doc in stock.all()] == ["job0", "job1", "job2", "theirs", "next"]


def _odd(number: Any) -> bool:
    return bool(number % 2 == 1)


def test_every_tinydb_operation_works(folder: Path) -> None:
    """Insert, update, upsert, remove, search, truncate and drop behave as in stock TinyDB, and survive a reopen."""
    with open_db(folder) as db, TinyDB(folder.parent / "stock.json") as stock:
        results = []
        for each in (db, stock):
            table = each.table("other")
            steps = [
                table.insert_multiple({"n": n} for n in range(5)),
                table.insert(Document({"n": 9}, doc_id=9)),
                table.insert({"n": 10}),
                table.update({"odd": True}, where("n").test(_odd)),
                table.update(lambda doc: doc.pop("odd"), doc_ids=[2, 77]),
                table.upsert({"n": 3, "up": 1}, where("n") == 3),
                table.remove(where("n") == 0),
                table.remove(doc_ids=[3, 88]),
                sorted(map(str, table.all())),
                len(table),
                table.contains(doc_id=3),
                each.insert({"id": "kept"}),
            ]
            each.table("gone").insert({"a": 1})
            each.drop_table("gone")
            each.table("empty").insert({"a": 1})
            each.table("empty").truncate()
            results.append((steps, sorted(map(str, table.search(where("n") > 3)))))
        assert results[0] == results[1]
    with open_db(folder) as db:
        assert len(db.table("other")) == 5
        assert db.all() == [{"id": "kept"}]
        assert "gone" not in db.tables()
        db.drop_tables()
    with open_db(folder) as db:
        assert db.tables() == set()


def test_tinydb_still_has_the_seams_we_build_on() -> None:
    """Fails when TinyDB changes how a table hands changes to its storage, so that we look before we ship."""
    assert list(inspect.signature(Table._update_table).parameters) == ["self", "updater"]
    assert list(inspect.signature(Table._get_next_id).parameters) == ["self"]
    assert list(inspect.signature(Table.__init__).parameters)[:4] == ["self", "storage", "name", "cache_size"]
    for method in (Table.insert_multiple, Table.update, Table.remove, Table.truncate):
        assert "self._update_table(" in inspect.getsource(method), method
        assert "self._storage.write" not in inspect.getsource(method), method
    assert "self._get_next_id()" in inspect.getsource(Table.insert_multiple)


def test_an_updater_is_given_live_documents_by_number(folder: Path) -> None:
    """The contract of ``_update_table``: a mutable mapping of integers, whose documents may be changed in place."""
    with open_db(folder) as db:
        db.insert_multiple([{"id": "a", "n": 1}, {"id": "b", "n": 2}])

        def updater(table: dict[int, dict[str, object]]) -> None:
            assert sorted(table) == [1, 2]
            assert 2 in table
            assert len(table) == 2
            table[1]["n"] = 5
            table[7] = {"id": "c"}
            assert table.pop(2) == {"id": "b", "n": 2}
            assert sorted(table) == [1, 7]
            with pytest.raises(KeyError):
                del table[2]

        db.table("_default")._update_table(updater)
        assert db.all() == [{"id": "a", "n": 5}, {"id": "c"}]


def test_a_read_document_is_a_copy(folder: Path) -> None:
    """Changing what was read changes nothing in the history."""
    with open_db(folder) as db:
        db.insert({"id": "a", "parameters": {"seed": 1}})
        db.all()[0]["parameters"]["seed"] = 2
        assert db.all()[0]["parameters"]["seed"] == 1


def test_a_failing_updater_changes_nothing(folder: Path) -> None:
    """An exception in the middle of a change leaves memory and file as they were."""
    with open_db(folder) as db:
        db.insert({"id": "a", "n": 1})

        def fail(document: dict[str, int]) -> None:
            document["n"] = 2
            raise RuntimeError("no")

        with pytest.raises(RuntimeError):
            db.update(fail, doc_ids=[1])
        assert db.all() == [{"id": "a", "n": 1}]
    with open_db(folder) as db:
        assert db.all() == [{"id": "a", "n": 1}]


def test_unknown_tables_and_fields_survive_byte_for_byte(folder: Path) -> None:
    """What a newer version put there goes through a change and a rewrite untouched."""
    odd = '{"id":"x","later":{"big":123456789012345678901234567890,"f":1.0e2,"t":"\\u00e9\\u2028"}}'
    with open_db(folder) as db:
        db.insert({"id": "a"})
    path = folder / "history.json"
    text = path.read_text()
    with TinyDB(path) as stock:
        stock.table("palettes").insert({"id": "p"})
    path.write_text(path.read_text().replace('{"id": "p"}', odd))
    with open_db(folder) as db:
        db.insert({"id": "b"})
        compact(storage_of(db))
    assert json.loads(path.read_text())["palettes"]["1"] == json.loads(odd)
    rewritten = path.read_text()
    line = next(line for line in rewritten.splitlines() if "later" in line)
    with open_db(folder) as db:
        db.insert({"id": "c"})
    assert line in path.read_text().splitlines()
    assert path.read_text() != text


def test_a_newer_format_is_read_but_never_written(folder: Path) -> None:
    """The file says that a newer version laid it out: reading works, writing is refused, the file stays as it is."""
    with open_db(folder) as db:
        db.insert({"id": "a"})
    path = folder / "history.json"
    data = json.loads(path.read_text())
    data["_meta"]["1"]["format"] = 2
    path.write_text(json.dumps(data))
    before = path.read_bytes()
    with open_db(folder) as db:
        assert db.all() == [{"id": "a"}]
        with pytest.raises(LibraryTooNew):
            db.insert({"id": "b"})
        assert "newer version" in storage_of(db).health.sentences()[0]
    assert path.read_bytes() == before


def test_a_newer_layout_that_cannot_be_read_is_left_alone(folder: Path) -> None:
    """Of a format that cannot be made sense of, nothing is set aside, rebuilt or written: it is not damaged."""
    folder.mkdir()
    path = folder / "history.json"
    path.write_bytes(b'{"_meta": {"1": {"format": 2, "generation": 3}},\nzstd:\x00\x01\x02\n')
    before = path.read_bytes()
    with open_db(folder) as db, pytest.raises(LibraryTooNew):
        db.insert({"id": "b"})
    assert path.read_bytes() == before
    assert sorted(p.name for p in folder.iterdir()) == ["history.json"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_files_are_for_this_user_alone(folder: Path) -> None:
    """Whatever the umask: folder 0700, files 0600, from the moment they are made."""
    before = os.umask(0)
    try:
        with open_db(folder) as db:
            db.insert({"id": "a"})
            compact(storage_of(db))
            db.insert({"id": "b"})
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in folder.iterdir()}
    assert set(modes.values()) == {0o600}, modes
    assert {"history.json", "history.json.bak", "history.lock"} <= set(modes)


def test_a_link_in_place_of_the_history_is_refused(folder: Path, tmp_path: Path) -> None:
    """Neither the snapshot nor a journal is read or written through a symbolic link."""
    target = tmp_path / "elsewhere"
    target.write_text("{}")
    folder.mkdir()
    (folder / "history.json").symlink_to(target)
    with open_db(folder) as db, pytest.raises(LibraryUnwritable, match="symbolic link"):
        db.insert({"id": "a"})
    (folder / "history.json").unlink()
    (folder / "history.0.journal").symlink_to(target)
    with open_db(folder) as db, pytest.raises(LibraryUnwritable, match="symbolic link"):
        db.insert({"id": "a"})
    assert target.read_text() == "{}"


def test_a_history_that_may_not_be_read_is_left_alone(folder: Path, faults: Callable[[str], Plan]) -> None:
    """Rights are not damage: it is an error with its cause, and nothing is moved, rebuilt or written."""
    with open_db(folder) as db:
        db.insert({"id": "a"})
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    faults("open:1+:EACCES")
    with open_db(folder) as db, pytest.raises(LibraryError, match="permission denied"):
        db.insert({"id": "b"})
    faults("")
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before


def test_reading_only_makes_no_file(folder: Path) -> None:
    """A command that only lists leaves no trace, and its library refuses to write."""
    db = open_db(folder, read_only=True)
    assert db.all() == []
    with pytest.raises(LibraryUnwritable):
        db.insert({"id": "a"})
    db.close()
    assert not folder.exists()


def test_nothing_is_folded_at_start_and_everything_at_close(folder: Path) -> None:
    """A start only reads; an orderly end leaves an empty journal."""
    with open_db(folder) as db:
        db.insert({"id": "a"})
    first = open_db(folder)
    first.insert({"id": "b"})
    journal = folder / "history.1.journal"
    assert journal.stat().st_size > 0
    snapshot = (folder / "history.json").read_bytes()
    second = open_db(folder)
    assert len(second.all()) == 2
    assert (folder / "history.json").read_bytes() == snapshot
    first.close()
    assert (folder / "history.json").read_bytes() != snapshot
    assert not (folder / "history.2.journal").exists()
    assert len(second.all()) == 2
    second.close()


def test_the_journal_is_folded_when_it_grows(folder: Path) -> None:
    """The cap holds: old journals and temporary files do not pile up."""
    with open_db(folder, journal_limit=2000) as db:
        for number in range(100):
            db.insert({"id": f"job{number}", "text": "x" * 100})
            assert sum(p.stat().st_size for p in folder.glob("history.*.journal")) < 3 * 2000
    assert len(list(folder.glob("history.*.journal"))) <= 2
    assert not list(folder.glob("*.tmp"))
    with open_db(folder) as db:
        assert len(db) == 100


def test_files_taken_away_while_running_are_written_again(folder: Path) -> None:
    """Somebody empties the folder under a running program: what is in memory is all there is, so it is written."""
    with open_db(folder) as db:
        db.insert({"id": "a"})
        compact(storage_of(db))
        db.insert({"id": "b"})
        for path in folder.iterdir():
            path.unlink()
        db.insert({"id": "c"})
        assert [doc["id"] for doc in db.all()] == ["a", "b", "c"]
    with open_db(folder) as db:
        assert [doc["id"] for doc in db.all()] == ["a", "b", "c"]


def test_the_folder_taken_away_while_running_is_made_again(folder: Path) -> None:
    """The same with the whole folder."""
    with open_db(folder) as db:
        db.insert({"id": "a"})
        shutil.rmtree(folder)
        db.insert({"id": "b"})
    with open_db(folder) as db:
        assert [doc["id"] for doc in db.all()] == ["a", "b"]


def test_a_file_system_that_cannot_lock(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock file stands in, it is told, and it keeps others out as long as it is there."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(FileLock, "acquire", refuse)
    with open_db(folder) as db, open_db(folder, lock_wait=0.05) as other:
        db.insert({"id": "a"})
        assert "does not support file locks" in storage_of(db).health.sentences()[-1]
        with storage_of(db).transaction(), pytest.raises(LibraryBusy):
            other.insert({"id": "b"})
        other.insert({"id": "b"})
        assert len(db) == 2


def test_a_closed_history_can_still_be_read(folder: Path) -> None:
    """The screen may look once more while the program ends."""
    db = open_db(folder)
    db.insert({"id": "a"})
    db.close()
    assert db.all() == [{"id": "a"}]
    db.insert({"id": "b"})
    db.close()
    with TinyDB(folder / "history.json") as stock:
        assert len(stock) == 2


def test_a_change_within_a_change_is_an_error(folder: Path) -> None:
    """It would be lost: the outer one does not know of it."""
    with open_db(folder) as db:
        with storage_of(db).transaction(), pytest.raises(RuntimeError, match="nested transaction"):
            db.insert({"id": "a"})
        db.insert({"id": "b"})
        assert db.all() == [{"id": "b"}]


def test_threads_share_one_history(folder: Path) -> None:
    """Changes of several threads are all there, each under its own number."""
    with open_db(folder) as db:
        threads = [
            threading.Thread(target=lambda n=n: [db.insert({"id": f"{n}.{i}"}) for i in range(40)])
            for n in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({doc["id"] for doc in db.all()}) == 160


def test_a_newer_version_takes_over_while_we_run(folder: Path) -> None:
    """Another process, updated meanwhile, lays the file out anew: we see it and stop writing."""
    with open_db(folder) as db:
        db.insert({"id": "a"})
        compact(storage_of(db))
        path = folder / "history.json"
        data = json.loads(path.read_text())
        data["_meta"]["1"] = {"format": 2, "generation": 2}
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(data))
        fresh.replace(path)
        before = path.read_bytes()
        with pytest.raises(LibraryTooNew):
            db.insert({"id": "b"})
        assert db.all() == [{"id": "a"}]
    assert path.read_bytes() == before
