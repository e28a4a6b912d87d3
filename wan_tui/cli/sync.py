"""``wan-tui sync``: what the studio does in the background, without a screen."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from wan_tui.cli.compose import make_engine, run_async, running, settings_for
from wan_tui.cli.generate import require_key
from wan_tui.cli.main import Options
from wan_tui.cli.output import EXIT_FAILED, guarded, json_option, print_job, tell
from wan_tui.cli.saved_films import film_state
from wan_tui.domain.events import Event, JobChanged, Link, LinkChanged, Trouble
from wan_tui.domain.job import Job
from wan_tui.engine import Engine

_LOOK_SECONDS = 1.0
"""Between two looks whether anything still goes on, where nothing is heard."""


@click.command("sync")
@click.option("--watch", is_flag=True, help="Go on until nothing more happens by itself.")
@json_option
@click.pass_obj
def command(options: Options, watch: bool, as_json: bool) -> None:
    """Ask once about every pending job, settle orders in doubt as far as the service knows, fetch what is
    finished, and return. Prints each job that changed.
    """

    def work() -> int:
        with settings_for(options) as settings:
            require_key(settings)
            folders = settings.paths.film_folders
            return run_async(_sync(make_engine(settings), folders, watch=watch, as_json=as_json))

    sys.exit(guarded(work, as_json))


async def _sync(engine: Engine, folders: Sequence[Path], *, watch: bool, as_json: bool) -> int:
    changed: dict[str, None] = {}
    something = asyncio.Event()

    def listen(event: Event) -> None:
        something.set()
        match event:
            case JobChanged(job=job, before=before) if before is None or before.state is not job.state:
                if watch:
                    print_job(job, as_json, film_state(job, folders))
                changed[job.id] = None
            case Trouble():
                tell(event.sentence)
            case LinkChanged(link=Link.OFFLINE | Link.KEY_REFUSED) if event.detail:
                tell(event.detail)

    engine.subscribe(listen)
    async with running(engine):
        await engine.load()
        if watch:
            await engine.start()
            moving, crowded = _moving(engine), False
            while moving is not None and engine.link is not Link.KEY_REFUSED:
                if not crowded and (seconds := engine.crowded_round):
                    crowded = True
                    minutes = round(seconds / 60)
                    tell(f"So many jobs are running that each is asked about only every {minutes} min or so.")
                something.clear()
                # What holds a job up may be what held it up before: then no news tells of it.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_SECONDS):
                        await something.wait()
                moving = _moving(engine, moving)
        else:
            await engine.sync_once()
            for job_id in changed:
                if (job := engine.job(job_id)) is not None:
                    print_job(job, as_json, film_state(job, folders))
        stuck = _stuck(engine)
        for job in stuck:
            if job.problem is not None:
                tell(f"{job.id}: {job.problem.sentence}")
        return EXIT_FAILED if stuck or engine.link in (Link.KEY_REFUSED, Link.OFFLINE) else 0


def _moving(engine: Engine, last: str | None = None) -> str | None:
    """A pending job that goes on by itself: the ``last`` one, while it does, so that thousands need no look each."""
    if last is not None and _goes_on(engine, last):
        return last
    return next((row.id for row in engine.index.unsettled() if _goes_on(engine, row.id)), None)


def _goes_on(engine: Engine, job_id: str) -> bool:
    job = engine.job(job_id)
    return job is not None and job.pending and not engine.stuck(job)


def _stuck(engine: Engine) -> list[Job]:
    """The pending jobs that wait for the user's word."""
    jobs = (engine.job(job_id) for job_id in engine.index.pending())
    return [job for job in jobs if job is not None and engine.stuck(job)]
