"""``wan-tui generate``: order one film from the shell."""

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
from wan_tui.cli.completing import values_of
from wan_tui.cli.options import Options
from wan_tui.cli.output import EXIT_FAILED, guarded, json_option, print_job, print_message
from wan_tui.cli.saved_films import film_state
from wan_tui.cli.waited_in_vain import with_reason
from wan_tui.cli.waiting import Patience, until
from wan_tui.domain.errors import Failure, SettingsError
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
    """Every parameter of every model once, the prompt aside."""
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
    "--wait", is_flag=True, help="Return when the film is saved, the job has failed or nothing gets on."
)
@json_option
@click.pass_obj
def command(
    options: Options, /, prompt: str | None, file: Any, wait: bool, as_json: bool, **values: Any
) -> None:
    """Order a film. PROMPT is the text, or - to read it from stdin.

    Returns once the order is accepted. Exit code 1 with the error code "unconfirmed" means that the answer was
    lost: do not order again, "wan-tui sync" finds out.
    """

    def work() -> int:
        text = _prompt(prompt, file)
        request = _request({**values, "prompt": text})
        with settings_for(options) as settings:
            require_key(settings)
            folders = settings.paths.film_folders
            engine = make_engine(settings)
            patience = Patience(engine, settings.poll_interval)
            return run_async(_order(engine, patience, folders, request, wait=wait, as_json=as_json))

    sys.exit(guarded(work, as_json, ordering=True))


async def _order(
    engine: Engine,
    patience: Patience,
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
            job = await _submitted(engine, request)
            job = await _answer(engine, job, patience)
            if wait and job.state not in _NOT_ORDERED and not job.state.settled:
                print_message(_where_it_stands(job))
                engine.subscribe(_narrate)
                job = await until(engine, job.id, lambda job: not job.pending or engine.stuck(job), patience)
            if _in_the_way(job, wait=wait):
                job = with_reason(engine, job)
            print_job(job, as_json, film_state(job, folders))
            return _verdict(job, wait=wait)
    except asyncio.CancelledError:
        if job is not None:
            print_message(_how_it_was_left(engine.job(job.id) or job))
        raise


async def _submitted(engine: Engine, request: GenerationRequest) -> Job:
    """The job, once it is on disk. Broken off while it is being written, it is withdrawn as soon as it is there."""
    submitting = asyncio.ensure_future(engine.submit(request))
    try:
        return await asyncio.shield(submitting)
    except asyncio.CancelledError:
        job = await submitting
        print_message(_how_it_was_left(await engine.withdraw(job.id)))
        raise


async def _answer(engine: Engine, job: Job, patience: Patience) -> Job:
    """The job once the service has answered, or cannot be asked; broken off, what was not sent is withdrawn."""
    try:
        job = await until(engine, job.id, lambda job: _answered(engine, job), patience)
    except asyncio.CancelledError:
        # Who breaks it off may well order again: then this one must not go out later, too.
        await engine.withdraw(job.id)
        raise
    if job.state is not JobState.WAITING:
        return job
    return await patience.bear_with(engine.give_up(job.id)) or job


def _how_it_was_left(job: Job) -> str:
    if job.state is JobState.CANCELLED:
        return f"{job.id}: withdrawn. Nothing was ordered."
    standing = standing_of(job)
    left = left_behind([standing] if standing else [], "by wan-tui sync")
    return " ".join([f"{job.id}: {job.state}.", *left])


def _where_it_stands(job: Job) -> str:
    if job.state is JobState.UNCONFIRMED and job.problem is not None:
        return f"{job.id}: {job.problem.sentence} Looking for it…"
    return f"{job.id}: ordered; waiting for the film…"


def _print_trouble(event: Event) -> None:
    if isinstance(event, Trouble):
        print_message(event.sentence)


def _narrate(event: Event) -> None:
    """Say on stderr how the job gets on."""
    match event:
        case JobChanged(job=job, before=Job(state=JobState.UNCONFIRMED)) if job.state.running:
            print_message(f"{job.id}: found: {job.state}")
        case JobChanged(job=job, before=Job() as before) if job.state is not before.state:
            print_message(f"{job.id}: {job.state}")
        case JobChanged(job=Job(problem=Failure() as problem) as job, before=Job() as before) if (
            before.problem is None or problem.sentence != before.problem.sentence
        ):
            print_message(f"{job.id}: {problem.sentence}")


def _answered(engine: Engine, job: Job) -> bool:
    """The order is accepted, refused, in doubt, or cannot be sent."""
    if job.state is JobState.WAITING:
        return engine.stuck(job)
    return job.state is not JobState.SUBMITTING


def _in_the_way(job: Job, *, wait: bool) -> bool:
    """The order did not come as far as it was to come."""
    if wait:
        return job.state is not JobState.SAVED
    return job.state in (*_NOT_ORDERED, JobState.UNCONFIRMED)


def _verdict(job: Job, *, wait: bool) -> int:
    """0 where all is well so far; else say why not, and 1."""
    failure = job.error or (job.problem if _in_the_way(job, wait=wait) else None)
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
    """Check the values; warnings are told, errors raise InvalidRequest."""
    values = {name: value for name, value in values.items() if value is not None}
    values.setdefault("model", DEFAULT_MODEL)
    request = build(values, lambda: random.randint(0, SEED_MAX))
    for problem in validate(values):
        print_message(f"{problem.field}: {problem.message}.")
    return request


def require_key(settings: Settings) -> None:
    """Tell the settings' warnings. Raises SettingsError where there is no key, or nothing may be ordered."""
    if settings.spending_off is not None:
        raise settings.spending_off
    for warning in settings.warnings:
        print_message(warning)
    if settings.key is None:
        raise SettingsError(
            "There is no API key",
            next_step=f"Set {KEY_VARIABLES[0]}, or start wan-tui once and give it there.",
        )
