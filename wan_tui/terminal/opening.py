"""Opening a film or a link with a program of the desktop, if the person at the keyboard would see it.

Order: ``$BROWSER`` (a remote editor sets it to a helper that opens at the near end), then the system's opener
on a local display, else nothing: the screen shows the path or link instead. A text browser is never started.
Each call may block for as long as ``patience``: call it in a thread.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from wan_tui.domain.text import clean_line
from wan_tui.domain.url import is_visible_ascii, read_url, why_not_followed
from wan_tui.processes.child import code_within, find_program, start
from wan_tui.terminal.environment import Surroundings

Outcome = Literal["opened", "not here", "refused", "failed"]

_TEXT_BROWSERS = frozenset(
    {"browsh", "carbonyl", "edbrowse", "elinks", "links", "links2", "lynx", "netrik", "retawq", "w3m"}
    | {"www-browser"}
)
_OPENERS = {
    "darwin": ("open",),
    # "start" belongs to the shell of Windows; this is what it calls.
    "win32": ("rundll32", "url.dll,FileProtocolHandler"),
}


@dataclass(frozen=True)
class Opening:
    """What became of an attempt to open something, and the ``sentence`` that tells it."""

    outcome: Outcome
    sentence: str


def open_film(
    path: Path,
    *,
    films: Path,
    surroundings: Surroundings,
    environ: Mapping[str, str] | None = None,
    patience: float = 1.0,
) -> Opening:
    """Open the film at ``path``, which must be an existing file inside the folder ``films``.

    An opener that ends with an error within ``patience`` seconds has failed; a later end goes unnoticed.
    """
    target = film_inside(path, films)
    if target is None:
        return Opening("refused", why_refused(path))
    return _open(str(target), surroundings, environ, patience)


def film_inside(path: Path, films: Path) -> Path | None:
    """Where ``path`` really leads, if that is an existing file inside the folder ``films``."""
    try:
        target = path.resolve(strict=True)
        # By what the folders are: one may be spelled in many ways, as on a disk that does not tell case.
        inside = any(os.path.samefile(folder, films) for folder in target.parents)
    except (OSError, RuntimeError, ValueError):
        return None
    return target if inside and target.is_file() else None


def folder_of(path: Path, folders: Sequence[Path]) -> Path:
    """Return the one of ``folders`` that the film at ``path`` is in, else the first."""
    return next((folder for folder in folders if film_inside(path, folder)), folders[0])


def why_refused(path: Path) -> str:
    """Say why a film that is in no folder of films is neither played nor handed to another program. Blocks."""
    if not os.path.lexists(path):
        return "The film is not where it was saved."
    if not path.is_file():
        return "This is not a film but something else on the disk."
    folder = clean_line(str(path.resolve().parent), 300)  # a link leads elsewhere
    return (
        f"Not opened: {folder} is none of the films folders. Add it to older_films_folders in config.toml, "
        "and start again."
    )


def open_link(
    url: str,
    *,
    surroundings: Surroundings,
    allow_loopback: bool = False,
    environ: Mapping[str, str] | None = None,
    patience: float = 1.0,
) -> Opening:
    """Open ``url``, which must be https to a public host, or http(s) to loopback with ``allow_loopback``.

    An opener that ends with an error within ``patience`` seconds has failed; a later end goes unnoticed.
    """
    if not may_open(url, allow_loopback=allow_loopback):
        return Opening("refused", "Only https links to public addresses are opened.")
    return _open(url, surroundings, environ, patience)


def may_open(url: str, *, allow_loopback: bool = False) -> bool:
    """Tell whether ``url`` may be handed to another program. Names are not looked up."""
    # It is handed over as it stands, to a program with a reading of its own: nothing is percent-encoded for it.
    if not is_visible_ascii(url):
        return False
    try:
        parts = read_url(url)
    except ValueError:
        return False
    # No plain http: whoever fetches a film asks over https first, but a browser would send the signature unprotected.
    return why_not_followed(parts, allow_loopback=allow_loopback, allow_http=False) is None


def _open(target: str, around: Surroundings, environ: Mapping[str, str] | None, patience: float) -> Opening:
    environ = os.environ if environ is None else environ
    search = environ.get("PATH", os.defpath)
    command = _browser_command(around.browser, target, search)
    if command is None:
        if not around.local_display:
            return Opening("not here", "There is no display here to open it on.")
        command = [*_OPENERS.get(around.platform, ("xdg-open",)), target]
        # xdg-open reads it as well, and what it names has just been refused.
        environ = {name: value for name, value in environ.items() if name != "BROWSER"}
    program = find_program(command[0], search)
    if program is None:
        return Opening("failed", f"Not opened: {_name(command[0])} is not installed.")
    return _launch([program, *command[1:]], environ, patience)


def _browser_command(browsers: str, target: str, search: str) -> list[str] | None:
    """Return the first usable command of ``$BROWSER``: a list like PATH, each with an optional ``%s``."""
    for browser in browsers.split(os.pathsep):
        try:
            words = shlex.split(browser)
        except ValueError:
            continue
        if words and words[-1] == "&":
            words.pop()
        if not words or _is_text_browser(words[0], search):
            continue
        if any("%s" in word for word in words):
            return [word.replace("%s", target) for word in words]
        return [*words, target]
    return None


def _is_text_browser(program: str, search: str) -> bool:
    """Look at the name and at what it leads to: ``www-browser`` and the like are links to one."""
    found = find_program(program, search) or program
    return not {Path(program).stem, Path(os.path.realpath(found)).stem}.isdisjoint(_TEXT_BROWSERS)


def _launch(argv: list[str], environ: Mapping[str, str], patience: float) -> Opening:
    name = _name(argv[0])
    try:
        process = start(argv, environ)
    except OSError as error:
        return Opening("failed", f"Not opened: {name} could not be started ({error.strerror}).")
    if code := code_within(process, patience):
        return Opening("failed", f"Not opened: {name} ended with error {code}.")
    return Opening("opened", f"Opened with {name}.")


def _name(program: str) -> str:
    return clean_line(os.path.basename(program), 40)
