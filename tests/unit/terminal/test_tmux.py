"""Inside a real tmux: the text reaches its buffer, the sequences the terminal outside, the probe an end."""

from __future__ import annotations

import base64
import json
import os
import pty
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.patience import PATIENCE

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")

TEXT = "https://films.example/drache-龍.mp4"

# What runs in the pane. The probe comes last: tmux answers it after it has read all the rest.
_IN_PANE = """
import json, os, sys
from dataclasses import asdict
from pathlib import Path
from wan_tui.terminal.clipboard import copy
from wan_tui.terminal.environment import surroundings
from wan_tui.terminal.notices import Notices, NoticeSettings
from wan_tui.terminal.probe import probe

def write(sequence):
    os.write(1, sequence.encode())

around = surroundings(os.environ, sys.platform)
report = copy({text!r}, surroundings=around, write=write)
Notices(NoticeSettings(desktop="osc9"), around, write).announce("Film saved", "a dragon")
found = probe(around, limit=20)
kept = asdict(found) | {{"typed": found.typed.decode()}}
Path({result!r}).write_text(json.dumps({{"sentence": report.sentence, "around": asdict(around), "found": kept}}))
"""


class Tmux:
    """A tmux server of our own, with ``settings``."""

    def __init__(self, folder: Path, settings: str) -> None:
        self._folder = folder
        config = folder / "tmux.conf"
        config.write_text(settings)
        self._command = ["tmux", "-S", str(folder / "socket"), "-f", str(config)]
        self._result = folder / "result.json"
        self._environ = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "TERM": "xterm-256color",
            "LC_ALL": "C.UTF-8",
            "SSH_TTY": "/dev/pts/0",
        }

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self._command, *arguments], env=self._environ, capture_output=True, check=True, timeout=PATIENCE
        )
        return done.stdout.decode()

    def play(self) -> dict[str, Any]:
        """Play the script in a pane of a session nobody looks at; the server stays."""
        self.run("new-session", "-d", f"{self._pane()}; tmux wait-for -S done; exec cat")
        self.run("wait-for", "done")
        return self.result()

    def play_seen(self) -> bytes:
        """Play the script in a session on a terminal; return all that reached the terminal."""
        far, near = pty.openpty()
        seen = b""
        with subprocess.Popen(
            [*self._command, "new-session", self._pane()],
            env=self._environ,
            stdin=near,
            stdout=near,
            stderr=near,
            start_new_session=True,
        ) as process:
            os.close(near)
            try:
                while some := os.read(far, 65536):
                    seen += some
            except OSError:  # how Linux tells that the near end is closed
                pass
            process.wait(PATIENCE)
        os.close(far)
        return seen

    def result(self) -> dict[str, Any]:
        result: dict[str, Any] = json.loads(self._result.read_text())
        return result

    def _pane(self) -> str:
        script = self._folder / "in_pane.py"
        script.write_text(_IN_PANE.format(text=TEXT, result=str(self._result)))
        return shlex.join([sys.executable, str(script)])


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short name: a socket's path has to fit in 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="wt") as name:
        yield Path(name)


def test_copy_reaches_the_tmux_buffer(folder: Path) -> None:
    """With set-clipboard on the text is in the buffer of tmux, and the probe ends inside tmux."""
    tmux = Tmux(folder, "set -s set-clipboard on\n")
    try:
        result = tmux.play()
        assert tmux.run("show-buffer") == TEXT
        title = tmux.run("display-message", "-p", "#{pane_title}")
    finally:
        tmux.run("kill-server")
    assert result["sentence"].startswith("Sent to the terminal's clipboard.")
    assert result["around"]["multiplexer"] == "tmux"
    assert result["found"]["name"].startswith("tmux")
    assert result["found"]["round_trip"] is not None
    assert result["found"]["typed"] == ""
    assert "Gi=31" not in title


def test_passthrough_reaches_the_terminal_outside(folder: Path) -> None:
    """With allow-passthrough on, the copy and the notice come out of tmux as the terminal wants them."""
    seen = Tmux(folder, "set -g allow-passthrough on\n").play_seen()
    assert b"\x1b]52;c;" + base64.b64encode(TEXT.encode()) + b"\x07" in seen
    assert b"\x1b]9;Film saved: a dragon\x07" in seen
