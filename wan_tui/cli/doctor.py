"""``wan-tui doctor``: check key, service, clock, library, films, player and terminal, and say how to fix them."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import sys
import textwrap
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import click

from wan_tui.api.client import ApiClient
from wan_tui.cli.bootstrap import settings_for
from wan_tui.cli.options import Options
from wan_tui.cli.output import EXIT_FAILED, guarded, json_option, print_json
from wan_tui.cli.printer import on_terminal, print_block
from wan_tui.cli.saved_films import FETCH_AGAIN, SavedFilms, open_history
from wan_tui.domain.clock_difference import difference
from wan_tui.domain.errors import (
    NO_KEY,
    LibraryError,
    RateLimited,
    ServiceError,
    Unauthorized,
    Unavailable,
    Unreachable,
)
from wan_tui.domain.film_state import FilmState
from wan_tui.domain.job import JobState
from wan_tui.domain.rows import JobRow
from wan_tui.domain.text import clean_line
from wan_tui.files.private import check_writable
from wan_tui.files.reasons import explain
from wan_tui.key_variables import KEY_VARIABLES
from wan_tui.library.history import History
from wan_tui.library.leases import FOLDER_NAME as LEASES
from wan_tui.library.leases import Leases
from wan_tui.media.decode import CannotPlay, import_av
from wan_tui.settings import Settings
from wan_tui.terminal.capabilities import Capabilities, complaints, usable
from wan_tui.terminal.clipboard import TMUX_CLIPBOARD
from wan_tui.terminal.environment import Surroundings, surroundings
from wan_tui.terminal.external_player import player_missing, player_words
from wan_tui.terminal.notices import NoticeSettings, desktop_kind
from wan_tui.terminal.probe import probe

_LOW_SPACE = 500 << 20
"""Bytes of free disk space below which films may not fit."""


class Grade(StrEnum):
    """Severity of a finding. Only BAD needs fixing."""

    GOOD = "ok"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check."""

    name: str
    grade: Grade
    detail: str
    next_step: str = ""


@click.command("doctor")
@json_option
@click.pass_obj
def command(options: Options, as_json: bool) -> None:
    """Check key, service, clock, library and terminal. Exit code 1 if something needs fixing."""

    def work() -> int:
        with settings_for(options) as settings:
            findings = list(_run_checks(settings))
        for finding in findings:
            if as_json:
                print_json({name: str(getattr(finding, name)) for name in Finding.__slots__})
            else:
                _print(finding)
        return EXIT_FAILED if any(finding.grade is Grade.BAD for finding in findings) else 0

    sys.exit(guarded(work, as_json))


def _print(finding: Finding) -> None:
    sign = {Grade.GOOD: "✓", Grade.NOTE: "·", Grade.BAD: "✗"}[finding.grade]
    print_block(_wrap(f"{sign} {finding.name:<10} ", clean_line(finding.detail, 300)))
    if finding.next_step:
        print_block(_wrap(f"  {'':<10} → ", clean_line(finding.next_step, 300)))


def _wrap(lead: str, text: str) -> str:
    """Wrap with a hanging indent on a terminal, without breaking words or paths; leave one line for a pipe."""
    if not on_terminal():
        return lead + text
    return textwrap.fill(
        text,
        shutil.get_terminal_size().columns,
        initial_indent=lead,
        subsequent_indent=" " * len(lead),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _run_checks(settings: Settings) -> Iterator[Finding]:
    yield from _settings(settings)
    yield from asyncio.run(_service(settings))
    yield from _library(settings)
    yield _films(settings)
    yield from _players(settings)
    yield from _terminal(settings)


def _settings(settings: Settings) -> Iterator[Finding]:
    for warning in settings.warnings:
        yield Finding("settings", Grade.NOTE, warning)
    for problem in _key_problems(settings):
        yield Finding("keys", Grade.NOTE, problem, "Fix it in config.toml")
    if off := settings.spending_off:
        yield Finding("config", Grade.BAD, f"{off.message}: ordering is off", off.next_step)
    elif settings.key is None:
        yield Finding(
            "key",
            Grade.BAD,
            NO_KEY,
            f"Set {KEY_VARIABLES[0]}, or start wan-tui and enter it there",
        )
    else:
        yield Finding("key", Grade.GOOD, f"from {settings.key_source}")


def _key_problems(settings: Settings) -> list[str]:
    """Problems with ``[keys]`` of the config. Imports the screens only if there are any."""
    if not settings.keys:
        return []
    from wan_tui.ui.app import Studio
    from wan_tui.ui.commands.keymap import check_keymap
    from wan_tui.ui.shell.action_list import every_action

    _, problems = check_keymap(settings.keys, every_action(Studio))
    return problems


async def _service(settings: Settings) -> list[Finding]:
    if settings.spending_off is not None:
        return [Finding("service", Grade.NOTE, "not checked: the settings do not say which service to use")]
    where = settings.base_url + ("" if settings.official else " (not the official service)")
    api = ApiClient(settings.base_url, settings.key)
    try:
        if settings.key is None:
            return [Finding("service", Grade.NOTE, f"{where}: not checked without a key")]
        balance = await api.balance()
    except ServiceError as error:
        return [Finding("service", Grade.BAD, f"{where}: {error.message}", _next_step(error))]
    finally:
        await api.aclose()
    left = "balance unknown" if balance is None else f"${balance:.2f} left"
    return [Finding("service", Grade.GOOD, f"{where}: reachable, {left}"), _clock(api.clock_offset)]


def _next_step(error: ServiceError) -> str:
    """The next step for a command, which does not retry."""
    match error:
        case Unauthorized():
            return f"Set a working key in {KEY_VARIABLES[0]}, or change it in the studio with F2"
        case Unreachable() | Unavailable() | RateLimited():
            return "Check the connection, then run wan-tui doctor again"
    return error.next_step


def _clock(offset: float | None) -> Finding:
    if offset is None:
        return Finding("clock", Grade.NOTE, "not checked: the service sent no time")
    if (wrong := difference(offset)) is not None:
        return Finding("clock", Grade.BAD, wrong, "Set this machine's clock")
    return Finding("clock", Grade.GOOD, f"within {max(1, round(abs(offset)))} s of the service's")


def _library(settings: Settings) -> Iterator[Finding]:
    from wan_tui.ui.formatting import count

    history = open_history(settings.paths)
    try:
        history.load()
    except LibraryError as error:
        yield Finding("history", Grade.BAD, error.message, error.next_step)
        return
    rows = history.index.rows()
    states = Counter(row.state for row in rows)
    counts = ", ".join(f"{number} {state}" for state, number in states.most_common()) or "none yet"
    yield Finding("history", Grade.GOOD, f"{count(len(rows), 'job')}: {counts}")
    for sentence in history.health.sentences():
        yield Finding("history", Grade.NOTE, sentence)
    for path in sorted(settings.paths.data.glob("*.damaged-*")):
        yield Finding(
            "damaged", Grade.NOTE, f"{path.name} was set aside; the rest is intact", "Keep it or delete it"
        )
    if doubtful := states[JobState.UNCONFIRMED]:
        yield Finding(
            "doubtful",
            Grade.BAD,
            f"{count(doubtful, 'order')} may have been charged",
            "Run wan-tui sync to look them up",
        )
    leases = Leases(settings.paths.data / LEASES)
    held = sum(not leases.is_free(job_id) for job_id in history.index.pending())
    if pending := len(history.index.pending()):
        yield Finding("pending", Grade.GOOD, f"{count(pending, 'job')}, {held} handled by a running wan-tui")
    yield from _lost_films(history, rows)


def _lost_films(history: History, rows: Sequence[JobRow]) -> Iterator[Finding]:
    from wan_tui.ui.formatting import count

    films = SavedFilms(history.films)
    lost: dict[FilmState | None, list[str]] = defaultdict(list)
    for row in rows:
        job = history.get(row.id) if row.film else None
        if job is not None:
            lost[films.state(job)].append(row.film)
    if missing := lost[FilmState.MISSING]:
        yield Finding(
            "missing",
            Grade.NOTE,
            f"{count(len(missing), 'saved film')} missing from the films folder, e.g. {missing[0]}",
            FETCH_AGAIN,
        )
    if shorter := lost[FilmState.SHORTER]:
        yield Finding(
            "cut short",
            Grade.NOTE,
            f"{count(len(shorter), 'film')} shorter than when saved, e.g. {shorter[0]}",
            FETCH_AGAIN,
        )


def _films(settings: Settings) -> Finding:
    folder = settings.paths.films
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    try:
        check_writable(nearest)
    except OSError as error:
        detail = f"{folder} is not writable: {explain(error)}"
        return Finding("films", Grade.BAD, detail, "Make it writable, or set films_folder")
    free = shutil.disk_usage(nearest).free
    detail = f"{folder}, {free / 1e9:.1f} GB free"
    return Finding(
        "films",
        Grade.BAD if free < _LOW_SPACE else Grade.GOOD,
        detail,
        "Free disk space" if free < _LOW_SPACE else "",
    )


def _players(settings: Settings) -> Iterator[Finding]:
    """Imports the decoder as the player does: it may be installed but fail to load."""
    if settings.player is not None:
        words = player_words(settings.player)
        if words is None:
            missing = player_missing(settings.player)
            yield Finding("player", Grade.BAD, missing.message, missing.next_step)
        else:
            yield Finding("player", Grade.GOOD, f"films open in {shlex.join(words)}")
    name, done = (
        ("player", "films play in the terminal") if settings.player is None else ("stills", "built in")
    )
    try:
        version = str(import_av().__version__)
    except CannotPlay as error:
        yield Finding(name, Grade.NOTE, error.message, error.next_step)
    else:
        yield Finding(name, Grade.GOOD, f"{done}, with PyAV {version}")


def _terminal(settings: Settings) -> Iterator[Finding]:
    for complaint in complaints(settings.probe):
        yield Finding("terminal", Grade.NOTE, f"config.toml: {complaint}", "Fix or remove it")
    around = surroundings(os.environ, sys.platform)
    if not on_terminal():
        yield Finding("terminal", Grade.NOTE, "not a terminal: the studio cannot open here")
        return
    capabilities = probe(around, wished=settings.probe, fresh=True)
    around = around.named(capabilities.name)
    yield Finding("terminal", Grade.GOOD, ", ".join(_terminal_facts(capabilities, around, settings)))
    yield _sequences(capabilities, around, settings)


def _terminal_facts(capabilities: Capabilities, around: Surroundings, settings: Settings) -> Iterator[str]:
    yield capabilities.name or around.terminal or around.term or "unknown"
    if around.multiplexer:
        yield f"inside {around.multiplexer}"
    if around.over_ssh:
        yield "over SSH"
    if capabilities.round_trip is None:
        yield "answers no queries"
    else:
        yield f"answers in {capabilities.round_trip * 1000:.0f} ms"
    yield "24-bit colours" if around.truecolor else "256 colours"
    yield f"pictures by {capabilities.graphics}{_source('protocols', settings)}"
    if capabilities.cell_pixels:
        yield "cells of {}x{} pixels".format(*capabilities.cell_pixels) + _source("cell_pixels", settings)
    synchronized = "synchronized output" if capabilities.synchronized else "no synchronized output"
    yield synchronized + _source("synchronized", settings)


def _source(field: str, settings: Settings) -> str:
    """A note if the config overrides what the terminal reported."""
    return " (set in config.toml)" if field in usable(settings.probe) else ""


def _sequences(capabilities: Capabilities, around: Surroundings, settings: Settings) -> Finding:
    """What is sent as escape sequences. Only clipboard support can be queried; no terminal confirms the others."""
    if not around.takes_sequences:
        return Finding("reach", Grade.NOTE, "clipboard, notices and links cannot be sent to this terminal")
    clipboard = ("announced" if capabilities.osc52 else "not announced") + _source("osc52", settings)
    kind = desktop_kind(NoticeSettings(desktop="auto" if settings.notices.desktop else "off"), around)
    notices = f"sent by {kind.replace('osc', 'OSC ')}" if kind != "off" else "off"
    in_tmux = around.multiplexer == "tmux"
    return Finding(
        "reach",
        Grade.GOOD,
        f"clipboard (OSC 52) {clipboard}, desktop notices {notices}, links sent by OSC 8",
        f"In tmux.conf, for copies: {TMUX_CLIPBOARD}; for notices: set -g allow-passthrough on"
        if in_tmux
        else "",
    )
