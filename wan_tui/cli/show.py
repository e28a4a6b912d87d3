"""``wan-tui show``: all about one job."""

from __future__ import annotations

import click

from wan_tui.cli.main import Options
from wan_tui.cli.output import guarded, json_option, print_json
from wan_tui.domain.errors import LibraryError
from wan_tui.domain.job import Job
from wan_tui.domain.parameters import MODELS
from wan_tui.domain.text import clean_line, clean_text
from wan_tui.library.history import History
from wan_tui.settings import load


@click.command("show")
@click.argument("job")
@json_option
@click.pass_obj
def command(options: Options, job: str, as_json: bool) -> None:
    """Show a job. JOB is its id (the beginning is enough), its generation id, or its film's name."""

    def work() -> None:
        settings = load(demo=options.demo, base_url=options.base_url, endpoint=options.endpoint)
        history = History.open(settings.paths.data, read_only=True)
        history.load()
        found = find_job(history, job)
        if as_json:
            print_json(found.to_json())
        else:
            for label, value in _lines(found):
                click.echo(f"{label:<17} {value}")

    guarded(work, as_json)


def find_job(history: History, name: str) -> Job:
    """The one job meant by ``name``. Raises LibraryError for none or several."""
    ids = history.find(name)
    job = history.get(ids[0]) if len(ids) == 1 else None
    if job is None:
        what = "No job is" if not ids else f"{len(ids)} jobs are"
        raise LibraryError(f"{what} called “{clean_line(name, 60)}”", next_step="See: wan-tui list")
    return job


def _lines(job: Job) -> list[tuple[str, str]]:
    model = MODELS.get(job.model)
    labels = {p.name: p.label for p in model.parameters} if model else {}
    data = job.to_json()
    lines = [("Job", job.id), ("State", job.state.value)]
    lines += [(labels.get(name, name), clean_text(str(value))) for name, value in job.parameters.items()]
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
