"""Shell completers: option values, filter words, job ids and film files."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterable

import click
from click.shell_completion import CompletionItem

from wan_tui.domain.parameters import MODELS, Kind, Parameter
from wan_tui.domain.text import clean_line

_MOST_JOBS = 200
_PLAIN_ID = re.compile(r"[\w.-]{1,80}", re.ASCII)

Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def values_of(parameter: Parameter) -> Completer:
    """A completer for the choices of ``parameter``."""
    choices = list(MODELS) if parameter.kind is Kind.MODEL else [str(choice) for choice in parameter.choices]
    return lambda _, __, begun: _fitting(choices, begun)


def filter_words(_: click.Context, __: click.Parameter, begun: str) -> list[CompletionItem]:
    """Filter fields, and after the colon their values."""
    from wan_tui.domain.filter import FIELDS

    minus = "-" * begun.startswith("-")
    field, colon, _value = begun.removeprefix("-").partition(":")
    if not colon:
        return _fitting([f"{minus}{name}:" for name in FIELDS], begun)
    return _fitting([f"{minus}{field}:{value}" for value in FIELDS.get(field, ())], begun)


def jobs_and_films(context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Job ids with their prompts, newest first, then film files."""
    return [*_jobs(context, begun), *films(context, parameter, begun)]


def films(_: click.Context, __: click.Parameter, begun: str) -> list[CompletionItem]:
    """Film files and folders."""
    folder, name = os.path.split(begun)
    found: list[str] = []
    with contextlib.suppress(OSError), os.scandir(os.path.expanduser(folder) or ".") as entries:
        for entry in entries:
            if not entry.name.startswith(name) or (entry.name.startswith(".") and not name):
                continue
            with contextlib.suppress(OSError):
                if entry.is_dir():
                    found.append(os.path.join(folder, entry.name) + "/")
                elif entry.name.lower().endswith(".mp4"):
                    found.append(os.path.join(folder, entry.name))
    return [CompletionItem(path) for path in sorted(found) if path.isprintable()]


def _jobs(context: click.Context, begun: str) -> list[CompletionItem]:
    from wan_tui.domain.errors import WanTuiError
    from wan_tui.library.history import History
    from wan_tui.settings import load

    demo = bool(context.find_root().params.get("demo"))
    try:
        history = History.open(load(demo=demo).paths.data, read_only=True)
        history.load()
    except (WanTuiError, OSError):
        return []
    fitting = (row for row in history.index.rows() if row.id.startswith(begun.upper()))
    items: list[CompletionItem] = []
    for row in fitting:
        if _PLAIN_ID.fullmatch(row.id):
            items.append(CompletionItem(row.id, help=clean_line(f"{row.state}  {row.prompt}", 70)))
        if len(items) == _MOST_JOBS:
            break
    return items


def _fitting(values: Iterable[str], begun: str) -> list[CompletionItem]:
    return [CompletionItem(value) for value in values if value.startswith(begun)]
