"""``wan-tui sync``: what the studio does in the background, without a screen."""

from __future__ import annotations

import asyncio
import sys

import click

from wan_tui.cli.compose import make_engine, run_async, running, settings_for
from wan_tui.cli.generate import require_key
from wan_tui.cli.main import Options
from wan_tui.cli.output import EXIT_FAILED, guarded, json_option, print_job, tell
from wan_tui.domain.events import Event, JobChanged, Link, LinkChanged, Trouble
from wan_tui.engine import Engine


@click.command("sync")
@click.option("--watch", is_flag=True, help="Go on until nothing is pending.")
@json_option
@click.pass_obj
def command(options: Options, watch: bool, as_json: bool) -> None:
    """Ask once about every pending job, settle orders in doubt as far as the service knows, fetch what is
    finished, and return. Prints each job that changed.
    """

    def work() -> int:
        with settings_for(options) as settings:
            require_key(settings)
            return run_async(_sync(make_engine(settings), watch=watch, as_json=as_json))

    sys.exit(guarded(work, as_json))


async def _sync(engine: Engine, *, watch: bool, as_json: bool) -> int:
    changed: dict[str, None] = {}
    something = asyncio.Event()

    def listen(event: Event) -> None:
        something.set()
        match event:
            case JobChanged(job=job, before=before) if before is None or before.state is not job.state:
                if watch:
                    print_job(job, as_json)
                changed[job.id] = None
            case Trouble():
                tell(f"{event.message}. {event.next_step}")
            case LinkChanged(link=Link.OFFLINE | Link.KEY_REFUSED) if event.detail:
                tell(event.detail)

    engine.subscribe(listen)
    async with running(engine):
        await engine.load()
        if watch:
            await engine.start()
            while engine.index.pending() and engine.link is not Link.KEY_REFUSED:
                something.clear()
                await something.wait()
        else:
            await engine.sync_once()
            for job_id in changed:
                if (job := engine.job(job_id)) is not None:
                    print_job(job, as_json)
        return EXIT_FAILED if engine.link in (Link.KEY_REFUSED, Link.OFFLINE) else 0
