"""``wan-tui generate``: order one film."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from wan_tui.cli.bootstrap import make_engine, run_async, running, settings_for
from wan_tui.cli.completers import values_of
from wan_tui.cli.options import Options
from wan_tui.cli.output import EXIT_FAILED, guarded, json_option, print_job, print_message
from wan_tui.cli.saved_films import film_state
from wan_tui.cli.wait_failure import with_reason
from wan_tui.cli.waiting import WaitLimit, new_problem, wait_until
from wan_tui.domain.errors import NO_KEY, SettingsError
from wan_tui.domain.events import Event, JobChanged, Trouble
from wan_tui.domain.job import Job, JobState
from wan_tui.domain.parameters import DEFAULT_MODEL, MODELS, SEED_MAX, Kind, Parameter
from wan_tui.domain.request import GenerationRequest, build, validate
from wan_tui.domain.standing import left_behind, standing_of
from wan_tui.engine import Engine
from wan_tui.files.text_file import LIMIT, Unreadable, decode
from wan_tui.key_variables import KEY_VARIABLES
from wan_tui.settings import Settings

_NOT_ORDERED = (JobState.WAITING, JobState.SUBMITTING)


def _parameters() -> list[Parameter]:
    """The parameters of all models, without duplicates and without the prompt."""
    seen: dict[str, Parameter] = {}
    for model in MODELS.values():
        for parameter in model.parameters:
            seen.setdefault(parameter.name, parameter)
    seen.pop("prompt")
    return list(seen.values())


def _flags(function: Callable[..., None]) -> Callable[..., None]:
    for parameter in reversed(_parameters()):
        function = _flag(parameter)(function)
    return function


def _flag(parameter: Parameter) -> Callable[[Callable[..., None]], Callable[..., None]]:
    common: dict[str, Any] = {"default": None, "help": parameter.help}
    if parameter.kind is Kind.SWITCH:
        return click.option(f"{parameter.flag}/--no-{parameter.flag[2:]}", parameter.name, **common)
    common["shell_complete"] = values_of(parameter)
    if parameter.kind is Kind.CHOICE:
        return click.option(
            parameter.flag, parameter.name, metavar="|".join(map(str, parameter.choices)), **common
        )
    if parameter.kind is Kind.MODEL:
        return click.option(parameter.flag, parameter.name, metavar="|".join(MODELS), **common)
    return click.option(
        parameter.flag, parameter.name, metavar="N" if parameter.kind is Kind.SEED else "TEXT", **common
    )


@click.command("generate")
@click.argument("prompt", required=False)
@click.option("--file", "file", type=click.File("rb"), help="Read the prompt from a file; - is stdin.")
@_flags
@click.option(
    "--wait", is_flag=True, help="Wait until the film is saved, the job has failed or nothing progresses."
)
@json_option
@click.pass_obj
def command(
    options: Options, /, prompt: str | None, file: Any, wait: bool, as_json: bool, **values: Any
) -> None:
    """Order a film. PROMPT is the text, or - to read it from stdin.

    Returns once the order is accepted. Exit code 1 with error code "unconfirmed" means that the answer was lost:
    do not order again; "wan-tui sync" looks the order up.
    """

    def work() -> int:
        text = _prompt(prompt, file)
        request = _request({**values, "prompt": text})
        with settings_for(options) as settings:
            require_key(settings)
            folders = settings.paths.film_folders
            engine = make_engine(settings)
            limit = WaitLimit(engine, settings.poll_interval)
            return run_async(_order(engine, limit, folders, request, wait=wait, as_json=as_json))

    sys.exit(guarded(work, as_json, ordering=True))


async def _order(
    engine: Engine,
    limit: WaitLimit,
    folders: Sequence[Path],
    request: GenerationRequest,
    *,
    wait: bool,
    as_json: bool,
) -> int:
    job: Job | None = None
    try:
        async with running(engine):
            await engine.load()
            engine.subscribe(_print_trouble)
            job = await _submit(engine, request)
            job = await _wait_for_answer(engine, job, limit)
            if wait and job.state not in _NOT_ORDERED and not job.state.settled:
                print_message(_waiting_message(job))
                engine.subscribe(_print_progress)
                job = await wait_until(
                    engine, job.id, lambda job: not job.pending or engine.stuck(job), limit
                )
            if _is_incomplete(job, wait=wait):
                job = with_reason(engine, job)
            print_job(job, as_json, film_state(job, folders))
            return _exit_code(job, wait=wait)
    except asyncio.CancelledError:
        if job is not None:
            print_message(_interrupted_message(engine.job(job.id) or job))
        raise


async def _submit(engine: Engine, request: GenerationRequest) -> Job:
    """Return the job once it is on disk. If cancelled meanwhile, withdraw it."""
    submitting = asyncio.ensure_future(engine.submit(request))
    try:
        return await asyncio.shield(submitting)
    except asyncio.CancelledError:
        job = await submitting
        print_message(_interrupted_message(await engine.withdraw(job.id)))
        raise


async def _wait_for_answer(engine: Engine, job: Job, limit: WaitLimit) -> Job:
    """Return the job once the service has answered or cannot be reached. If cancelled, withdraw an unsent order."""
    try:
        job = await wait_until(engine, job.id, lambda job: _answered(engine, job), limit)
    except asyncio.CancelledError:
        # The user may order again, so this order must not be sent later as well.
        await engine.withdraw(job.id)
        raise
    if job.state is not JobState.WAITING:
        return job
    return await limit.run(engine.give_up(job.id)) or job


def _interrupted_message(job: Job) -> str:
    if job.state is JobState.CANCELLED:
        return f"{job.id}: withdrawn. Nothing was ordered."
    standing = standing_of(job)
    left = left_behind([standing] if standing else [], "by wan-tui sync")
    return " ".join([f"{job.id}: {job.state}.", *left])


def _waiting_message(job: Job) -> str:
    if job.state is JobState.UNCONFIRMED and job.problem is not None:
        return f"{job.id}: {job.problem.sentence}"
    return f"{job.id}: ordered; waiting for the film…"


def _print_trouble(event: Event) -> None:
    if isinstance(event, Trouble):
        print_message(event.sentence)


def _print_progress(event: Event) -> None:
    match event:
        case JobChanged(job=job, before=Job(state=JobState.UNCONFIRMED)) if job.state.running:
            print_message(f"{job.id}: found: {job.state}")
        case JobChanged(job=job, before=Job() as before) if job.state is not before.state:
            print_message(f"{job.id}: {job.state}")
        case JobChanged(job=job) if (problem := new_problem(event)) is not None:
            print_message(f"{job.id}: {problem.sentence}")


def _answered(engine: Engine, job: Job) -> bool:
    """Whether the order is accepted, refused, unconfirmed, or cannot be sent."""
    if job.state is JobState.WAITING:
        return engine.stuck(job)
    return job.state is not JobState.SUBMITTING


def _is_incomplete(job: Job, *, wait: bool) -> bool:
    """Whether the job has not reached its goal: saved if ``wait``, else accepted."""
    if wait:
        return job.state is not JobState.SAVED
    return job.state in (*_NOT_ORDERED, JobState.UNCONFIRMED)


def _exit_code(job: Job, *, wait: bool) -> int:
    """Return 0, or print the failure and return 1."""
    failure = job.error or (job.problem if _is_incomplete(job, wait=wait) else None)
    if failure is None:
        return 0
    print_message(failure.sentence)
    return EXIT_FAILED


def _prompt(prompt: str | None, file: Any) -> str:
    if prompt is not None and file is not None:
        raise click.UsageError("Give the prompt as an argument or with --file, not both.")
    try:
        if file is not None:
            return decode(file.read(LIMIT + 1)).rstrip("\n")
        if prompt == "-":
            return decode(sys.stdin.buffer.read(LIMIT + 1)).rstrip("\n")
        return decode(os.fsencode(prompt or ""))
    except Unreadable as error:
        raise click.UsageError(f"The prompt cannot be read: {error.reason}.") from None


def _request(values: dict[str, Any]) -> GenerationRequest:
    """Validate the values and print warnings. Raises InvalidRequest."""
    values = {name: value for name, value in values.items() if value is not None}
    values.setdefault("model", DEFAULT_MODEL)
    request = build(values, lambda: random.randint(0, SEED_MAX))
    for problem in validate(values):
        print_message(f"{problem.field}: {problem.message}.")
    return request


def require_key(settings: Settings) -> None:
    """Print the settings' warnings. Raises SettingsError if there is no key, or SpendingOff if ordering is off."""
    if settings.spending_off is not None:
        raise settings.spending_off
    for warning in settings.warnings:
        print_message(warning)
    if settings.key is None:
        raise SettingsError(
            NO_KEY,
            next_step=f"Set {KEY_VARIABLES[0]}, or start wan-tui and enter it there.",
        )
