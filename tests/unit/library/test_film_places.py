"""A library that was moved, copied, renamed or made a link still has its films."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.library.jobs import make_job
from wan_tui.domain.job import Job, JobState
from wan_tui.library.film_places import FilmPlaces
from wan_tui.library.history import History

NAME = "2026-11-22_a-menacing-dragon_7f3a.mp4"


def saved(path: Path | str, **more: object) -> Job:
    """A job whose film was saved at ``path``, as an older version wrote it."""
    return make_job(1, state=JobState.SAVED, film_path=str(path), film_size=5, **more)


def library(root: Path, job: Job) -> Path:
    """A library at ``root`` with one job and its film."""
    (root / "films").mkdir(parents=True)
    (root / "films" / NAME).write_bytes(b"movie")
    history = History.open(root / "data")
    history.add(job)
    history.close()
    return root


def found(root: Path, *older: Path) -> Job:
    """The job as a program that starts at ``root`` sees it."""
    places = FilmPlaces([root / "films", *older])
    places.look()
    history = History.open(root / "data", films=places)
    job = history.get(make_job(1).id)
    history.close()
    assert job is not None
    return job


def moved(root: Path) -> Path:
    return root.rename(root.with_name("elsewhere"))


def linked(root: Path) -> Path:
    new = moved(root)
    root.symlink_to(new)
    return root


def link_to(root: Path) -> Path:
    (root.with_name("link")).symlink_to(root)
    return root.with_name("link")


def crooked(root: Path) -> Path:
    return root / "films" / ".." / "." / "data" / ".."


@pytest.mark.parametrize("change", [moved, linked, link_to, crooked])
@pytest.mark.parametrize("known", [NAME, None])
def test_the_film_is_where_the_library_is(
    tmp_path: Path, change: Callable[[Path], Path], known: str | None
) -> None:
    """Whatever path the record holds, with the name that new records have and without."""
    root = library(tmp_path / "all", saved(tmp_path / "all" / "films" / NAME, film=known))
    root = change(root)
    job = found(root)
    assert job.film_path == str(root / "films" / NAME)
    assert Path(job.film_path).read_bytes() == b"movie"


def test_a_changed_record_is_written_anew_and_older_programs_can_read_it(tmp_path: Path) -> None:
    """The name, and the path as it is today; nothing is written for looking."""
    root = moved(library(tmp_path / "all", saved(tmp_path / "all" / "films" / NAME)))
    before = (root / "data" / "history.json").read_bytes()
    found(root)
    assert (root / "data" / "history.json").read_bytes() == before
    places = FilmPlaces([root / "films"])
    places.look()
    history = History.open(root / "data", films=places)
    history.change(make_job(1).id, lambda job: job, durable=True)
    history.close()
    assert (root / "data" / "history.json").read_bytes() == before
    history.change(make_job(1).id, lambda job: replace(job, starred=True), durable=True)
    history.close()
    [record] = json.loads((root / "data" / "history.json").read_bytes())["_default"].values()
    assert (record["film"], record["film_path"]) == (NAME, str(root / "films" / NAME))


def test_a_film_in_an_older_folder_is_found_there(tmp_path: Path) -> None:
    """The first folder that has it; else the record's own word stands."""
    root = library(tmp_path / "all", saved("/gone/films/" + NAME))
    older = tmp_path / "older"
    older.mkdir()
    (root / "films" / NAME).rename(older / NAME)
    assert found(root, older).film_path == str(older / NAME)
    (older / NAME).unlink()
    assert found(root, older).film_path == "/gone/films/" + NAME


def test_a_copy_of_a_library_has_films_of_its_own(tmp_path: Path) -> None:
    """The ones beside it, although the first library's are still there."""
    root = library(tmp_path / "all", saved(tmp_path / "all" / "films" / NAME))
    copy = library(tmp_path / "copy", saved(root / "films" / NAME))
    assert found(copy).film_path == str(copy / "films" / NAME)


def test_a_missing_film_of_a_linked_folder_belongs_to_it(tmp_path: Path) -> None:
    """By what the folder is, so that it is told as missing there and not as somebody else's."""
    root = library(tmp_path / "all", saved(tmp_path / "all" / "films" / NAME))
    (root / "films" / NAME).unlink()
    link = link_to(root)
    assert found(link).film_path == str(link / "films" / NAME)


@given(st.text(max_size=20), st.text(max_size=20))
def test_no_name_leads_out_of_the_folders(name: str, path: str) -> None:
    """Whatever a tampered record says: it is a file directly in one of them, or left as it was."""
    places = FilmPlaces([Path("/films"), Path("/older")])
    job = saved(path or "x", film=name or None)
    job = replace(job, film_path=None) if not path else job
    located = places.locate(job)
    if located != job:
        assert os.path.dirname(located.film_path or "") in ("/films", "/older")
        assert os.path.normpath(located.film_path or "") == located.film_path


@pytest.mark.parametrize(
    "name", ["../x.mp4", "/etc/passwd", "a/b.mp4", "..", "a\\b.mp4", "x\0.mp4", "x" * 256]
)
def test_a_name_that_is_none_is_passed_over(name: str) -> None:
    """As if the record had none."""
    places = FilmPlaces([Path("/films")])
    job = make_job(1, film=name)
    assert places.locate(job) is job
