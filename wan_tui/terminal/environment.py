"""Reads terminal and desktop from the environment variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from wan_tui.domain.text import clean_line

Multiplexer = Literal["tmux", "screen"]

# Variables that identify a terminal that does not set TERM_PROGRAM.
_TELLTALES = (
    ("KITTY_WINDOW_ID", "kitty"),
    ("WEZTERM_PANE", "wezterm"),
    ("GHOSTTY_RESOURCES_DIR", "ghostty"),
    ("WT_SESSION", "windows-terminal"),
    ("ConEmuANSI", "conemu"),
    ("VTE_VERSION", "vte"),
)


@dataclass(frozen=True)
class Surroundings:
    """The terminal and desktop according to the environment.

    ``terminal`` is the lower-case name of the terminal program (``kitty``, ``iterm.app``), or "" if unknown.
    ``has_display`` may be a forwarded display: check ``local_display`` before opening windows. A multiplexer attached
    from elsewhere keeps its old variables, so ``over_ssh`` may be wrong.
    """

    platform: str = "linux"
    over_ssh: bool = False
    has_display: bool = False
    multiplexer: Multiplexer | None = None
    term: str = ""
    colorterm: str = ""
    terminal: str = ""
    browser: str = ""

    @property
    def local_display(self) -> bool:
        """Whether the user can see windows opened here."""
        return self.has_display and not self.over_ssh

    @property
    def truecolor(self) -> bool:
        """Whether 24-bit colours are announced."""
        return self.colorterm.lower() in ("truecolor", "24bit") or self.term.endswith("-direct")

    @property
    def takes_sequences(self) -> bool:
        """Whether the terminal ignores unknown escape sequences instead of printing them."""
        if not self.term:
            return self.platform == "win32"
        return self.term not in ("dumb", "linux", "unknown")

    def named(self, name: str) -> Surroundings:
        """Copy with the ``name`` that the terminal reported (XTVERSION).

        It also detects a tmux on the user's side of an SSH connection, which the environment does not show.
        """
        if name.lower().startswith("tmux"):
            return replace(self, multiplexer="tmux")
        return replace(self, terminal=name.lower()) if name else self


def surroundings(environ: Mapping[str, str], platform: str) -> Surroundings:
    """Read ``environ``, with ``platform`` as in ``sys.platform``."""
    windowed = platform in ("darwin", "win32") or any(
        environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    return Surroundings(
        platform=platform,
        over_ssh=any(environ.get(name) for name in ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT")),
        has_display=windowed,
        multiplexer=_multiplexer(environ),
        term=clean_line(environ.get("TERM", "")),
        colorterm=clean_line(environ.get("COLORTERM", "")),
        terminal=_terminal(environ),
        browser=environ.get("BROWSER", "").strip(),
    )


def _multiplexer(environ: Mapping[str, str]) -> Multiplexer | None:
    if environ.get("TMUX"):
        return "tmux"
    if environ.get("STY"):
        return "screen"
    # SSH forwards TERM but neither TMUX nor STY: a multiplexer may run on the user's side.
    term = environ.get("TERM", "")
    if term.startswith("tmux"):
        return "tmux"
    return "screen" if term.startswith("screen") else None


def _terminal(environ: Mapping[str, str]) -> str:
    """The terminal's name; inside tmux TERM_PROGRAM is just "tmux", but other variables are inherited."""
    program = environ.get("LC_TERMINAL") or environ.get("TERM_PROGRAM", "")
    if program and program.lower() != "tmux":
        return clean_line(program).lower()
    for variable, name in _TELLTALES:
        if environ.get(variable):
            return name
    term = environ.get("TERM", "")
    for name in ("kitty", "ghostty", "wezterm", "foot", "rxvt", "alacritty", "mintty"):
        if name in term:
            return name
    return ""
