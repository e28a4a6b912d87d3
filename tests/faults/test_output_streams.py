"""Where the output goes: old encodings, closed streams, pipes that end, full disks. Never an exception, least of all
after an order was paid for.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.faults.program import Program
from tests.patience import PATIENCE
from tests.ui.pty_screen import PYTHON
from wan_tui.domain.job import JobState

PROMPT = "猫 – “a boat” · ▀ \U0001f6a3"
ENCODINGS = {
    "C, nothing coerced": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "ascii": {"PYTHONIOENCODING": "ascii:strict"},
    "latin-1": {"PYTHONIOENCODING": "latin-1"},
    "cp437": {"PYTHONIOENCODING": "cp437"},
}


def start(program: Program, command: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """A line for /bin/sh in which ``$W`` is the program."""
    environ = {**program.environment(**variables), "W": f"{PYTHON} -m wan_tui"}
    if "generate" in command:
        program.confirmed += 1
    return subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=Path(__file__).parents[2],
        env=environ,
        capture_output=True,
        timeout=PATIENCE,
    )


@pytest.mark.parametrize("name", ENCODINGS)
def test_any_encoding_of_the_output(program: Program, name: str) -> None:
    """An order, then all that shows it: UTF-8, or another sign where there is no place for the right one."""
    variables = ENCODINGS[name]
    decoding = variables.get("PYTHONIOENCODING", "utf-8").partition(":")[0]
    # Not asked of the shell, which has an encoding of its own.
    code, _, err = program.run("generate", PROMPT, "--wait", **{**variables, "PYTHONIOENCODING": "utf-8"})
    assert (code, "Traceback" in err) == (0, False)
    [job] = program.jobs()
    assert job.prompt == PROMPT
    script = f"for c in list 'show {job.id}' where 'show nope' 'list state:bogüs' fly; do $W $c; done"
    done = start(program, script, **variables)
    told = done.stdout + done.stderr
    assert b"Traceback" not in told, told
    assert b"wan-tui crashed" not in told, told
    assert b"\\u" not in told, told
    assert "boat" in done.stdout.decode(decoding)


@pytest.mark.parametrize(
    ("where", "code"),
    [("| true", 0), ("<&- >&- 2>&-", 0), (">/dev/full", 1), ("2>/dev/full", 0)],
)  # fmt: skip
def test_an_order_whose_result_nobody_takes(program: Program, where: str, code: int) -> None:
    """It is made and fetched all the same; a disk that has no room for the result is a failure that is told."""
    script = f'r=$( {{ $W generate "a boat" --wait {where.partition("|")[0]}; echo $? >&3; }} 3>"$T"'
    script += f" | {where.partition('|')[2]} )" if "|" in where else " )"
    told = program.home / "code"
    done = start(program, script, T=str(told))
    assert told.read_text() == f"{code}\n", done.stderr
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr
    assert b"BrokenPipe" not in done.stderr
    assert [job.state for job in program.jobs()] == [JobState.SAVED]
    if where == ">/dev/full":
        assert b"The result could not be written: No space left on device." in done.stderr


@pytest.mark.parametrize("command", ["where", "--help"])
def test_a_reader_that_has_had_enough(program: Program, command: str) -> None:
    """Nothing is said on stderr."""
    done = start(program, f"$W {command} | true")
    assert done.stderr == b""


@pytest.mark.parametrize("argument", [b"a \xff boat"])
def test_bytes_that_are_no_text(program: Program, argument: bytes) -> None:
    """Refused in one sentence where they would be sent; elsewhere nothing is found by such a name."""
    for command in ([b"generate"], [b"generate", b"x", b"--resolution"], [b"list"], [b"show"], [b"open"], []):
        done = subprocess.run(
            [os.fsencode(PYTHON), b"-m", b"wan_tui", *command, argument],
            env=program.environment(),
            capture_output=True,
            timeout=PATIENCE,
        )
        assert b"Traceback" not in done.stderr
        assert b"wan-tui crashed" not in done.stderr
        assert done.returncode in ((0,) if command == [b"list"] else (1, 2)), done.stderr
        if command == [b"generate"]:
            assert done.stderr.splitlines()[-1] == b"Error: The prompt cannot be read: it is not UTF-8 text."
    assert program.jobs() == []


@pytest.mark.parametrize("name", ["C, nothing coerced", "ascii"])
def test_the_studio_draws_in_utf_8(program: Program, name: str) -> None:
    """Whatever the locale says: half blocks and borders are signs, not their numbers."""
    with program.studio(environment=ENCODINGS[name]) as studio:
        studio.until(lambda: "● online" in studio.text())
        studio.press("\x11")
        assert studio.exit_code() == 0
    assert b"\\u2" not in studio.raw
    assert "│".encode() in studio.raw or "▀".encode() in studio.raw or "▔".encode() in studio.raw


def test_results_stay_json_in_any_encoding(program: Program) -> None:
    """JSON Lines are ASCII: every character comes back."""
    assert program.run("generate", PROMPT, "--wait")[0] == 0
    done = start(program, "$W list --json", PYTHONIOENCODING="cp437")
    assert json.loads(done.stdout)["prompt"] == PROMPT
