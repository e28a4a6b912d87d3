"""Opens a film or a link with a desktop program, if its window would be visible to the user.

Order: ``$BROWSER`` (a remote editor sets it to a helper that opens on the user's machine), then the system's opener on
a local display, else nothing: the screen shows the path or link instead. Never starts a text browser.
Calls block for up to ``patience`` seconds: call them in a thread.
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
    # "start" is built into the Windows shell; this is what it calls.
    "win32": ("rundll32", "url.dll,FileProtocolHandler"),
}


@dataclass(frozen=True)
class Opening:
    """Result of an attempt to open something; ``sentence`` is the message for the user."""

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

    An error of the opener is reported only within ``patience`` seconds.
    """
    target = film_inside(path, films)
    if target is None:
        return Opening("refused", why_refused(path))
    return _open(str(target), surroundings, environ, patience)


def film_inside(path: Path, films: Path) -> Path | None:
    """The resolved ``path`` if it is an existing file inside the folder ``films``, else None."""
    try:
        target = path.resolve(strict=True)
        # Compared by inode, since paths can have several spellings, e.g. on a case-insensitive disk.
        inside = any(os.path.samefile(folder, films) for folder in target.parents)
    except (OSError, RuntimeError, ValueError):
        return None
    return target if inside and target.is_file() else None


def folder_of(path: Path, folders: Sequence[Path]) -> Path:
    """The one of ``folders`` that contains the film at ``path``, else the first."""
    return next((folder for folder in folders if film_inside(path, folder)), folders[0])


def why_refused(path: Path) -> str:
    """Why a film outside the films folders is not opened. Blocks."""
    if not os.path.lexists(path):
        return "The film is missing."
    if not path.is_file():
        return "Not a regular file."
    folder = clean_line(str(path.resolve().parent), 300)  # a symlink may point elsewhere
    return f"Not opened: {folder} is not a films folder. Add it to older_films_folders in config.toml and start again."


def open_link(
    url: str,
    *,
    surroundings: Surroundings,
    allow_loopback: bool = False,
    environ: Mapping[str, str] | None = None,
    patience: float = 1.0,
) -> Opening:
    """Open ``url``, which must be https to a public host, or http(s) to loopback with ``allow_loopback``.

    An error of the opener is reported only within ``patience`` seconds.
    """
    if not may_open(url, allow_loopback=allow_loopback):
        return Opening("refused", "Not opened: only https links to public hosts are allowed.")
    return _open(url, surroundings, environ, patience)


def may_open(url: str, *, allow_loopback: bool = False) -> bool:
    """Whether ``url`` may be passed to another program. Names are not resolved."""
    # It is passed unchanged to a program with its own parser, so it must be unambiguous.
    if not is_visible_ascii(url):
        return False
    try:
        parts = read_url(url)
    except ValueError:
        return False
    # No plain http: unlike our film client, a browser would not try https first and would expose the signature.
    return why_not_followed(parts, allow_loopback=allow_loopback, allow_http=False) is None


def _open(target: str, around: Surroundings, environ: Mapping[str, str] | None, patience: float) -> Opening:
    environ = os.environ if environ is None else environ
    search = environ.get("PATH", os.defpath)
    command = _browser_command(around.browser, target, search)
    if command is None:
        if not around.local_display:
            return Opening("not here", "No display to open it on.")
        command = [*_OPENERS.get(around.platform, ("xdg-open",)), target]
        # xdg-open reads BROWSER too, which has just been rejected.
        environ = {name: value for name, value in environ.items() if name != "BROWSER"}
    program = find_program(command[0], search)
    if program is None:
        return Opening("failed", f"Not opened: {_name(command[0])} is not installed.")
    return _launch([program, *command[1:]], environ, patience)


def _browser_command(browsers: str, target: str, search: str) -> list[str] | None:
    """The first usable command in ``$BROWSER``: a list like PATH, each with an optional ``%s``."""
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
    """Whether it is a text browser, by its name or the name of its symlink's target (``www-browser`` etc.)."""
    found = find_program(program, search) or program
    return not {Path(program).stem, Path(os.path.realpath(found)).stem}.isdisjoint(_TEXT_BROWSERS)


def _launch(argv: list[str], environ: Mapping[str, str], patience: float) -> Opening:
    name = _name(argv[0])
    try:
        process = start(argv, environ)
    except OSError as error:
        return Opening("failed", f"Not opened: {name} could not be started ({error.strerror}).")
    if code := code_within(process, patience):
        return Opening("failed", f"Not opened: {name} exited with code {code}.")
    return Opening("opened", f"Opened with {name}.")


def _name(program: str) -> str:
    return clean_line(os.path.basename(program), 40)
