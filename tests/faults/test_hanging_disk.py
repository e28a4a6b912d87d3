"""A disk that never answers: every command ends on INT, TERM and HUP, with the right code, and in time."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from tests.program import REPOSITORY
from tests.ui.pty_screen import PYTHON

# A lock taken twice waits as a dead network disk does: no signal ends the call.
_HANGING = """
import ctypes, sys
from pathlib import Path
def hang(*_, **__):
    print("hanging", file=sys.__stderr__, flush=True)
    lock, memory = ctypes.CDLL(None).pthread_mutex_lock, ctypes.create_string_buffer(128)
    lock(memory); lock(memory)
from wan_tui.cli import signals
from wan_tui.library.history import History
from wan_tui.media import recipe
signals.SHUTDOWN_SECONDS = 1.0
{patch} = hang
sys.argv = ["wan-tui", *sys.argv[1:]]
from wan_tui.__main__ import main
main()
"""


@pytest.mark.parametrize(
    ("arguments", "patch", "number"),
    [
        (["list"], "History.load", signal.SIGINT),
        (["show", "x"], "History.load", signal.SIGHUP),
        (["doctor"], "History.load", signal.SIGINT),
        (["sync"], "History.open", signal.SIGINT),
        (["sync", "--watch"], "History.load", signal.SIGTERM),
        (["generate", "x"], "History.load", signal.SIGINT),
        (["open", "tests/faults/__init__.py"], "recipe.open_regular", signal.SIGINT),
    ],
)
def test_a_hang_ends_by_any_signal(
    tmp_path: Path, arguments: list[str], patch: str, number: signal.Signals
) -> None:
    """Whether the main thread of old would have waited for the disk, or a thread that all wait for in the end."""
    environ = {**os.environ, "WAN_TUI_HOME": str(tmp_path), "AIMLAPI_API_KEY": "k-0123456789"}
    process = subprocess.Popen(
        [PYTHON, "-c", _HANGING.format(patch=patch), *arguments],
        cwd=REPOSITORY,
        env={**environ, "AIMLAPI_BASE_URL": "http://127.0.0.1:9"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    with process:
        try:
            assert b"hanging" in process.stderr.readline()
            time.sleep(0.1)
            process.send_signal(number)
            assert process.wait(PATIENCE) == 128 + number
        finally:
            process.kill()


@pytest.mark.parametrize("name", ["data/history.json", "state/wan-tui.log", "film.mp4"])
def test_a_pipe_in_the_place_of_a_file_holds_nobody(tmp_path: Path, name: str) -> None:
    """Nobody writes to it: what would wait for that looks first, and says what is wrong."""
    pipe = tmp_path / name
    pipe.parent.mkdir(mode=0o700, exist_ok=True)
    os.mkfifo(pipe, 0o600)
    command = ["show", str(pipe)] if name == "film.mp4" else ["-v", "sync"]
    environ = {**os.environ, "WAN_TUI_HOME": str(tmp_path), "AIMLAPI_BASE_URL": "http://127.0.0.1:9"}
    environ["AIMLAPI_API_KEY"] = "k-0123456789"
    done = subprocess.run(
        [PYTHON, "-m", "wan_tui", *command],
        cwd=REPOSITORY,
        env=environ,
        capture_output=True,
        timeout=PATIENCE,
    )
    assert done.returncode in (0, 1)
    assert b"Traceback" not in done.stderr
    assert b"wan-tui crashed" not in done.stderr
