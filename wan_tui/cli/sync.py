"""``wan-tui sync``: the studio's background work, without a screen."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from wan_tui.cli.bootstrap import make_engine, run_async, running, settings_for
from wan_tui.cli.generate import require_key
from wan_tui.cli.options import Options
from wan_tui.cli.output import EXIT_FAILED, guarded, json_option, print_job, print_message
from wan_tui.cli.saved_films import film_state
from wan_tui.cli.wait_failure import KEY_NEEDED, with_reason
from wan_tui.cli.waiting import WaitLimit, blocker, new_problem, wait_for_change
from wan_tui.domain.errors import Failure
from wan_tui.domain.events import Connection, ConnectionChanged, Event, JobChanged, Trouble
from wan_tui.domain.job import Job, JobState
from wan_tui.domain.text import sentences
from wan_tui.engine import Engine

_UNABLE = (Connection.KEY_REFUSED, Connection.OFFLINE)


@click.command("sync")
@click.option("--watch", is_flag=True, help="Keep polling until no job can progress without you.")
@json_option
@click.pass_obj
def command(options: Options, watch: bool, as_json: bool) -> None:
    """Poll every pending job once, look up unconfirmed orders, fetch finished films, and exit.
    Prints each job that changed.
    """

    def work() -> int:
        with settings_for(options) as settings:
            require_key(settings)
            folders = settings.paths.film_folders
            engine = make_engine(settings)
            limit = WaitLimit(engine, settings.poll_interval)
            return run_async(_sync(engine, limit, folders, watch=watch, as_json=as_json))

    sys.exit(guarded(work, as_json))


async def _sync(
    engine: Engine, limit: WaitLimit, folders: Sequence[Path], *, watch: bool, as_json: bool
) -> int:
    changed: dict[str, None] = {}
    activity = asyncio.Event()
    refusal = [""]

    def listen(event: Event) -> None:
        activity.set()
        match event:
            case JobChanged(job=job, before=before) if before is None or before.state is not job.state:
                if watch:
                    print_job(job, as_json, film_state(job, folders))
                changed[job.id] = None
            case Trouble():
                print_message(event.sentence)
            case ConnectionChanged(connection=Connection.OFFLINE) if event.detail:
                print_message(event.detail)
            case ConnectionChanged(connection=Connection.KEY_REFUSED):
                refusal.append(event.detail)

    engine.subscribe(listen)
    async with running(engine):
        await engine.load()
        if watch:
            engine.subscribe(_Problems(engine).print_new)
            await engine.start()
            active, crowded = _active_job(engine), False
            while active is not None and not await limit.key_rejected():
                if not crowded and (seconds := engine.crowded_round):
                    crowded = True
                    minutes = round(seconds / 60)
                    print_message(f"Many jobs are running, so each is polled only about every {minutes} min.")
                activity.clear()
                await wait_for_change(activity)
                active = _active_job(engine, active)
        else:
            await limit.run(engine.sync_once())
            while engine.connection is Connection.KEY_REFUSED and not await limit.key_rejected():
                await limit.run(engine.sync_once())
            for job_id in changed:
                if (job := engine.job(job_id)) is not None:
                    print_job(job, as_json, film_state(job, folders))
        if engine.connection is Connection.KEY_REFUSED:
            print_message(sentences(refusal[-1], KEY_NEEDED))
        stuck = _report_problems(engine)
        unable = engine.unwritten is not None or engine.connection in _UNABLE
        return EXIT_FAILED if stuck or unable else 0


class _Problems:
    """Prints what blocks jobs while they are watched, now and from now on. What blocks all of them alike is printed
    once, not for each of them at each try.
    """

    def __init__(self, engine: Engine) -> None:
        self._printed: set[str] = set()
        for job_id in engine.index.pending():
            if (job := engine.job(job_id)) is not None and (problem := blocker(engine, job)) is not None:
                self._print(job, problem)

    def print_new(self, event: Event) -> None:
        match event:
            case JobChanged(job=job) if (problem := new_problem(event)) is not None:
                self._print(job, problem)

    def _print(self, job: Job, problem: Failure) -> None:
        if problem.sentence not in self._printed:
            self._printed.add(problem.sentence)
            print_message(f"{job.id}: {problem.sentence}")


def _report_problems(engine: Engine) -> bool:
    """Print what blocks jobs, one line per kind of problem; return whether any job is blocked.

    An unconfirmed order does not count: the next sync looks for it again and reports when the search ends.
    """
    stuck = {job.id for job in _stuck(engine)}
    jobs = [job for job_id in engine.index.pending() if (job := engine.job(job_id)) is not None]
    blocked = [
        job for job in jobs if job.id in stuck or (job.problem and job.state is not JobState.UNCONFIRMED)
    ]
    reasons = {job.id: _reason(engine, job) for job in blocked}
    for sentence, number in Counter(reasons.values()).items():
        first = next(job_id for job_id, reason in reasons.items() if reason == sentence)
        print_message(f"{first}{f' and {number - 1} more' if number > 1 else ''}: {sentence}")
    return bool(blocked)


def _reason(engine: Engine, job: Job) -> str:
    """What blocks ``job``, without the engine's promise of retries, which end with this command."""
    if job.problem is None:
        return "Waiting for you in the studio."
    explained = with_reason(engine, job)
    failure = explained.error or explained.problem or job.problem
    return failure.sentence


def _active_job(engine: Engine, last: str | None = None) -> str | None:
    """A pending job that is not stuck. ``last`` is checked first, so that thousands of rows need no lookup each."""
    if last is not None and _is_active(engine, last):
        return last
    return next((row.id for row in engine.index.unsettled() if _is_active(engine, row.id)), None)


def _is_active(engine: Engine, job_id: str) -> bool:
    job = engine.job(job_id)
    return job is not None and job.pending and not engine.stuck(job)


def _stuck(engine: Engine) -> list[Job]:
    """Pending jobs that need the user."""
    jobs = (engine.job(job_id) for job_id in engine.index.pending())
    return [job for job in jobs if job is not None and engine.stuck(job)]
