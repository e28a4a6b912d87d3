"""Notices reach the terminal outside, clean, each switchable, and leave everything as it was."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wan_tui.terminal.environment import Multiplexer, Surroundings
from wan_tui.terminal.notices import DesktopNotice, Notices, NoticeSettings, desktop_notice

XTERM = Surroundings(term="xterm-256color")
ALL_OFF = NoticeSettings(bell=False, desktop="off", title=False, progress="off")


def sent(settings: NoticeSettings, around: Surroundings = XTERM) -> tuple[Notices, list[str]]:
    written: list[str] = []
    return Notices(settings, around, written.append), written


@pytest.mark.parametrize(
    ("terminal", "sequence"),
    [
        ("", "\x1b]9;Film saved: a dragon\x07"),
        ("iterm2", "\x1b]9;Film saved: a dragon\x07"),
        (
            "kitty(0.40.0)",
            "\x1b]99;i=wan-tui:d=0:p=title;Film saved\x07\x1b]99;i=wan-tui:d=1:p=body;a dragon\x07",
        ),
        ("foot(1.16)", "\x1b]777;notify;Film saved;a dragon\x07"),
    ],
)
def test_each_terminal_gets_one_notice_of_its_kind(terminal: str, sequence: str) -> None:
    """One notice a terminal: with several kinds at once some would show it twice."""
    notices, written = sent(NoticeSettings(), replace(XTERM, terminal=terminal))
    notices.announce("Film saved", "a dragon")
    assert written == [sequence]


def test_text_cannot_break_out() -> None:
    """Control characters are gone, and no text is read as fields or as progress."""
    evil = "a\x07\x1b]52;c;eA==\x07;b\n\u202ec"
    kinds: tuple[DesktopNotice, ...] = ("osc9", "osc777", "osc99")
    for kind in kinds:
        notice = desktop_notice(kind, evil, evil)
        assert notice.count("\x1b") == notice.count("\x07") == (2 if kind == "osc99" else 1)
        assert "\n" not in notice
        assert "\u202e" not in notice
    assert desktop_notice("osc777", "a;b", "c;d") == "\x1b]777;notify;a,b;c,d\x07"
    assert desktop_notice("osc9", "4;1;50", "x") == "\x1b]9; 4;1;50: x\x07"


def test_multiplexers_pass_notices_on_and_the_bell_is_plain() -> None:
    """The notice is wrapped, the bell is not: tmux hands bells on by itself."""
    starts: dict[Multiplexer, str] = {"tmux": "\x1bPtmux;\x1b\x1b]9;", "screen": "\x1bP\x1b]9;"}
    for multiplexer, start in starts.items():
        notices, written = sent(NoticeSettings(bell=True), replace(XTERM, multiplexer=multiplexer))
        notices.announce("t", "b")
        assert written == ["\x07", f"{start}t: b\x07\x1b\\"]


def test_title_is_kept_once_and_given_back() -> None:
    """The first title puts the old one on the terminal's stack; close takes it back, once."""
    notices, written = sent(NoticeSettings())
    notices.show_title("wan-tui \x1b]0;2 running")
    notices.show_title("wan-tui")
    notices.close()
    notices.close()
    assert written == ["\x1b[22;0t\x1b]2;wan-tui ]0;2 running\x07", "\x1b]2;wan-tui\x07", "\x1b[23;0t"]


def test_progress_goes_where_it_is_understood_and_is_cleared() -> None:
    """Taskbar progress is sent to terminals that know it, within 0 to 100, and taken out at the end."""
    notices, written = sent(NoticeSettings(), replace(XTERM, terminal="ghostty"))
    notices.show_progress(41.6)
    notices.show_progress(400, "error")
    notices.close()
    assert written == ["\x1b]9;4;1;42\x07", "\x1b]9;4;2;100\x07", "\x1b]9;4;0;0\x07"]
    notices, written = sent(NoticeSettings())
    notices.show_progress(50)
    notices.close()
    assert written == []
    notices, written = sent(NoticeSettings(progress="on"))
    notices.show_progress(-1, "unknown")
    assert written == ["\x1b]9;4;3;0\x07"]


@pytest.mark.parametrize(
    ("settings", "around"),
    [
        (ALL_OFF, replace(XTERM, terminal="ghostty")),
        (NoticeSettings(progress="on"), Surroundings(term="linux")),
    ],
    ids=["switched off", "console"],
)
def test_silence(settings: NoticeSettings, around: Surroundings) -> None:
    """With everything off, or on a console that would print it, nothing is sent at all."""
    notices, written = sent(settings, around)
    notices.announce("t", "b")
    notices.show_title("t")
    notices.show_progress(10)
    notices.close()
    assert written == []
