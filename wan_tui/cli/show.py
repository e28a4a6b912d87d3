"""``wan-tui show``: details of one job, or the recipe in a film file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from wan_tui.cli.completers import jobs_and_films
from wan_tui.cli.options import Options
from wan_tui.cli.output import LONGEST_ID, guarded, job_json, json_option, print_json
from wan_tui.cli.printer import print_block
from wan_tui.cli.saved_films import FETCH_AGAIN, film_state, open_history
from wan_tui.domain.errors import LibraryError
from wan_tui.domain.film_state import LOST, FilmState
from wan_tui.domain.job import Job
from wan_tui.domain.parameters import Value
from wan_tui.domain.text import clean_line
from wan_tui.domain.wording import parameter_rows
from wan_tui.library.history import History
from wan_tui.media.recipe import Recipe, recipe_of
from wan_tui.settings import load


@click.command("show")
@click.argument("job", metavar="JOB|FILE.mp4", shell_complete=jobs_and_films)
@json_option
@click.pass_obj
def command(options: Options, job: str, as_json: bool) -> None:
    """Show a job, or the recipe in a film file.

    JOB is a job id or its beginning, a generation id, or a film's name. FILE.mp4 is any film saved by wan-tui, even
    on another machine: its recipe is in the file. If a file of that name exists, it is used.
    """

    def work() -> None:
        settings = load(demo=options.demo, base_url=options.base_url, endpoint=options.endpoint)
        history = open_history(settings.paths)
        history.load()
        if _names_a_file(history, job):
            film = Path(job).absolute()
            found = _job_of_film(history, film)
        else:  # no absolute(): the current folder may be gone
            film, found = Path(job), find_job(history, job)
        if found is None:
            _print(*_of_recipe(film, recipe_of(film)), as_json)
        else:
            state = film_state(found, settings.paths.film_folders)
            _print(job_json(found, state), _lines(found, state), as_json)

    guarded(work, as_json)


def _names_a_file(history: History, name: str) -> bool:
    """Whether ``name`` is an existing path. A folder counts, so that it is reported, unless a job matches it."""
    return os.path.exists(name) and not (os.path.isdir(name) and history.find(name))


def _job_of_film(history: History, film: Path) -> Job | None:
    """The job whose film is this file, symlinks included. A copy of the same name elsewhere does not count."""
    names = dict.fromkeys((film.name, os.path.basename(os.path.realpath(film))))
    for job_id in (job_id for name in names for job_id in history.find(name)):
        job = history.get(job_id)
        with suppress(OSError, ValueError):
            if job and job.film_path and os.path.samefile(job.film_path, film):
                return job
    return None


def find_job(history: History, name: str) -> Job:
    """The only job that matches ``name``. Raises LibraryError for none or several."""
    ids = history.find(name)
    job = history.get(ids[0]) if len(ids) == 1 else None
    if job is None:
        matches = "No job or film matches" if not ids else f"{len(ids)} jobs match"
        raise LibraryError(f"{matches} “{clean_line(name, 60)}”", next_step="See: wan-tui list")
    return job


def _print(data: dict[str, Any], lines: list[tuple[str, str]], as_json: bool) -> None:
    if as_json:
        print_json(data)
        return
    for label, value in lines:
        print_block(f"{label:<17} " + value.replace("\n", "\n" + " " * 18))


def _of_recipe(film: Path, recipe: Recipe) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """A recipe as JSON, with the field names of a job, and as lines."""
    request = recipe.request
    data = {"film_path": str(film), "prompt": request.prompt, "seed": request.seed, **recipe.to_json()}
    lines = [("Film", clean_line(str(film), 4096)), *_parameters(recipe.model, request.parameters)]
    facts = (
        ("Generation id", recipe.generation_id),
        ("Created at", recipe.created_at),
        ("Cost", None if recipe.cost_usd is None else f"${recipe.cost_usd:.4f}"),
        ("Made with", recipe.program),
    )
    return data, lines + [(label, clean_line(text, 2000)) for label, text in facts if text]


def _parameters(model_id: str, parameters: Mapping[str, Value]) -> list[tuple[str, str]]:
    return [(label, text) for _, label, text in parameter_rows(model_id, parameters)]


def _lines(job: Job, film: FilmState | None) -> list[tuple[str, str]]:
    data = job_json(job, film)
    lost = f", film {film}: {FETCH_AGAIN}" if film in LOST else ""
    lines = [
        ("Job", clean_line(job.id, LONGEST_ID)),
        ("State", job.state.value + lost),
        *_parameters(job.model, job.parameters),
    ]
    for name in (
        "generation_id",
        "created_at",
        "submitted_at",
        "completed_at",
        "saved_at",
        "film_path",
        "video_url",
    ):
        if data[name]:
            lines.append((name.replace("_", " ").capitalize(), clean_line(str(data[name]), 2000)))
    if job.cost and job.cost.usd is not None:
        lines.append(("Cost", f"${job.cost.usd:.4f} ({job.cost.source})"))
    if failure := job.error or job.problem:
        lines.append(("Error", clean_line(failure.sentence, 1000)))
    return lines
