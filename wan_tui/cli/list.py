"""``wan-tui list``: print the history, one job per line."""

from __future__ import annotations

import click

from wan_tui.cli.completers import filter_words
from wan_tui.cli.options import Options
from wan_tui.cli.output import guarded, json_option, print_job
from wan_tui.cli.saved_films import SavedFilms, open_history
from wan_tui.domain import filter as filters
from wan_tui.domain.job import Job
from wan_tui.library.history import History
from wan_tui.settings import load


@click.command("list")
@click.argument("words", nargs=-1, shell_complete=filter_words)
@click.option("-n", "--limit", type=click.IntRange(min=1), help="Maximum number of jobs.")
@json_option
@click.pass_obj
def command(options: Options, words: tuple[str, ...], limit: int | None, as_json: bool) -> None:
    """List jobs, newest first.

    WORDS filter: parts of the prompt, state:failed, seed:7, model:wan2.1, is:starred, is:trashed, is:pending.
    A leading minus negates a word; put -- before the first such word.
    """
    if complaints := filters.complaints(" ".join(words)):
        raise click.UsageError(" ".join(complaints))

    def work() -> None:
        settings = load(demo=options.demo, base_url=options.base_url, endpoint=options.endpoint)
        history = open_history(settings.paths)
        films = SavedFilms(history.films)
        for job in _jobs(history, " ".join(words), limit):
            print_job(job, as_json, films.state(job))

    guarded(work, as_json)


def _jobs(history: History, query: str, limit: int | None) -> list[Job]:
    history.load()
    rows = history.index.filter(query) if query else history.index.rows()
    jobs = (history.get(row.id) for row in list(rows)[:limit])
    return [job for job in jobs if job is not None]
