"""A saved film whose file is gone or damaged is told by ``list``, ``show`` and ``doctor``, from one look."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.unit.library.jobs import make_job
from wan_tui.cli.main import cli
from wan_tui.domain.job import Job, JobState
from wan_tui.library.films import FilmFolder
from wan_tui.library.history import History
from wan_tui.settings import load

SIZE = 1000


def told(*arguments: str) -> str:
    answer = CliRunner().invoke(cli, arguments, prog_name="wan-tui")
    return answer.stdout


def told_as_json(*arguments: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in told(*arguments, "--json").splitlines()]


@pytest.fixture
def jobs(tmp_path: Path) -> Sequence[Job]:
    """Of films that are here, gone, cut short, and in a folder of earlier days; and one without a film."""
    paths = load().paths
    paths.config.mkdir(parents=True, exist_ok=True)
    paths.config_file.write_text(f"older_films_folders = ['{tmp_path}']")
    history = History.open(paths.data)
    jobs = []
    for number, (folder, left) in enumerate(
        [(paths.films, SIZE), (paths.films, None), (paths.films, 10), (tmp_path, SIZE)]
    ):
        film = folder / f"{number}.mp4"
        folder.mkdir(parents=True, exist_ok=True)
        if left is not None:
            film.write_bytes(bytes(left))
        jobs.append(make_job(number, state=JobState.SAVED, film_path=str(film), film_size=SIZE))
    jobs.append(make_job(4))
    for job in jobs:
        history.add(job)
    history.close()
    return jobs


STATES = ["here", "missing", "shorter", "here", None]


def test_list_tells_which_films_are_lost(jobs: Sequence[Job]) -> None:
    """In the studio's words, before the path, which stays the last of the line."""
    lines = {line.split()[0]: line for line in told("list").splitlines()}
    assert [("film missing: " in lines[job.id], "film shorter: " in lines[job.id]) for job in jobs] == [
        (state == "missing", state == "shorter") for state in STATES
    ]
    assert all(lines[job.id].endswith(f" {job.film_path}") for job in jobs[:4])


def test_show_tells_that_a_film_is_lost(jobs: Sequence[Job]) -> None:
    """Beside the state, with what to do about it."""
    states = [told("show", job.id).splitlines()[1].split(maxsplit=1)[1] for job in jobs]
    step = "f in the studio fetches a film again until its link expires"
    assert states == [
        "saved",
        f"saved, film missing: {step}",
        f"saved, film shorter: {step}",
        "saved",
        "waiting",
    ]


def test_json_has_a_word_for_it(jobs: Sequence[Job]) -> None:
    """The same in both commands, null where there never was a film; the record on disk has none."""
    listed = {job["id"]: job["film_state"] for job in told_as_json("list")}
    assert [listed[job.id] for job in jobs] == STATES
    assert [told_as_json("show", job.id)[0]["film_state"] for job in jobs] == STATES
    assert b"film_state" not in b"".join(path.read_bytes() for path in load().paths.data.glob("history*"))


def test_doctor_counts_them(jobs: Sequence[Job], monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is where it was saved is not lost, whatever the folder is now."""
    monkeypatch.setenv("AIMLAPI_BASE_URL", "http://127.0.0.1:9")
    findings = {finding["name"]: finding for finding in told_as_json("doctor")}
    for name, film in (("missing", "1.mp4"), ("cut short", "2.mp4")):
        assert str(findings[name]["detail"]).startswith("1 ")
        assert str(findings[name]["detail"]).endswith(f"e.g. {film}")
        assert "f in the studio" in str(findings[name]["next_step"])


def test_each_folder_is_read_once(jobs: Sequence[Job], monkeypatch: pytest.MonkeyPatch) -> None:
    """However many films are in it."""
    read: list[Path] = []
    sizes = FilmFolder.sizes

    def counted(folder: FilmFolder) -> dict[str, int]:
        read.append(folder.folder)
        return sizes(folder)

    monkeypatch.setattr(FilmFolder, "sizes", counted)
    assert len(told_as_json("list")) == len(jobs)
    assert len(read) == len(set(read)) == 2


@pytest.mark.parametrize("folder", ["a\x00b", "\ud83d"])
def test_a_name_that_no_folder_can_have(folder: str) -> None:
    """A damaged history names films anywhere: of those outside our folders nothing is known."""
    history = History.open(load().paths.data)
    history.add(make_job(1, state=JobState.SAVED, film_path=f"/{folder}/f.mp4"))
    history.close()
    assert [job["film_state"] for job in told_as_json("list")] == [None]
