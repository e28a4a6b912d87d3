"""A film file tells what it was made of, on a machine whose library knows nothing of it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.unit.library.jobs import make_job
from tests.unit.media.films import write_film
from wan_tui.cli.main import cli
from wan_tui.domain.job import JobState
from wan_tui.domain.parameters import Value
from wan_tui.library.history import History
from wan_tui.media.recipe import Recipe, append_recipe
from wan_tui.settings import load

PARAMETERS: dict[str, Value] = {
    "model": "alibaba/wan2.1-t2v-plus",
    "prompt": "a heron \x1b[31m [/b]",
    "seed": 77,
    "watermark": True,
}


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments, prog_name="wan-tui")


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = write_film(tmp_path / "heron.mp4", frames=2)
    recipe = Recipe(
        model=str(PARAMETERS["model"]),
        parameters=PARAMETERS,
        generation_id="gen-1",
        cost_usd=0.5,
        program="wan-tui 9",
    )
    append_recipe(path, recipe)
    return path


def test_show_tells_the_recipe_of_a_file(film: Path) -> None:
    """Every field, cleaned for the terminal; there is no history here at all."""
    shown = invoke("show", str(film))
    assert shown.exit_code == 0
    assert "\x1b" not in shown.output
    for line in (
        "Seed              77",
        "Watermark         on",
        "Generation id     gen-1",
        "Cost              $0.5000",
    ):
        assert line in shown.output
    assert "Made with         wan-tui 9" in shown.output


def test_show_as_json_has_the_names_of_a_job(film: Path) -> None:
    """So that a program reads both alike."""
    told = json.loads(invoke("show", str(film), "--json").output)
    assert (told["prompt"], told["seed"], told["parameters"]) == (PARAMETERS["prompt"], 77, PARAMETERS)
    assert (told["film_path"], told["cost"]["usd"]) == (str(film), 0.5)


def test_show_reads_the_file_it_is_given(film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job's film shows the job, by a link too; another file of that name shows its own recipe, or has none."""
    monkeypatch.setenv("WAN_TUI_HOME", str(tmp_path / "home"))
    own = tmp_path / "own" / film.name
    own.parent.mkdir()
    shutil.copy(film, own)
    (tmp_path / "link.mp4").symlink_to(own)
    job = make_job(1, film_path=str(own), state=JobState.SAVED)
    history = History.open(load().paths.data)
    history.add(job)
    history.close()
    for name in (own, tmp_path / "link.mp4"):
        assert json.loads(invoke("show", str(name), "--json").output)["id"] == job.id
    assert json.loads(invoke("show", str(film), "--json").output)["parameters"] == PARAMETERS
    film.unlink()
    os.mkfifo(film)
    assert "“heron.mp4” is a pipe or a device, not a film." in invoke("show", str(film)).output
    film.unlink()
    assert json.loads(invoke("show", film.name, "--json").output)["id"] == job.id


@pytest.mark.parametrize("command", ["show", "open"])
def test_a_film_without_a_recipe_is_told(command: str, tmp_path: Path) -> None:
    """By its name, as an error."""
    path = write_film(tmp_path / "foreign.mp4", frames=2)
    told = invoke(command, str(path))
    assert told.exit_code == 1
    assert "There is no recipe in “foreign.mp4”. Films saved by wan-tui have one" in told.output
    assert "re-encoded copies lose it." in told.output


@pytest.mark.parametrize("command", ["show", "open"])
def test_a_folder_is_told_as_such(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its name; without a terminal ``open`` reads before it needs one."""
    monkeypatch.chdir(tmp_path)
    Path("films").mkdir()
    for name in ("films", "films/", str(tmp_path / "films")):
        told = invoke(command, name)
        assert told.exit_code == 1
        assert "“films” is a folder, not a film." in told.output


def test_a_job_comes_before_a_folder_of_that_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The beginning of an id may be the name of anything."""
    job = make_job(1)
    history = History.open(load().paths.data)
    history.add(job)
    history.close()
    monkeypatch.chdir(tmp_path)
    Path(job.id[:4]).mkdir()
    assert json.loads(invoke("show", job.id[:4], "--json").output)["id"] == job.id


def test_open_needs_a_terminal(film: Path) -> None:
    """As the studio does."""
    assert invoke("open", str(film)).exit_code == 2
