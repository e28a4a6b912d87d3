"""Odd homes, odd folder names, odd terminals: a clear message, or it works; never a traceback."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from tests.faults.checks import check_key_answered, check_terminal_restored
from tests.faults.program import Program
from tests.faults.test_system_signals import answer_time
from wan_tui.domain.job import JobState

_TAKES_KEYS = b"\x1b[?2004h"
_WRITING = ("write", "lock", "rename", "mkdir", "link", "unlink", "truncate")


@pytest.mark.parametrize(
    "name",
    ["with some spaces/with [bold]markup[/]/🎬 фильмы 映画/-rf/a'b\"c$(x);d/%s{0}\\n", "n" * 250],
    ids=["all sorts", "250 bytes"],
)
def test_any_folder_name_will_do(program: Program, name: str) -> None:
    """Spaces, markup, emoji, a dash in front, signs of shells and formats, one inside the other; 250 bytes → works."""
    program.home = program.home / name
    code, out, err = program.run("generate", "a boat", "--wait", "--json")
    assert (code, json.loads(out)["state"]) == (0, "saved"), err
    assert Path(json.loads(out)["film_path"]).parent == program.home / "films"
    with program.studio() as studio:
        studio.until(lambda: "✓ saved" in studio.text())


@pytest.mark.parametrize(
    ("home", "cause"),
    [
        ("/proc/nowhere", "does not exist"),
        ("/dev/null/home", "not a folder"),
        ("n" * 300, "the name is too long"),
    ],
    ids=["nothing can be made there", "below a file", "name too long"],
)
def test_a_home_that_cannot_be_used(program: Program, tmp_path: Path, home: str, cause: str) -> None:
    """HOME read-only → the cause is told, nothing is ordered."""
    program.home = tmp_path / home
    code, out, err = program.run("generate", "a boat", "--json")
    assert code == 1
    assert json.loads(out)["error"]["code"] == "library_unwritable"
    assert cause in err
    assert "Nothing was ordered" in err
    assert "Traceback" not in err
    with program.studio() as studio:
        program.order_in(studio, "refused too", ready="nothing running")
        studio.until(lambda: "Nothing was ordered" in studio.text())
        studio.press("\x11")
        assert studio.exit_code() == 0
        assert b"Traceback" not in studio.raw
        check_terminal_restored(bytes(studio.raw))
    assert program.till() == []
    program.home = tmp_path


def test_a_read_only_disk(program: Program) -> None:
    """HOME read-only. What was there can still be read; an order is refused."""
    assert program.run("generate", "before", "--wait")[0] == 0
    program.settings["WAN_TUI_FAULT_DISK"] = ",".join(f"{call}:1+:EROFS" for call in _WRITING)
    assert "before" in program.run("list")[1]
    code, _, err = program.run("generate", "refused")
    assert code == 1
    assert "the disk is read-only" in err
    assert "Nothing was ordered" in err
    with program.studio() as studio:
        studio.until(lambda: "before" in studio.text())
        program.order_in(studio, "refused too")
        studio.until(lambda: "Nothing was ordered" in studio.text())
    assert len(program.till()) == 1


@pytest.mark.parametrize(
    "changes", [{"HOME": ""}, {"HOME": "/nonexistent"}, {"HOME": "/dev/null"}, {"XDG_DATA_HOME": "relative"}]
)
def test_an_odd_home_variable(program: Program, changes: dict[str, str]) -> None:
    """No HOME, no XDG. Where everything would be is told, by whole paths; nothing is made there."""
    code, out, err = program.run("where", "--json", WAN_TUI_HOME="", **changes)
    assert code in (0, 1)
    if code == 0:
        assert all(Path(path).is_absolute() for path in json.loads(out).values())
    assert "Traceback" not in err


def test_no_terminal(program: Program) -> None:
    """No tty → a message that names the commands for scripts."""
    code, _, err = program.run()
    assert code == 2
    assert "wan-tui generate, list, show, sync" in err


@pytest.mark.parametrize("term", ["dumb", "", "nonsense-9000", "vt100"])
def test_a_poor_terminal(program: Program, term: str) -> None:
    """``TERM=dumb`` → message or layout."""
    with program.studio(TERM=term, COLORTERM="") as studio:
        studio.until(lambda: "Prompt" in studio.text() or studio.process.poll() is not None)
        assert "Traceback" not in studio.text()
        if studio.process.poll() is None:
            studio.press("\x11")
            assert studio.exit_code() == 0
            check_terminal_restored(bytes(studio.raw))


@pytest.mark.parametrize(("columns", "rows"), [(20, 5), (1, 1), (59, 19), (500, 5), (10, 100)])
def test_a_tiny_terminal(program: Program, columns: int, rows: int) -> None:
    """Terminal 20×5 → message or layout, and the way out works."""
    with program.studio(columns, rows) as studio:
        studio.until(lambda: _TAKES_KEYS in studio.raw)
        studio.press("ahoy\n")
        studio.press("\x11")
        assert studio.exit_code() == 0
        assert b"Traceback" not in studio.raw
        check_terminal_restored(bytes(studio.raw))
    assert program.till() == []


def test_a_storm_of_sizes(program: Program) -> None:
    """Resize storm → layout, keys answered."""
    with program.studio() as studio:
        studio.until(lambda: "● online" in studio.text())
        program.order_in(studio, "storm")
        for _ in range(100):
            studio.resize(random.randint(1, 250), random.randint(1, 70))
        studio.resize(120, 40)
        studio.until(lambda: "✓ saved" in studio.text())
        check_key_answered(answer_time(studio, "ahoy", lambda: "ahoy" in studio.text()))
        studio.press("\x11")
        assert studio.exit_code() == 0
        assert b"Traceback" not in studio.raw
    assert [job.state for job in program.jobs()] == [JobState.SAVED]
