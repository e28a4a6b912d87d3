"""The environment is read for what it says about terminal and desktop, and for nothing more."""

from __future__ import annotations

import pytest

from wan_tui.terminal.environment import Surroundings, surroundings


@pytest.mark.parametrize(
    ("environ", "platform", "local"),
    [
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({}, "linux", False),
        ({"DISPLAY": ""}, "linux", False),
        ({"DISPLAY": "localhost:10.0", "SSH_TTY": "/dev/pts/1"}, "linux", False),
        ({}, "darwin", True),
        ({"SSH_CONNECTION": "a 1 b 22"}, "darwin", False),
        ({}, "win32", True),
        ({"SSH_CLIENT": "a 1 22"}, "win32", False),
    ],
)
def test_local_display(environ: dict[str, str], platform: str, local: bool) -> None:
    """A display counts only where the person sits: one forwarded over SSH does not."""
    assert surroundings(environ, platform).local_display is local


@pytest.mark.parametrize(
    ("environ", "multiplexer"),
    [
        ({"TMUX": "/tmp/tmux-0/default,1,0", "TERM": "screen-256color"}, "tmux"),
        ({"STY": "123.pts-0", "TERM": "screen"}, "screen"),
        ({"TERM": "tmux-256color", "SSH_TTY": "/dev/pts/0"}, "tmux"),
        ({"TERM": "screen-256color", "SSH_TTY": "/dev/pts/0"}, "screen"),
        ({"TERM": "xterm-256color"}, None),
    ],
)
def test_multiplexer(environ: dict[str, str], multiplexer: str | None) -> None:
    """tmux and screen are known by their variables, at the near end of an SSH line by TERM."""
    assert surroundings(environ, "linux").multiplexer == multiplexer


def test_tmux_at_the_near_end_is_known_by_its_answer() -> None:
    """A TERM of "screen" may be tmux: its own answer settles that, and keeps the terminal's name."""
    around = surroundings({"TERM": "screen-256color", "LC_TERMINAL": "iTerm2"}, "linux")
    assert around.named("tmux 3.3a") == Surroundings(
        term="screen-256color", terminal="iterm2", multiplexer="tmux"
    )
    assert around.named("") == around
    assert around.named("foot(1.16)").terminal == "foot(1.16)"


@pytest.mark.parametrize(
    ("environ", "terminal"),
    [
        ({"TERM": "xterm-kitty"}, "kitty"),
        ({"TERM_PROGRAM": "WezTerm"}, "wezterm"),
        ({"TERM_PROGRAM": "tmux", "KITTY_WINDOW_ID": "1"}, "kitty"),
        ({"TERM_PROGRAM": "tmux", "LC_TERMINAL": "iTerm2"}, "iterm2"),
        ({"WT_SESSION": "x", "TERM": "xterm-256color"}, "windows-terminal"),
        ({"TERM_PROGRAM": "\x1b]0;x\x07"}, "]0;x"),
        ({"TERM": "xterm-256color"}, ""),
    ],
)
def test_terminal_name(environ: dict[str, str], terminal: str) -> None:
    """The terminal is named through a multiplexer too, and never by a control character."""
    assert surroundings(environ, "linux").terminal == terminal


def test_colours_and_sequences() -> None:
    """24-bit colours and the swallowing of unknown sequences go by COLORTERM and TERM."""
    assert surroundings({"COLORTERM": "truecolor"}, "linux").truecolor
    assert surroundings({"TERM": "xterm-direct"}, "linux").truecolor
    assert not surroundings({"TERM": "xterm-256color"}, "linux").truecolor
    assert surroundings({"TERM": "xterm"}, "linux").takes_sequences
    assert surroundings({}, "win32").takes_sequences
    for term in ("", "dumb", "linux"):
        assert not surroundings({"TERM": term}, "linux").takes_sequences
