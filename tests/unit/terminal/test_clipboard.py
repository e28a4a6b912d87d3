"""Copying goes every way that leads to the person, and the report claims what is known and no more."""

from __future__ import annotations

import base64
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.patience import PATIENCE
from wan_tui.terminal.clipboard import TERMINAL_LIMIT, CopyReport, copy
from wan_tui.terminal.environment import Surroundings

FAR = Surroundings(term="xterm-256color", over_ssh=True)
DESK = Surroundings(term="xterm-256color", has_display=True)
SENT = CopyReport("Sent to the terminal's clipboard.", ("terminal",))


def copied(text: str, around: Surroundings, **more: Any) -> tuple[CopyReport, str]:
    written: list[str] = []
    report = copy(text, surroundings=around, write=written.append, **more)
    return report, "".join(written)


def payload(sequence: str) -> str:
    found = re.fullmatch(r"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07", sequence)
    assert found
    return base64.b64decode(found[1]).decode()


def desktop(folder: Path, write_script: str, read_script: str = "exec /bin/cat $0.kept") -> dict[str, str]:
    """Return an environment with a display whose clipboard helper, ``xclip``, is a script of ours."""
    helper = folder / "xclip"
    script = f'#!/bin/sh\ncase "$*" in\n*-o*) {read_script} ;;\n*) {write_script} ;;\nesac\n'
    helper.write_text(script)
    helper.chmod(0o755)
    return {"PATH": str(folder), "DISPLAY": ":9", "AIMLAPI_API_KEY": "secret"}


def test_over_ssh_it_goes_to_the_terminal() -> None:
    """Over SSH the text leaves by OSC 52, cleaned, and is called sent, not copied."""
    report, written = copied("https://films.example/ä\x1b]0;x\x07\n龍", FAR)
    assert report == SENT
    assert payload(written) == "https://films.example/ä]0;x\n龍"


def test_forwarded_display_is_left_alone(tmp_path: Path) -> None:
    """With DISPLAY set over SSH the far machine's clipboard is not filled."""
    environ = desktop(tmp_path, "/bin/cat > $0.kept")
    report, _ = copied("a film", replace(FAR, has_display=True), environ=environ)
    assert report == SENT
    assert not (tmp_path / "xclip.kept").exists()


def test_terminal_that_announces_clipboard_writing_is_believed() -> None:
    """DA1 parameter 52 makes "sent" into "copied"; its absence proves nothing."""
    assert copied("x", FAR, osc52=True)[0] == CopyReport("Copied.", ("terminal",), certain=True)
    assert copied("x", FAR, osc52=False)[0] == SENT


def test_tmux_gets_it_plain_and_wrapped() -> None:
    """tmux hears plain OSC 52 or passes the wrapped one on, by its settings: it gets both."""
    report, written = copied("x", replace(FAR, multiplexer="tmux"))
    assert report.ways == ("terminal",)
    assert not report.certain
    assert report.sentence == "Sent to the terminal's clipboard."
    assert report.hint.endswith("set in tmux: set -s set-clipboard on")
    assert written == "\x1b]52;c;eA==\x07\x1bPtmux;\x1b\x1b]52;c;eA==\x07\x1b\\"


def test_screen_gets_chunks() -> None:
    """screen passes chunks on, and would print a plain sequence longer than it can hold."""
    text = "a long prompt " * 200
    report, written = copied(text, replace(FAR, multiplexer="screen"))
    assert report == SENT
    assert payload("".join(re.findall(r"\x1bP(.*?)\x1b\\", written, re.S))) == text


def test_too_long_for_the_terminal_is_told() -> None:
    """Up to 100,000 bytes of sequence go; more does not, and that is said."""
    report, written = copied("x" * TERMINAL_LIMIT, FAR)
    assert report == SENT
    assert len(written) == 100_000
    report, written = copied("ä" * TERMINAL_LIMIT, FAR)
    assert report == CopyReport("Not copied: the limit of the terminal's clipboard is 74 kB.")
    assert written == ""


@pytest.mark.parametrize("text", ["", "\x1b\x07\u200b"])
def test_nothing_to_copy(text: str) -> None:
    """Nothing stays nothing: the clipboard is not emptied."""
    assert copied(text, FAR) == (CopyReport("Nothing to copy."), "")


def test_console_without_clipboard_is_told() -> None:
    """A terminal that takes no sequences gets none."""
    report, written = copied("x", Surroundings(term="linux"))
    assert report == CopyReport("Not copied: this terminal has no clipboard.")
    assert written == ""


def test_local_display_copies_for_certain(tmp_path: Path) -> None:
    """The desktop's clipboard is filled and read back; the helper sees no key."""
    environ = desktop(tmp_path, "/bin/cat > $0.kept; echo key=$AIMLAPI_API_KEY > $0.seen")
    report, written = copied("ein Drache 龍\nzwei", DESK, environ=environ)
    assert report == CopyReport("Copied.", ("desktop", "terminal"), certain=True)
    assert (tmp_path / "xclip.kept").read_text("utf-8") == "ein Drache 龍\nzwei"
    assert (tmp_path / "xclip.seen").read_text() == "key=\n"
    assert payload(written) == "ein Drache 龍\nzwei"


def test_long_text_still_reaches_the_desktop(tmp_path: Path) -> None:
    """The terminal's limit does not bind the desktop's clipboard."""
    environ = desktop(tmp_path, "/bin/cat > $0.kept")
    report, written = copied("x" * 200_000, DESK, environ=environ)
    assert report == CopyReport("Copied.", ("desktop",), certain=True)
    assert written == ""


@pytest.mark.parametrize(
    ("write_script", "read_script"),
    [
        ("echo cannot open display >&2; exit 1", "exit 1"),
        ("/bin/cat > /dev/null", "echo something else"),
        ("exec /bin/cat /dev/zero", "exit 1"),
        ("read forever < $0.gate", "exit 1"),
    ],
    ids=["fails", "forgets", "chatters", "hangs"],
)
def test_failing_helper_is_not_believed(
    tmp_path: Path, write_script: str, read_script: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """A helper that fails, lies or hangs is no copy; it writes nothing on the terminal and is ended."""
    os.mkfifo(tmp_path / "xclip.gate")
    environ = desktop(tmp_path, write_script, read_script)
    slow = "gate" in write_script or "zero" in write_script
    assert copied("x", DESK, environ=environ, timeout=1.0 if slow else 30.0)[0] == SENT
    assert capfd.readouterr() == ("", "")


def test_desktop_without_any_helper(tmp_path: Path) -> None:
    """A display without a clipboard program falls back on the terminal."""
    environ = {"PATH": str(tmp_path), "DISPLAY": ":9"}
    assert copied("x", DESK, environ=environ, timeout=PATIENCE)[0] == SENT
