"""Notifies the user, also over SSH: bell, desktop notice, window title, taskbar progress.

Sources: OSC 9 iTerm2, OSC 777 rxvt-unicode, OSC 99 kitty (desktop notifications protocol), OSC 9;4 ConEmu
(progress), window titles and their stack xterm (ctlseqs, CSI 22 t and 23 t).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from wan_tui.domain.text import clean_line
from wan_tui.terminal.environment import Surroundings
from wan_tui.terminal.osc import BEL, ESC, osc, through

DesktopNotice = Literal["auto", "osc9", "osc777", "osc99", "off"]
ProgressState = Literal["running", "error", "unknown", "paused"]

_TITLE_LIMIT = 100
_BODY_LIMIT = 250

_SPEAKS_99 = ("kitty",)
_SPEAKS_777 = ("foot", "rxvt", "vte", "gnome-terminal")
# Other terminals might show OSC 9;4 as a notice with the text "4;1;50".
_SHOWS_PROGRESS = ("windows-terminal", "conemu", "ghostty", "mintty", "wezterm")
_PROGRESS_CODES: dict[ProgressState, int] = {"running": 1, "error": 2, "unknown": 3, "paused": 4}


@dataclass(frozen=True)
class NoticeSettings:
    """What may be sent. "auto" depends on the terminal's name."""

    bell: bool = False
    desktop: DesktopNotice = "auto"
    title: bool = True
    progress: Literal["auto", "on", "off"] = "auto"


class Notices:
    """Sends notices as ``settings`` allow; ``write`` sends escape sequences to the terminal."""

    def __init__(
        self, settings: NoticeSettings, surroundings: Surroundings, write: Callable[[str], None]
    ) -> None:
        self._settings = settings
        self._around = surroundings
        self._write = write
        self._title_kept = False
        self._progress_shown = False

    def announce(self, title: str, body: str) -> None:
        """Send bell and desktop notice, if enabled."""
        if self._settings.bell:
            self._write(BEL)
        if self._around.takes_sequences:
            self._outside(desktop_notice(desktop_kind(self._settings, self._around), title, body))

    def show_title(self, text: str) -> None:
        """Set the title of the window or tab; the first call saves the previous title."""
        if not self._settings.title or not self._around.takes_sequences:
            return
        keep = "" if self._title_kept else f"{ESC}[22;0t"
        self._title_kept = True
        # Not wrapped: a multiplexer has its own titles and forwards them as configured.
        self._write(keep + osc(2, clean_line(text, _TITLE_LIMIT)))

    def show_progress(self, percent: float, state: ProgressState = "running") -> None:
        """Show ``percent`` (0 to 100) in the taskbar."""
        if self._wants_progress():
            self._progress_shown = True
            self._outside(osc(9, "4", str(_PROGRESS_CODES[state]), str(round(min(max(percent, 0), 100)))))

    def clear_progress(self) -> None:
        """Remove the progress from the taskbar."""
        if self._progress_shown:
            self._progress_shown = False
            self._outside(osc(9, "4", "0", "0"))

    def close(self) -> None:
        """Restore title and taskbar."""
        self.clear_progress()
        if self._title_kept:
            self._title_kept = False
            self._write(f"{ESC}[23;0t")

    def _outside(self, sequence: str) -> None:
        if sequence:
            self._write(through(sequence, self._around.multiplexer))

    def _wants_progress(self) -> bool:
        if self._settings.progress == "auto":
            return self._around.terminal.startswith(_SHOWS_PROGRESS)
        return self._settings.progress == "on" and self._around.takes_sequences


def desktop_kind(settings: NoticeSettings, around: Surroundings) -> DesktopNotice:
    """The protocol for desktop notices: as configured, else by the terminal's name."""
    if settings.desktop != "auto":
        return settings.desktop
    if around.terminal.startswith(_SPEAKS_99):
        return "osc99"
    return "osc777" if around.terminal.startswith(_SPEAKS_777) else "osc9"


def desktop_notice(kind: DesktopNotice, title: str, body: str) -> str:
    """The sequence of a desktop notice, "" for "off". Only one protocol, since a terminal shows each it supports."""
    title, body = clean_line(title, _TITLE_LIMIT), clean_line(body, _BODY_LIMIT)
    if kind == "off":
        return ""
    if kind == "osc777":
        return osc(777, "notify", title.replace(";", ","), body.replace(";", ","))
    if kind == "osc99":
        return osc(99, "i=wan-tui:d=0:p=title", title) + osc(99, "i=wan-tui:d=1:p=body", body)
    # A leading space prevents a title such as "4;1;50" from being read as progress.
    return osc(9, f" {title}: {body}" if title[:1].isdigit() else f"{title}: {body}")
