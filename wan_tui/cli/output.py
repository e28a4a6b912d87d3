"""Results go to stdout, as text or JSON Lines; messages go to stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from wan_tui.cli.printer import print_line
from wan_tui.cli.signals import interruptible
from wan_tui.domain.errors import InvalidRequest, Money, SpendingOff, WanTuiError
from wan_tui.domain.film_state import LOST, FilmState
from wan_tui.domain.text import clean_line, redact

if TYPE_CHECKING:
    from wan_tui.domain.job import Job

LONGEST_ID = 80
"""Maximum characters of a job id shown. Ours have 26, but a damaged history may hold anything."""

EXIT_FAILED, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 130

T = TypeVar("T")

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")


def print_json(data: dict[str, Any]) -> None:
    """Print one line of ASCII-only JSON, safe in any terminal and pipe."""
    print_line(json.dumps(data))


def print_job(job: Job, as_json: bool, film: FilmState | None) -> None:
    """Print a job as JSON or one line of text. The text omits the link's signature."""
    if as_json:
        print_json(job_json(job, film))
        return
    place = clean_line(job.film_path or redact(job.video_url or ""), 4096)
    lost = f"film {film}: " if film in LOST else ""
    name = clean_line(job.id, LONGEST_ID)
    print_line(f"{name}  {job.state:<11}  {clean_line(job.prompt, 60)}  {lost}{place}".rstrip())


def job_json(job: Job, film: FilmState | None) -> dict[str, Any]:
    """The job as JSON: its stored record plus ``film_state``."""
    from wan_tui.domain.job_record import to_json  # imported here to keep the studio's startup fast

    return {**to_json(job), "film_state": film}


def print_message(message: str) -> None:
    """Print a redacted line to stderr."""
    print_line(clean_line(redact(message), 1000), "stderr")


def guarded(work: Callable[[], T], as_json: bool, *, ordering: bool = False, on_screen: bool = False) -> T:
    """Run ``work``; turn an error into a message (and a JSON object) and an exit code.

    ``ordering``: the message says whether money was charged. ``on_screen``: ``work`` opens the studio, which handles
    signals itself.
    """
    try:
        return work() if on_screen else interruptible(work)
    except WanTuiError as error:
        report_error(error, as_json, ordering=ordering)
        sys.exit(EXIT_USAGE if isinstance(error, InvalidRequest | SpendingOff) else EXIT_FAILED)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)


def report_error(error: WanTuiError, as_json: bool, *, ordering: bool = False) -> None:
    """Print what is wrong, whether money was charged (if ``ordering``), and what to do next."""
    if as_json:
        print_json({"error": error.failure().to_json()})
    if isinstance(error, InvalidRequest):
        for problem in error.problems:
            print_message(f"{problem.field}: {problem.message}.")
        print_message("Nothing was ordered.")
        return
    parts = [f"{error.message.rstrip('.')}."]
    if ordering:
        parts.append(
            "Nothing was ordered." if error.money is Money.FREE else f"{error.money.value.capitalize()}."
        )
    print_message(" ".join([*parts, error.next_step]).rstrip())
