"""A part of the history is set back to an older copy, or swapped: what is beside it is newer, and nothing is lost."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.library.jobs import compact, make_job
from wan_tui.library.history import History

Copies = dict[str, bytes]
JOBS = 8


def starred(history: History, number: int) -> None:
    history.change(make_job(number).id, lambda job: replace(job, starred=True), durable=True)


def files(folder: Path) -> Copies:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".lock"}


def lived(folder: Path, first: int = 0, *, killed: bool = False) -> list[Copies]:
    """A library over several runs, a job and a change in each; what lay on the disk after each run."""
    copies = []
    for number in range(first, first + JOBS):
        history = History.open(folder)
        history.add(make_job(number))
        if number > first:
            starred(history, number - 1)
        if killed and number % 2:
            history._storage._follower.state.journal.close()  # as a kill leaves it: nothing is folded in
        else:
            history.close()
        copies.append(files(folder))
    return copies


def seen(folder: Path) -> tuple[set[str], list[str]]:
    """Ids, with a star where there is one, and what health says; as by a program that only looks."""
    history = History.open(folder, read_only=True)
    history.load()
    jobs = [history.get(row.id) for row in history.index.rows()]
    found = {job.id + "*" * job.starred for job in jobs if job is not None}
    said = history.health.sentences()
    history.close()
    return found, said


def all_of(first: int = 0) -> set[str]:
    numbers = range(first, first + JOBS)
    return {make_job(n).id + "*" * (n < first + JOBS - 1) for n in numbers}


def mended(folder: Path) -> None:
    """A program that may write puts it right once, says so, and the next one finds all well."""
    history = History.open(folder)
    history.load()
    assert history.health.sentences() != []
    history.add(make_job(99))
    history.close()
    found, said = seen(folder)
    assert make_job(99).id in found
    assert said == []


@pytest.mark.parametrize("killed", [False, True])
@pytest.mark.parametrize("back", range(JOBS - 1))
def test_history_json_alone_is_set_back(folder: Path, killed: bool, back: int) -> None:
    """To any earlier run's: the newest state is there, and it is told."""
    copies = lived(folder, killed=killed)
    old = copies[back]["history.json"]
    if old == copies[-1]["history.json"]:
        return
    (folder / "history.json").write_bytes(old)
    found, said = seen(folder)
    assert found == all_of()
    if old == copies[-1]["history.json.bak"]:
        return  # as after a kill in the middle of a compaction: all is there, and there is nothing to tell
    assert "older" in " ".join(said)
    mended(folder)
    assert all_of() <= seen(folder)[0]


def test_it_is_set_back_while_the_program_runs(folder: Path) -> None:
    """The running program goes on with what it knows and puts it right at its next change."""
    copies = lived(folder)
    history = History.open(folder)
    history.load()
    (folder / "history.json").write_bytes(copies[1]["history.json"])
    history.refresh()
    starred(history, JOBS - 1)
    history.close()
    found, said = seen(folder)
    assert found == {make_job(n).id + "*" for n in range(JOBS)}
    assert said == []


@pytest.mark.parametrize("back", [1, JOBS - 2])
def test_all_is_set_back_while_the_program_runs(folder: Path, back: int) -> None:
    """A restored backup: nothing on the disk tells, but the running program knows better."""
    copies = lived(folder)
    history = History.open(folder)
    history.load()
    for path in folder.glob("history*"):
        path.unlink()
    for name, raw in copies[back].items():
        (folder / name).write_bytes(raw)
    history.refresh()
    assert {row.id for row in history.index.rows()} == {make_job(n).id for n in range(JOBS)}
    history.add(make_job(50))
    history.close()
    assert seen(folder)[0] == all_of() | {make_job(50).id}


@pytest.mark.parametrize("way", ["folder swapped", "file by file"])
def test_all_is_set_back_to_the_same_generation(folder: Path, tmp_path: Path, way: str) -> None:
    """The backup was made after the last snapshot: only its journal is shorter."""
    lived(folder)
    history = History.open(folder)
    history.add(make_job(50))
    copy = shutil.copytree(folder, tmp_path / "copy")
    history.add(make_job(51))
    starred(history, 50)
    if way == "folder swapped":
        shutil.rmtree(folder)
        copy.rename(folder)
    else:
        for path in copy.iterdir():
            path.replace(folder / path.name)
    history.refresh()
    wanted = all_of() | {make_job(50).id + "*", make_job(51).id}
    assert {row.id for row in history.index.rows()} == {found.rstrip("*") for found in wanted}
    history.add(make_job(52))
    history.close()
    assert seen(folder) == (wanted | {make_job(52).id}, [])


@pytest.mark.parametrize("use", ["read", "changed"])
def test_a_number_that_was_given_out_again(folder: Path, use: str) -> None:
    """The history was set back, and another process went on from there: what this one has to say of its own job never
    comes to stand in the job that has the number now."""
    copies = lived(folder)
    history = History.open(folder)
    history.add(make_job(50))
    shutil.rmtree(folder)
    folder.mkdir()
    for name, raw in copies[-1].items():
        (folder / name).write_bytes(raw)
    other = History.open(folder)
    other.add(make_job(60))
    for _ in range(3):  # it has counted further than this one
        compact(other._storage)
    other.close()
    history.refresh()
    if use == "read":
        assert history.get(make_job(50).id) is None
    else:
        with pytest.raises(KeyError):
            starred(history, 50)
    assert history.get(make_job(60).id) == make_job(60)
    history.close()
    assert seen(folder)[0] == all_of() | {make_job(60).id}


@pytest.mark.parametrize("longer", ["theirs", "ours"])
def test_another_librarys_history_json_loses_neither(tmp_path: Path, longer: str) -> None:
    """Whichever has counted further: the jobs of both are there."""
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    lived(ours, 0)
    lived(theirs, 20)
    longer_folder, number = (theirs, 40) if longer == "theirs" else (ours, 41)
    for _ in range(3):
        history = History.open(longer_folder)
        history.add(make_job(number))
        number += 2
        history.close()
    shutil.copy(theirs / "history.json", ours / "history.json")
    found, said = seen(ours)
    assert all_of(0) | all_of(20) <= found
    assert said != []
    mended(ours)
    assert all_of(0) | all_of(20) <= seen(ours)[0]


@pytest.mark.parametrize("back", range(1, JOBS - 1))
def test_the_backup_is_set_back(folder: Path, back: int) -> None:
    """Nothing is wrong as long as ``history.json`` is sound; where it is damaged too, what is whole is kept."""
    copies = lived(folder)
    (folder / "history.json.bak").write_bytes(copies[back]["history.json.bak"])
    assert seen(folder) == (all_of(), [])
    raw = (folder / "history.json").read_bytes()
    (folder / "history.json").write_bytes(raw[:-30])
    assert {found.rstrip("*") for found in seen(folder)[0]} == {found.rstrip("*") for found in all_of()}


@pytest.mark.parametrize("what", ["nothing", "compacted"])
def test_an_ordinary_life_is_not_suspected(folder: Path, what: str) -> None:
    """No false alarm, not even after many compactions."""
    lived(folder)
    history = History.open(folder)
    for _ in range(3 if what == "compacted" else 0):
        compact(history._storage)
    history.close()
    assert seen(folder)[1] == []
